// Bytes without memory: a long file that is known by its length alone, for measuring transfers. The n-th byte is
// always the same, so whoever downloads it can check every byte, and an upload of it is recognised and not stored.

import type { Step } from "./body.ts";

/** A prime, so that a lost or doubled block of any usual size shows. */
const PERIOD = 65_521;
export const MAX_BLOB_BYTES = 16 * 1024 ** 3;
const CHUNK_BYTES = 64 * 1024;

export function blobByte(index: number): number {
  const at = index % PERIOD;
  return (Math.imul(at, 0x9e3779b1) >>> 24) ^ (at & 0xff);
}

/** Two periods long, so that any chunk is one slice. */
let pattern: Uint8Array | undefined;

function patternBytes(): Uint8Array {
  pattern ??= Uint8Array.from({ length: 2 * PERIOD + CHUNK_BYTES }, (_, index) => blobByte(index));
  return pattern;
}

/** Bytes `start` to `end` of every blob that is long enough, lent. */
export function blobBytes(start: number, end: number): Uint8Array {
  const from = start % PERIOD;
  if (end - start <= PERIOD + CHUNK_BYTES) return patternBytes().subarray(from, from + end - start);
  return Uint8Array.from({ length: end - start }, (_, index) => blobByte(start + index));
}

/** Whether `bytes` are those of a blob from `start` on. */
export function isBlobAt(start: number, bytes: Uint8Array): boolean {
  const known = patternBytes();
  let at = start % PERIOD;
  for (let i = 0; i < bytes.byteLength; i++) {
    if (bytes[i] !== known[at]) return false;
    at = at + 1 === PERIOD ? 0 : at + 1;
  }
  return true;
}

export function* blobSteps(length: number): Generator<Step, void> {
  for (let at = 0; at < length; at += CHUNK_BYTES) {
    yield { lent: blobBytes(at, Math.min(at + CHUNK_BYTES, length)) };
  }
}
