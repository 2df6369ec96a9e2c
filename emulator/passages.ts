// A text made searchable: its chunks, and where each word occurs. Ranked by BM25; scores are shares of the best there
// could be, 0 to 1, so that a threshold means the same for every question.

import { type Chunk, type Chunking, chunksOf } from "./chunks.ts";

export interface PassageIndex {
  readonly text: string;
  readonly chunks: readonly Chunk[];
  /** Terms in each chunk. */
  readonly lengths: readonly number[];
  /** Of each term: chunk, count, chunk, count, … */
  readonly postings: ReadonlyMap<string, readonly number[]>;
}

const WORD = /[\p{L}\p{M}\p{N}]+/gu;
/** Written without spaces: read by pairs of characters. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
const COMMON =
  /^(?:the|an?|of|and|or|to|in|on|at|is|are|was|were|be|been|it|its|this|that|these|those|with|for|as|by|from|i|you|we|they|my|your|our|what|which|who|when|where|why|how|do|does|did|can|could|should|would|will|have|has|had|not|no|if|me|about|there|their|please|tell|give|find|file|files|document)$/;
const MAX_WORD = 64;

export function termsOf(text: string): string[] {
  const terms: string[] = [];
  for (const [found] of text.matchAll(WORD)) {
    const word = found.slice(0, MAX_WORD).normalize("NFKC").toLowerCase();
    if (!UNSPACED.test(word)) terms.push(stem(word));
    else if (word.length === 1) terms.push(word);
    else for (let at = 0; at + 2 <= word.length; at++) terms.push(word.slice(at, at + 2));
  }
  return terms;
}

/** Inflections of one word, nearly always, become one term. */
function stem(word: string): string {
  if (word.length <= 3) return word;
  return word.replace(/s$/, "").replace(/(?<=..)(?:ing|ed|es|e|ly)$/, "");
}

export function indexText(text: string, chunking: Chunking): PassageIndex {
  const chunks = chunksOf(text, chunking);
  const postings = new Map<string, number[]>();
  const lengths = chunks.map(({ start, end }, chunk) => {
    const terms = termsOf(text.slice(start, end));
    for (const term of terms) {
      const places = postings.get(term);
      if (places === undefined) postings.set(term, [chunk, 1]);
      else if (places.at(-2) === chunk) (places[places.length - 1] as number)++;
      else places.push(chunk, 1);
    }
    return terms.length;
  });
  return { text, chunks, lengths, postings };
}

export interface Found {
  /** Position of the index in the list that was searched. */
  readonly index: number;
  readonly chunk: number;
  readonly score: number;
}

const K = 1.2;
const B = 0.75;

/**
 * Best first, in the order of the texts where two are equal. A question that has no word in common with any of the
 * texts gets the beginning of each, with score 0.
 */
export function rank(indexes: readonly PassageIndex[], query: string, mostResults: number): readonly Found[] {
  const terms = questionTerms(query);
  let count = 0;
  let total = 0;
  for (const { lengths } of indexes) {
    count += lengths.length;
    for (const length of lengths) total += length;
  }
  const average = Math.max(1, total / Math.max(1, count));
  const scores = indexes.map(() => new Map<number, number>());
  let best = 0;
  for (const term of terms) {
    let holders = 0;
    for (const { postings } of indexes) holders += (postings.get(term)?.length ?? 0) / 2;
    const weight = Math.log(1 + (count - holders + 0.5) / (holders + 0.5));
    best += weight * (K + 1);
    for (const [index, { postings, lengths }] of indexes.entries()) {
      const places = postings.get(term) ?? [];
      const own = scores[index] as Map<number, number>;
      for (let at = 0; at < places.length; at += 2) {
        const chunk = places[at] as number;
        const times = places[at + 1] as number;
        const share = 1 - B + (B * (lengths[chunk] as number)) / average;
        own.set(chunk, (own.get(chunk) ?? 0) + (weight * times * (K + 1)) / (times + K * share));
      }
    }
  }
  const found = scores.flatMap((own, index) =>
    [...own].map(([chunk, score]) => ({ index, chunk, score: rounded(score / best) })),
  );
  if (found.length === 0) {
    return indexes
      .map((_, index) => ({ index, chunk: 0, score: 0 }))
      .filter(({ index }) => indexes[index]?.chunks.length !== 0)
      .slice(0, mostResults);
  }
  found.sort((a, b) => b.score - a.score || a.index - b.index || a.chunk - b.chunk);
  return found.slice(0, mostResults);
}

const MAX_TERMS = 256;

function questionTerms(query: string): readonly string[] {
  const all = termsOf(query);
  const common = new Set(
    [...query.toLowerCase().matchAll(WORD)]
      .map(([word]) => word)
      .filter((word) => COMMON.test(word))
      .map(stem),
  );
  const telling = all.filter((term) => !common.has(term));
  return [...new Set(telling.length > 0 ? telling : all)].slice(0, MAX_TERMS);
}

function rounded(score: number): number {
  return Math.round(Math.min(1, score) * 1e6) / 1e6;
}

const MAX_QUOTE = 400;
/** A full stop inside a number or a name ends nothing. */
const SENTENCE = /(?:[^.!?\n。！？]|[.!?](?=\S))+[.!?。！？]*/g;

/** The sentence or line of a passage that answers a question best: an exact piece of it. */
export function quoteOf(passage: string, query: string): string {
  const wanted = new Set(questionTerms(query));
  let best = "";
  let most = -1;
  for (const [sentence] of passage.matchAll(SENTENCE)) {
    // No half of a character at the cut.
    const quote = sentence
      .trim()
      .slice(0, MAX_QUOTE)
      .replace(/[\ud800-\udbff]$/, "");
    if (quote === "") continue;
    const fitting = new Set(termsOf(quote).filter((term) => wanted.has(term))).size;
    if (fitting > most) {
      most = fitting;
      best = quote;
    }
  }
  return best;
}
