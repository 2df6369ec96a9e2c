// What a caller's `redirect` mode makes of an answer, as fetch does it: `error` rejects, `manual` hands over the 3xx,
// `follow` asks again at the new address. The emulator answers for every host, so the second request lands in the
// recorder and a test sees which headers travelled.

/** The limit of the Fetch standard. */
const MAX_REDIRECTS = 20;
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);

export interface Handled {
  readonly response: Response;
  /** The request's body, for asking again; undefined when it was not kept as text. */
  readonly body: string | undefined;
}

export async function settleRedirects(
  request: Request,
  handle: (request: Request) => Promise<Handled>,
): Promise<Response> {
  let current = request;
  for (let hops = 0; ; hops++) {
    const { response, body } = await handle(current);
    const location = response.headers.get("location");
    if (!REDIRECT_STATUSES.has(response.status) || location === null || request.redirect === "manual")
      return response;
    await response.body?.cancel();
    if (request.redirect === "error")
      throw new TypeError("fetch failed", { cause: new Error("unexpected redirect") });
    if (hops === MAX_REDIRECTS)
      throw new TypeError("fetch failed", { cause: new Error("too many redirects") });
    current = nextRequest(current, new URL(location, current.url), response.status, body);
  }
}

function nextRequest(request: Request, url: URL, status: number, body: string | undefined): Request {
  const headers = new Headers(request.headers);
  // The Fetch standard removes this one when the origin changes; `api-key` it does not know, and lets through.
  if (url.origin !== new URL(request.url).origin) headers.delete("authorization");
  const becomesGet = status === 303 || (status < 303 && request.method === "POST");
  const method = becomesGet ? "GET" : request.method;
  const init: RequestInit = { method, headers, signal: request.signal, redirect: request.redirect };
  if (method !== "GET" && method !== "HEAD") {
    if (body === undefined)
      throw new TypeError("fetch failed", { cause: new Error("the body can't be sent again") });
    init.body = body;
  }
  return new Request(url, init);
}
