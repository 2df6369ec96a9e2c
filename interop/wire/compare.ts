// Two lists of requests -> what differs, member by member. Pure.

import type { Arrival } from "./recorder.ts";

export interface Difference {
  /**
   * Where: `method`, `host`, `path`, `query <name>`, `header <name>`, `body.<member>`, `body`, `form <name>`, and `requests`
   * for how many there were; from the second request of a call on with its number before it.
   */
  part: string;
  ours: string;
  theirs: string;
}

const ABSENT = "–";
/** What the transport adds, and nobody chose: lengths, connections, encodings of this machine's `fetch` or `http`. */
const TRANSPORT = new Set([
  "accept-encoding",
  "accept-language",
  "connection",
  "content-length",
  "host",
  "keep-alive",
  "sec-fetch-mode",
  "transfer-encoding",
]);

export function differencesOf(ours: readonly Arrival[], theirs: readonly Arrival[]): Difference[] {
  const found: Difference[] = [];
  if (ours.length !== theirs.length)
    found.push({ part: "requests", ours: `${ours.length}`, theirs: `${theirs.length}` });
  for (let index = 0; index < Math.min(ours.length, theirs.length); index++) {
    const [our, their] = [partsOf(ours[index]!), partsOf(theirs[index]!)];
    const prefix = index ? `request ${index + 1}: ` : "";
    for (const part of new Set([...Object.keys(our), ...Object.keys(their)])) {
      const [mine, other] = [our[part] ?? ABSENT, their[part] ?? ABSENT];
      if (mine !== other) found.push({ part: prefix + part, ours: mine, theirs: other });
    }
  }
  return found;
}

/** A request as named texts. */
function partsOf({ method, host, path, query, headers, body }: Arrival): Record<string, string> {
  const parts: Record<string, string> = { method, host, path };
  const add = (name: string, value: string) => {
    parts[name] = name in parts ? `${parts[name]}, ${value}` : value;
  };
  for (const member of query) {
    const [name = "", value = ""] = member.split("=");
    add(`query ${decodeURIComponent(name)}`, value);
  }
  for (const [name, value] of Object.entries(headers))
    if (!TRANSPORT.has(name)) add(`header ${name}`, plainValue(name, value));
  if (isForm(body)) for (const part of body.form) add(`form ${JSON.parse(part)[0]}`, part);
  else if (isObject(body)) {
    parts.body = "{…}";
    for (const [name, value] of Object.entries(body)) add(`body.${name}`, JSON.stringify(sorted(value)));
  } else if (body !== undefined) parts.body = JSON.stringify(body);
  return parts;
}

/** Random ids and the versions of what runs here are no difference. */
function plainValue(name: string, value: string): string {
  if (name === "content-type") return mediaType(value);
  // What follows the name is the machine.
  if (name === "user-agent") return value.replace(/[ /].*/, "");
  return value
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, "<uuid>")
    .replace(/\d+\.\d+\.\d+\S*/g, "<version>");
}

/** Boundaries of forms are random, and JSON is UTF-8 whether it says so or not. */
const mediaType = (value: string): string => value.replace(/; *(boundary=.*|charset=utf-8)$/i, "");

const isForm = (body: unknown): body is { form: string[] } =>
  isObject(body) && Array.isArray(body.form) && Object.keys(body).length === 1;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Members of objects have no order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name) => [name, sorted(value[name])]),
  );
}
