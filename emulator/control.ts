// The control routes: what a test in another process reads instead of `requests`, `ledger` and `reset`. Closed to web
// pages, also to one that reached this address by a rebound name: browsers say so in headers a page can't change.
// Beside them, and open to all because a page shows them: the pictures that image answers link to.

import { blobSteps, MAX_BLOB_BYTES } from "./blob.ts";
import { scriptedBody } from "./body.ts";
import type { Emulator } from "./index.ts";
import { drawPicture } from "./picture.ts";
import type { State } from "./state.ts";

export const CONTROL_PREFIX = "/_emulator/";

const PICTURE = /^\/_emulator\/images\/([\w-]+)\.png$/;
const BLOB = "/_emulator/blob";

/** undefined when it is none of the open routes. */
export function openAnswer(
  request: Request,
  url: URL,
  state: State,
): Response | Promise<Response> | undefined {
  if (request.method !== "GET") return undefined;
  if (url.pathname === BLOB) {
    const bytes = Number(url.searchParams.get("bytes") ?? Number.NaN);
    if (Number.isInteger(bytes) && bytes >= 0 && bytes <= MAX_BLOB_BYTES) return blobAnswer(request, bytes);
    return Response.json(
      { error: { code: "bad_request", message: `bytes must be an integer, 0 to ${MAX_BLOB_BYTES}.` } },
      { status: 400 },
    );
  }
  const id = PICTURE.exec(url.pathname)?.[1];
  const picture = id === undefined ? undefined : state.pictures.get(id);
  if (picture === undefined) return undefined;
  return drawPicture(picture).then(
    (png) =>
      new Response(png, { headers: { "content-type": "image/png", "access-control-allow-origin": "*" } }),
  );
}

function blobAnswer({ signal }: Request, bytes: number): Response {
  const headers = { "content-type": "application/octet-stream", "content-length": String(bytes) };
  const nobody = (): void => {};
  const body = scriptedBody(blobSteps(bytes), { paceMs: 0, signal, onChunk: nobody, onEnd: nobody });
  return new Response(body, { headers });
}

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
