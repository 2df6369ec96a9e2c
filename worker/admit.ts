// The first look at a request, before anything is decided about it: is it of a shape that the rest
// of the pipeline may trust? Pure; reads headers only.
import type { Limits } from "./config.ts";
import { type Refusal, refuse } from "./refusals.ts";

/** Sent with every upstream call: a proxy that gets it back is talking to itself. */
export const HOP_HEADER = "x-latchkey-hop";

// workerd splices the Host header into request.url as it came, so "x/v1/models?" would move the path.
const HOST = /^([a-z0-9_.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i;

/** The `url` is the one parse of the address on which everything after it decides. */
export function admit(request: Request, limits: Limits): { ok: true; url: URL } | Refusal {
  let count = 0;
  let bytes = 0;
  let host: string | undefined;
  let upgrade: string | undefined;
  let hop = false;
  for (const [name, value] of request.headers) {
    count += 1;
    bytes += name.length + value.length;
    if (name === "host") host = value;
    else if (name === "upgrade") upgrade = value;
    else if (name === HOP_HEADER) hop = true;
  }
  if (count > limits.headerCount || bytes > limits.headerBytes) return refuse("headers_too_large");

  if (host !== undefined && !HOST.test(host)) return refuse("host_malformed");
  if (hop) return refuse("loop_detected");
  // Other upgrades, such as the h2c that Java's client offers on every call, may be ignored (RFC 9110, 7.8).
  if (upgrade !== undefined && /\bwebsocket\b/i.test(upgrade)) return refuse("upgrade_refused");
  // Two Host headers make workerd's request.url throw or hold both.
  const url = parse(request);
  return url === undefined ? refuse("host_malformed") : { ok: true, url };
}

function parse(request: Request): URL | undefined {
  try {
    return new URL(request.url);
  } catch {
    return undefined;
  }
}
