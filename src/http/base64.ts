/** Bytes <-> base64, with what every runtime has. */
import { MalformedResponseError } from "./errors.ts";

/** How many bytes become arguments of one call; engines limit those. */
const STEP = 0x2000;

export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += STEP) {
    binary += String.fromCharCode(...bytes.subarray(at, at + STEP));
  }
  return btoa(binary);
}

/**
 * Decodes little-endian 32-bit floats, the `base64` of embeddings.
 *
 * @throws {MalformedResponseError} when it's no base64 or no list of floats.
 */
export function floatsOf(base64: string): Float32Array<ArrayBuffer> {
  try {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    if (bytes.length % 4) throw new RangeError("Not a multiple of four bytes.");
    const view = new DataView(bytes.buffer);
    return Float32Array.from({ length: bytes.length / 4 }, (_, index) => view.getFloat32(index * 4, true));
  } catch (cause) {
    throw new MalformedResponseError("The service sent an embedding that isn't base64.", { cause });
  }
}
