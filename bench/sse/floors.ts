/** The least that has to be done, in parts: what a parser costs is what it takes beyond these. */
import { type Bytes, bodyOf } from "../chunks.ts";
import type { Way } from "./measure.ts";

export interface Floor {
  readonly name: string;
  readonly way: Way;
  readonly json: boolean;
  run(list: readonly Bytes[], payloads: readonly string[]): number | Promise<number>;
}

export const JSON_ALONE = "JSON.parse of the payloads alone";

const parseAll = (_: readonly Bytes[], payloads: readonly string[]): number => {
  let count = 0;
  for (const payload of payloads) count += JSON.parse(payload).choices.length;
  return count;
};

const decodeAll = (list: readonly Bytes[]): string => {
  const decoder = new TextDecoder();
  let text = "";
  for (const piece of list) text += decoder.decode(piece, { stream: true });
  return text;
};

const decodeEach = (list: readonly Bytes[]): number => {
  const decoder = new TextDecoder();
  let length = 0;
  for (const piece of list) length += decoder.decode(piece, { stream: true }).length;
  return length;
};

const readAll = async (list: readonly Bytes[]): Promise<number> => {
  const reader = bodyOf(list).getReader();
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return length;
    length += value.length;
  }
};

export const FLOORS: readonly Floor[] = [
  { name: JSON_ALONE, way: "fed", json: true, run: parseAll },
  { name: JSON_ALONE, way: "body", json: true, run: parseAll },
  {
    name: "decode the pieces, JSON.parse",
    way: "fed",
    json: true,
    run: (list, payloads) => decodeEach(list) + parseAll(list, payloads),
  },
  {
    name: "read the body, decode the pieces, JSON.parse",
    way: "body",
    json: true,
    run: async (list, payloads) => (await readAll(list)) + decodeEach(list) + parseAll(list, payloads),
  },
  { name: "decode only", way: "fed", json: false, run: decodeEach },
  {
    name: "decode and split at blank lines",
    way: "fed",
    json: false,
    run: (list) => decodeAll(list).split("\n\n").length,
  },
  { name: "read the body only", way: "body", json: false, run: readAll },
];
