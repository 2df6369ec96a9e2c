// Seeded randomness: the same seed and the same words give the same answer, id and arguments everywhere.
// Nothing here is meant to be secret or unguessable.

export type Random = () => number;

/** FNV-1a over UTF-16 code units, 32 bits. `seed` lets several texts be chained into one value. */
export function hashText(text: string, seed = 0): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  // FNV's low bits are weak for short inputs; one avalanche round makes neighbouring seeds unrelated.
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** mulberry32: small, fast, good enough to choose words with. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function pick<T>(random: Random, list: readonly [T, ...T[]]): T {
  return list[Math.floor(random() * list.length)] ?? list[0];
}

const ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const HEX = "0123456789abcdef";

export function randomId(random: Random, length: number): string {
  let id = "";
  for (let i = 0; i < length; i++) id += ALPHANUMERIC[Math.floor(random() * ALPHANUMERIC.length)];
  return id;
}

/** The shape of a UUID, so that code which checks the form of a request id is satisfied. */
export function randomUuid(random: Random): string {
  let id = "";
  for (let i = 0; i < 36; i++) {
    if (i === 8 || i === 13 || i === 18 || i === 23) id += "-";
    else if (i === 14) id += "4";
    else if (i === 19) id += HEX[8 + Math.floor(random() * 4)];
    else id += HEX[Math.floor(random() * 16)];
  }
  return id;
}
