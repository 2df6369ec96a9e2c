// JSON that every reader understands alike: an object in valid UTF-8 that names nothing twice. For what somebody has
// signed: two parsers that disagree about it would be two decisions. Pure.

/** The object that the bytes spell, or undefined. Meant for a few KiB: nothing here limits the size. */
export function parseStrict(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return namesTwice(text, value) ? undefined : (value as Record<string, unknown>);
  } catch {
    return undefined; // also what is nested too deep for a recursion
  }
}

/** Does the text of valid JSON name a member twice in one object? Its value, parsed, has the last of them only. */
export function namesTwice(text: string, value: unknown): boolean {
  return namesIn(text) !== membersOf(value);
}

/** How many members the text names: every string that a colon follows. */
function namesIn(text: string): number {
  const bare = text.replace(/\\./g, "").replace(/"[^"]*"/g, '"');
  return bare.match(/"\s*:/g)?.length ?? 0;
}

function membersOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const inner = Object.values(value);
  return inner.reduce((sum: number, one) => sum + membersOf(one), Array.isArray(value) ? 0 : inner.length);
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/**
 * The bytes that a base64url text spells, or undefined when it isn't the only spelling of them: lenient decoders take
 * several spellings of the last character, padding and white space, and a token must not have a second text.
 */
export function decodeSegment(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9_-]+$/.test(text) || text.length % 4 === 1) return undefined;
  const unused = { 0: 0, 2: 15, 3: 3 }[text.length % 4]!;
  if ((ALPHABET.indexOf(text.at(-1)!) & unused) !== 0) return undefined;
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index);
  return bytes;
}
