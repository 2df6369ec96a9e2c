// Which addresses may be an upstream: the key of the operator travels there, so anything that is
// not plainly a public https host is refused when the configuration is read. Pure.

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
const IP_LITERAL = /^(\[.*\]|\d+\.\d+\.\d+\.\d+)$/;
// Names under which clouds answer with credentials of the machine.
const INTERNAL = /(^|\.)(internal|local|localdomain|metadata|instance-data)$/;

/** Why the address may not be used, or undefined when it may. */
export function upstreamUrlProblem(value: string): string | undefined {
  if (value === "") return "is missing";
  if (/[\s\\]/.test(value) || !URL.canParse(value)) return "must be an absolute URL";
  const url = new URL(value);
  // The parser has already turned decimal, hex and octal addresses into dotted ones.
  const host = url.hostname;
  const loopback = LOOPBACK.test(host);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && loopback)) {
    return "must be https (http is only for this machine)";
  }
  if (url.username !== "" || url.password !== "" || value.includes("@"))
    return "must not hold a user name or password";
  if (url.search !== "" || url.hash !== "" || /[?#]/.test(value)) return "must not hold a query or fragment";
  if (loopback) return undefined;
  if (IP_LITERAL.test(host)) return "must name a host, not an IP address";
  if (host.endsWith(".")) return "must not end its host with a dot";
  if (!host.includes(".") || INTERNAL.test(host)) return "must be a public host name";
  return undefined;
}
