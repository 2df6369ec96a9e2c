// The words of a run's message: out of a completion, put into one, and with the marks of what they are taken from.

import type { Completion } from "./chat.ts";
import type { JsonObject } from "./json.ts";
import type { Piece } from "./run-leg.ts";
import type { Citation } from "./run-tools.ts";

export function textOf({ choices }: Completion): readonly string[] {
  const part = choices[0]?.parts.find(({ kind }) => kind === "content" || kind === "refusal");
  return part === undefined ? [] : [...part.pieces];
}

export function withWords(completion: Completion, words: readonly string[], left: number): Completion {
  const pieces = words.slice(0, left);
  const finish = pieces.length < words.length ? "length" : "stop";
  return {
    ...completion,
    choices: [{ parts: [{ kind: "content", pieces, tokens: pieces.length }], finish }],
  };
}

export function annotated(texts: readonly string[], citations: readonly Citation[]): readonly Piece[] {
  let offset = 0;
  return texts.map((text) => {
    const start_index = offset;
    offset += text.length;
    const cited = citations.find(({ marker }) => marker === text);
    if (cited === undefined) return { text };
    return { text, annotation: { ...cited.annotation, start_index, end_index: offset } };
  });
}

export function contentOf(pieces: readonly Piece[]): JsonObject {
  const annotations = pieces.flatMap(({ annotation }) => (annotation === undefined ? [] : [annotation]));
  return { type: "text", text: { value: pieces.map(({ text }) => text).join(""), annotations } };
}
