// A unit vector in the forms it can have on the wire.

export type Encoding = "float" | "base64" | "int8" | "uint8" | "binary" | "ubinary";

export function encodeVector(vector: Float32Array, encoding: Encoding): string | number[] {
  switch (encoding) {
    case "float":
      // Nine digits are enough for every 32-bit float: the same value as in base64.
      return Array.from(vector, (value) => Number(value.toPrecision(9)));
    case "base64":
      return base64(littleEndian(vector));
    case "int8":
      return scaled(vector);
    case "uint8":
      return scaled(vector).map((value) => value + 128);
    case "binary":
      return signs(vector).map((byte) => (byte << 24) >> 24);
    case "ubinary":
      return signs(vector);
  }
}

/** The largest member becomes 127 or -127. */
function scaled(vector: Float32Array): number[] {
  let most = 0;
  for (const value of vector) most = Math.max(most, Math.abs(value));
  return Array.from(vector, (value) => Math.round((value / most) * 127) || 0);
}

/** One bit a dimension, 1 where it is positive, the first in the highest bit. */
function signs(vector: Float32Array): number[] {
  const bytes: number[] = Array.from({ length: vector.length / 8 }, () => 0);
  for (const [index, value] of vector.entries()) {
    if (value > 0) bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (0x80 >> (index & 7));
  }
  return bytes;
}

function littleEndian(vector: Float32Array): Uint8Array {
  const bytes = new Uint8Array(vector.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of vector.entries()) view.setFloat32(index * 4, value, true);
  return bytes;
}

const STEP = 0x6000;

export function base64(bytes: Uint8Array): string {
  let text = "";
  // In steps, because the arguments of one call are limited; a multiple of three, so that the pieces join.
  for (let at = 0; at < bytes.byteLength; at += STEP) {
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + STEP)));
  }
  return text;
}
