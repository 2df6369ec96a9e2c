// The sentences of an answer as it is shown: what is spoken, and where it is in the page, so that it can be marked
// while it is heard. Code, formulas, buttons and notes are passed over.

export interface Sentence {
  readonly text: string;
  /** Where in its block; a range is made of it when the sentence's turn comes. */
  readonly block: Element;
  readonly start: number;
  readonly end: number;
}

/** What a service speaks in one call. */
export const MAX_SPOKEN_CHARS = 4_000;
/** Headings and short remarks are spoken together with what follows them: fewer calls, and no breathless pauses. */
const SHORTEST_CHARS = 24;
const BLOCKS = "p, li, h3, h4, h5, td, th, blockquote";
const SILENT =
  "pre, figure.code, button, math, .formula-source, .link-host, .image-text, .plain-note, .hidden-character";

/** Sentences of a plain text, by the rules of its language; each no longer than one call may be. Pure. */
export function cutSentences(text: string): readonly { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  for (const { index, segment } of new Intl.Segmenter(undefined, { granularity: "sentence" }).segment(text)) {
    const end = index + segment.length;
    const last = found.at(-1);
    if (last && last.end - last.start < SHORTEST_CHARS && end - last.start <= MAX_SPOKEN_CHARS)
      last.end = end;
    else
      for (let at = index; at < end; at += MAX_SPOKEN_CHARS) {
        found.push({ start: at, end: Math.min(end, at + MAX_SPOKEN_CHARS) });
      }
  }
  return found.filter(({ start, end }) => /[\p{L}\p{N}]/u.test(text.slice(start, end)));
}

/** In the order of reading. */
export function sentencesIn(root: Element): readonly Sentence[] {
  return [...root.querySelectorAll(BLOCKS)].flatMap((block) => {
    const text = textNodes(block)
      .map((node) => node.data)
      .join("");
    return cutSentences(text).map(({ start, end }) => ({
      text: text.slice(start, end).trim(),
      block,
      start,
      end,
    }));
  });
}

export function rangeOf({ block, start, end }: Sentence): Range | null {
  const range = new Range();
  let at = 0;
  let begun = false;
  for (const node of textNodes(block)) {
    const next = at + node.length;
    if (!begun && start < next) {
      range.setStart(node, start - at);
      begun = true;
    }
    if (begun && end <= next) {
      range.setEnd(node, end - at);
      return range;
    }
    at = next;
  }
  return null;
}

/** The block's own words, in order: not those of blocks inside it, which have their turn. */
function textNodes(block: Element): Text[] {
  const nodes: Text[] = [];
  const walker = document.createTreeWalker(block, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) => {
    if (node instanceof Element)
      return node.matches(`${BLOCKS}, ${SILENT}`) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_SKIP;
    return NodeFilter.FILTER_ACCEPT;
  });
  for (let node = walker.nextNode(); node; node = walker.nextNode()) nodes.push(node as Text);
  return nodes;
}
