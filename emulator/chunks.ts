// Text -> passages of a number of tokens, each beginning a number of tokens before the last one's end: where they lie,
// not what they say, so that a long text is held once.

import { tokenEnds } from "./tokens.ts";

export interface Chunking {
  readonly max_chunk_size_tokens: number;
  readonly chunk_overlap_tokens: number;
}

/** What the service does where it may choose. */
export const AUTO_CHUNKING: Chunking = { max_chunk_size_tokens: 800, chunk_overlap_tokens: 400 };

export interface Chunk {
  /** UTF-16 positions in the text. */
  readonly start: number;
  readonly end: number;
}

/** Nothing of the text is left out, and no chunk lies wholly in another. */
export function chunksOf(text: string, chunking: Chunking): readonly Chunk[] {
  const { max_chunk_size_tokens: size, chunk_overlap_tokens: overlap } = chunking;
  const ends = tokenEnds(text);
  const chunks: Chunk[] = [];
  const startOf = (token: number): number => (token === 0 ? 0 : (ends[token - 1] as number));
  for (let from = 0; from < ends.length; from += size - overlap) {
    const to = Math.min(from + size, ends.length);
    chunks.push({ start: startOf(from), end: ends[to - 1] as number });
    if (to === ends.length) break;
  }
  return chunks;
}
