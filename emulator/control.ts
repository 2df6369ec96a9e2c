// The control routes: what a test in another process reads instead of `requests`, `ledger` and `reset`. Closed to web
// pages, also to one that reached this address by a rebound name: browsers say so in headers a page can't change.

import type { Emulator } from "./index.ts";

export const CONTROL_PREFIX = "/_emulator/";

export function controlAnswer(request: Request, path: string, emulator: Omit<Emulator, "fetch">): Response {
  const site = request.headers.get("sec-fetch-site");
  if (request.headers.has("origin") || (site !== null && site !== "none")) {
    return Response.json(
      { error: { code: "forbidden", message: "Control routes are closed to web pages." } },
      { status: 403 },
    );
  }
  switch (`${request.method} ${path}`) {
    case "GET /_emulator/requests":
      return Response.json(emulator.requests);
    case "GET /_emulator/ledger":
      return Response.json(emulator.ledger);
    case "POST /_emulator/reset":
      emulator.reset();
      return new Response(null, { status: 204 });
    default:
      return Response.json(
        { error: { code: "not_found", message: "No such control route." } },
        { status: 404 },
      );
  }
}
