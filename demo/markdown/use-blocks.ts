// The blocks of an answer's text, cut on from where they were when it has only grown.
import { useLayoutEffect, useRef } from "react";
import { type AnswerBlocks, appendText, noBlocks } from "./blocks.ts";

export interface Cut {
  readonly text: string;
  readonly blocks: AnswerBlocks;
}

export const NOTHING: Cut = { text: "", blocks: noBlocks };

/** Pure: what was cut before, and the text as it is now. */
export function cutOn(before: Cut, text: string): Cut {
  if (text === before.text) return before;
  const grown = text.startsWith(before.text);
  const { blocks } = grown ? before : NOTHING;
  return { text, blocks: appendText(blocks, grown ? text.slice(before.text.length) : text) };
}

export function useBlocks(text: string): AnswerBlocks {
  const shown = useRef(NOTHING);
  const cut = cutOn(shown.current, text);
  useLayoutEffect(() => {
    shown.current = cut;
  });
  return cut.blocks;
}
