/** The vectors of an embedding answer, as the wire has them -> typed arrays. Pure. */
import { floatsOf } from "../http/base64.ts";
import { MalformedResponseError } from "../http/errors.ts";
import type { EncodingFormat } from "./embeddings-request.ts";

/** The typed array that belongs to a format. */
export type DecodedEmbedding<F extends EncodingFormat> = F extends "float" | "base64"
  ? Float32Array<ArrayBuffer>
  : F extends "int8" | "binary"
    ? Int8Array<ArrayBuffer>
    : Uint8Array<ArrayBuffer>;

/** Range of each format of integers. */
const RANGES = {
  int8: [-128, 127],
  binary: [-128, 127],
  uint8: [0, 255],
  ubinary: [0, 255],
} as const;

/**
 * Makes a typed array of a vector: `Float32Array` for `float` and `base64`, `Int8Array` for `int8` and `binary`,
 * `Uint8Array` for `uint8` and `ubinary`. Those of `binary` and `ubinary` hold eight dimensions in each byte;
 * {@link unpackBits} parts them.
 *
 * @param format what was asked for as `encoding_format`. Default `"float"`.
 * @throws {MalformedResponseError} when the value isn't of that format.
 *
 * @example
 * ```ts
 * import { decodeEmbedding } from "latchkey";
 *
 * console.log(decodeEmbedding("AACAPw==", "base64")); // Float32Array [ 1 ]
 * ```
 */
export function decodeEmbedding<F extends EncodingFormat = "float">(
  value: string | readonly number[],
  format: F = "float" as F,
): DecodedEmbedding<F> {
  return decode(value, format) as DecodedEmbedding<F>;
}

function decode(value: string | readonly number[], format: EncodingFormat): ArrayLike<number> {
  if (typeof value === "string") {
    if (format === "base64") return floatsOf(value);
  } else if (Array.isArray(value)) {
    // A service that knows no base64 sends numbers all the same.
    if (format === "float" || format === "base64") {
      if (value.every((number) => typeof number === "number")) return Float32Array.from(value);
    } else {
      const [least, most] = RANGES[format] ?? [];
      if (least === undefined) throw new TypeError("format must be an encoding_format.");
      if (value.every((number) => Number.isInteger(number) && number >= least && number <= most))
        return least < 0 ? Int8Array.from(value) : Uint8Array.from(value);
    }
  }
  throw new MalformedResponseError(`The service sent an embedding that isn't ${format}.`);
}

/**
 * Parts packed dimensions: a 0 or 1 for each, the most significant bit of a byte first. Signed bytes are taken bit for
 * bit, in two's complement.
 */
export function unpackBits(packed: Int8Array | Uint8Array): Uint8Array<ArrayBuffer> {
  const bits = new Uint8Array(packed.length * 8);
  for (let at = 0; at < bits.length; at++) bits[at] = (packed[at >> 3]! >> (7 - (at & 7))) & 1;
  return bits;
}
