/** An operation and its arguments -> what goes over the wire. Pure: no clock, no network, no credential. */

/** One request, ready to be sent as often as its body allows. */
export interface Operation {
  /** The operation's name in the documents, as `chat`; for logs and traces. */
  name: string;
  method: string;
  url: string;
  /** What the operation itself needs; the credential's and the caller's headers come on top. */
  headers: Record<string, string>;
  body: string | Uint8Array<ArrayBuffer> | FormData | ReadableStream<Uint8Array> | undefined;
  /** Whether the answer will be an event stream, as far as the request says. */
  stream: boolean;
  /** Whether the credential may go along; false where a caller's absolute URL leaves the endpoint's origin. */
  authenticate: boolean;
  /** Looks at the request of an attempt, or puts another one in its place, before it goes out. */
  outgoing?: ((request: Request) => Request) | undefined;
}

/** How much of a body has gone out. */
export interface UploadProgress {
  transferredBytes: number;
  /** The size of the whole body, as far as it's known; never less than what has gone out. */
  totalBytes: number;
  /** 0 to 1; 0 until the end for a stream of unknown length, and 1 only when all has gone out. */
  percent: number;
}

/**
 * Checks a service's endpoint, and removes what can't matter: double and trailing slashes.
 *
 * @throws {TypeError} when it's missing, isn't a URL, holds a user or a fragment, or is `http:` on another machine.
 */
export function parseEndpoint(endpoint: string | URL, allowInsecureHttp: boolean): URL {
  let url: URL | undefined;
  try {
    url = new URL(endpoint);
  } catch {}
  const secure =
    url?.protocol === "https:" ||
    (url?.protocol === "http:" && (allowInsecureHttp || LOOPBACK.test(url.hostname)));
  if (!url || !secure || url.username || url.password || url.hash) {
    throw new TypeError(
      "endpoint must be an https URL without user or fragment; http is for this machine, or allowInsecureHttp.",
    );
  }
  url.pathname = url.pathname.replace(/\/{2,}/g, "/").replace(/\/$/, "");
  return url;
}

const LOOPBACK = /^(.*\.)?localhost$|^127(\.\d{1,3}){3}$|^\[::1\]$/;

/** Joins a path to an endpoint, keeping the endpoint's query; the endpoint's own `api-version` wins. */
export function operationUrl(endpoint: URL, path: string, query: Record<string, string> = {}): string {
  const url = new URL(endpoint);
  const [pathname, search] = /^([^?#]*)\??([^#]*)/.exec(path)!.slice(1) as [string, string];
  url.pathname = `${url.pathname.replace(/\/$/, "")}/${pathname.replace(/^\//, "")}`;
  for (const [name, value] of new URLSearchParams(search)) url.searchParams.append(name, value);
  for (const [name, value] of Object.entries(query)) {
    if (!url.searchParams.has(name)) url.searchParams.set(name, value);
  }
  return url.href;
}

/** Names and values, `null` ones included. */
export function headerEntries(
  headers: Record<string, string | null> | Headers = {},
): [string, string | null][] {
  return headers instanceof Headers ? [...headers] : Object.entries(headers);
}

/**
 * Lays headers over each other, later ones winning; `null` removes.
 *
 * @throws {TypeError} for a name or value that no header can carry; without the value.
 */
export function mergeHeaders(...layers: (Record<string, string | null> | Headers | undefined)[]): Headers {
  const merged = new Headers();
  for (const layer of layers) {
    for (const [name, value] of headerEntries(layer)) {
      try {
        if (value === null) merged.delete(name);
        else if (typeof value !== "string" || /[^\t\x20-\x7e\xa0-\xff]/.test(value)) throw new TypeError();
        else merged.set(name, value);
      } catch {
        throw new TypeError(`The header ${JSON.stringify(name)} has a name or value that can't be sent.`);
      }
    }
  }
  return merged;
}
