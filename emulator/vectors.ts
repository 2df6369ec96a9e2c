// Texts and images -> unit vectors. Features (words, letter sequences, tokens, blocks of bytes) are hashed to a few
// signed places each, so that what shares features lies close and what doesn't is nearly at a right angle. No
// synonyms: "car" and "automobile" are strangers here.

import { hashText } from "./random.ts";

export type Features = Map<string, number>;

/** Words that nearly every text has say little about it. */
const COMMON =
  /^(?:the|an?|of|and|or|to|in|on|at|is|are|was|were|be|it|this|that|with|for|as|by|from|i|you|we|they|my)$/;
const ENDING = /(?<=\p{L}{3})(?:ings?|ed|es|s)$/u;
const LETTERS = 3;

export function textFeatures(text: string, features: Features = new Map()): Features {
  const words =
    text
      .normalize("NFKC")
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  let before = "";
  for (const word of words) {
    const weight = COMMON.test(word) ? 0.2 : 1;
    add(features, `w ${word}`, 0.5 * weight);
    add(features, `s ${word.replace(ENDING, "")}`, 0.8 * weight);
    add(features, `p ${before} ${word}`, 0.2 * weight);
    before = word;
    // Letter sequences bring misspellings together, and inflections that no rule finds.
    const spelled = `^${word}$`;
    const share = (0.9 * weight) / Math.sqrt(spelled.length);
    for (let at = 0; at + LETTERS <= spelled.length; at++) {
      add(features, `l ${spelled.slice(at, at + LETTERS)}`, share);
    }
  }
  if (features.size === 0) add(features, `t ${text}`, 1);
  return features;
}

export function tokenFeatures(tokens: readonly number[]): Features {
  const features: Features = new Map();
  for (const token of tokens) add(features, `t ${token}`, 1);
  return features;
}

const BLOCK_BYTES = 32;
const MAX_BLOCKS = 4_096;

/** Images that share most of their bytes lie close; what they show is not looked at. */
export function byteFeatures(bytes: Uint8Array, features: Features = new Map()): Features {
  const step = Math.max(BLOCK_BYTES, Math.ceil(bytes.byteLength / MAX_BLOCKS));
  for (let at = 0; at < bytes.byteLength; at += step) {
    add(features, `b ${String.fromCharCode(...bytes.subarray(at, at + BLOCK_BYTES))}`, 1);
  }
  return features;
}

function add(features: Features, name: string, weight: number): void {
  features.set(name, (features.get(name) ?? 0) + weight);
}

const PLACES = 8;

/** Shorter vectors are the beginning of the full one, brought back to length 1: as the services shorten theirs. */
export function unitVector(features: Features, full: number, length: number): Float32Array {
  const vector = new Float64Array(full);
  for (const [name, weight] of features) {
    // Repetition counts for less and less.
    const value = weight < 1 ? weight : Math.sqrt(weight);
    let hash = hashText(name);
    for (let place = 0; place < PLACES; place++) {
      hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
      hash = Math.imul(hash ^ (hash >>> 13), 0x297a2d39) >>> 0;
      const at = hash % full;
      vector[at] = (vector[at] ?? 0) + ((hash >>> 31) & 1 ? -value : value);
    }
  }
  const kept = vector.subarray(0, length);
  let sum = 0;
  for (const value of kept) sum += value * value;
  // All features may lie beyond a very short vector's end.
  if (sum === 0) {
    kept[0] = 1;
    sum = 1;
  }
  const scale = 1 / Math.sqrt(sum);
  return Float32Array.from(kept, (value) => value * scale);
}
