// Caller keys: made for scripts, kept by the worker only as a hash, so that reading its
// configuration gives nobody a key. Web Crypto only, so the command line can use it too.

const PREFIX = "lk_";
const encoder = new TextEncoder();

export async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}

export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte < 16 ? `0${byte.toString(16)}` : byte.toString(16);
  return text;
}

/** True when both are equal, in a time that tells nothing about where they differ. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  // Both sides are SHA-256 digests. workerd's timingSafeEqual throws on unequal lengths and Node has none.
  let difference = left.length ^ right.length;
  for (let index = 0; index < left.length; index += 1) difference |= left[index]! ^ (right[index] ?? 0);
  return difference === 0;
}

/**
 * Makes a key for a script. The key is shown once; `line` is what goes into `CALLER_KEYS`.
 *
 * @throws {TypeError} when the name is not 1 to 64 letters, digits, dots, dashes or underscores.
 *
 * @example
 * ```ts
 * const { key, line } = await createCallerKey("nightly-report");
 * ```
 */
export async function createCallerKey(name: string): Promise<{ key: string; line: string }> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) {
    throw new TypeError("A caller key's name is 1 to 64 letters, digits, dots, dashes or underscores.");
  }
  const random = crypto.getRandomValues(new Uint8Array(32));
  const key =
    PREFIX +
    btoa(String.fromCharCode(...random))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=/g, "");
  return { key, line: `${name}:${hex(await sha256(key))}` };
}
