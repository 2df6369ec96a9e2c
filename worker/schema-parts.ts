// The pieces that the bodies of several operations share: bounded texts and numbers, free JSON of limited
// depth, metadata, and the rule for addresses that a service would fetch.
import * as v from "valibot";

/** Deepest nesting of the free parts (JSON schemas): beyond it, serialising could overflow the stack. */
const MAX_DEPTH = 64;
const MAX_NAME_CHARS = 256;
const MAX_METADATA = 16;
const MAX_BIASES = 1024;

export type Entries = Record<string, v.GenericSchema>;

export const shortText = v.pipe(
  v.string(),
  v.maxLength(MAX_NAME_CHARS, `must be at most ${MAX_NAME_CHARS} characters`),
);

export const textUpTo = (characters: number) =>
  v.pipe(v.string(), v.maxLength(characters, `must be at most ${characters} characters`));

export const between = (min: number, max: number) =>
  v.pipe(v.number(), v.minValue(min, `must be at least ${min}`), v.maxValue(max, `must be at most ${max}`));

export const whole = (min: number, max: number) =>
  v.pipe(between(min, max), v.integer("must be a whole number"));

/** An object of any members, as JSON schemas are. */
export const free = v.custom<Record<string, unknown>>(
  (value) =>
    typeof value === "object" && value !== null && !Array.isArray(value) && isShallow(value, MAX_DEPTH),
  `must be an object nested at most ${MAX_DEPTH} deep`,
);

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return depth > 0 && Object.values(value).every((member) => isShallow(member, depth - 1));
}

export const modelName = v.nullish(
  v.pipe(v.string(), v.nonEmpty("must not be empty"), v.maxLength(MAX_NAME_CHARS, "is too long")),
);

/** An id that the service gave out. Checked against the caller's own objects later; here only its shape. */
export const objectId = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/, "must be the id of an object"),
);

/** A list, or an object as a list of entries, whose length is looked at before its items: a million would cost a second. */
export function atMost<const S extends v.BaseSchema<unknown, unknown, v.BaseIssue<unknown>>>(
  max: number,
  things: string,
  schema: S,
): v.GenericSchema<v.InferInput<S>, v.InferOutput<S>> {
  const message = `must be at most ${max}${things === "" ? "" : ` ${things}`}`;
  const tooLong = v.pipe(
    v.custom<never>((value) => typeof value === "object"),
    v.check(() => false, message),
  );
  return v.lazy((input) => (lengthOf(input) > max ? tooLong : schema)) as v.GenericSchema<
    v.InferInput<S>,
    v.InferOutput<S>
  >;
}

function lengthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return Array.isArray(value) ? value.length : Object.keys(value).length;
}

export const listUpTo = <const S extends v.GenericSchema>(item: S, most: number, unit = "entries") =>
  atMost(most, unit, v.pipe(v.array(item), v.minLength(1, "must not be empty")));

export const metadata = v.nullish(atMost(MAX_METADATA, "entries", v.record(shortText, textUpTo(512))));

export const logitBias = atMost(
  MAX_BIASES,
  "entries",
  v.record(v.pipe(v.string(), v.regex(/^\d{1,9}$/, "must be token numbers")), between(-100, 100)),
);

/** May the service fetch this? Only by https, from a host on the operator's list. */
export function isAllowedHost(value: string, hosts: ReadonlySet<string>): boolean {
  // What parsers disagree about (backslashes, control characters, missing slashes, user names) is not an address here.
  if (hosts.size === 0 || !/^https:\/\/[^\s\\\p{Cc}]+$/iu.test(value) || !URL.canParse(value)) return false;
  const { username, password, port, hostname } = new URL(value);
  return username === "" && password === "" && port === "" && hosts.has(hostname);
}

/** What was checked is what is sent: another parser might find another host in the text as it came. */
export function asUnderstood(value: string): string {
  return /^https:/i.test(value) ? new URL(value).href : value; // data: URLs and bare hosts as they are
}

/** An image in the request itself, or from a host that the operator has named. */
export const imageAddress = (hosts: ReadonlySet<string>) =>
  v.pipe(
    v.string(),
    v.check(
      (url) => /^data:image\/[a-z0-9.+-]{1,40};base64,/i.test(url.slice(0, 80)) || isAllowedHost(url, hosts),
      "must be a data: URL of an image; images by address are not enabled here",
    ),
    v.transform(asUnderstood),
  );

const DATA_URL = /^data:[a-z]+\/[a-z0-9.+-]{1,100}(?:;[a-z0-9=.+-]{1,40}){0,3};base64,/i;
const BASE64 = /^[\w+/=\s-]*$/;

/** Bytes in the request itself. Some services fetch an address that stands in their place. */
export const bytesAsText = v.pipe(
  v.string(),
  v.check(
    (text) => DATA_URL.test(text.slice(0, 256)) || BASE64.test(text),
    "must be base64, or a data: URL of it; files by address are not enabled here",
  ),
);
