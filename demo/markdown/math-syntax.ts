// Finds formulas in markdown, as models write them: $…$, $$…$$, \(…\) and \[…\]. Only where they are; what they become
// is formula.tsx's business. Prices are no formulas: "$5 to $10" and "$5 and $6" stay text, by pandoc's rule.
import type { MarkedOptions } from "marked";

export interface MathToken {
  readonly type: "math";
  readonly raw: string;
  readonly text: string;
  /** On a line of its own. */
  readonly display: boolean;
}

/** A page of formula. What is longer stays text. */
export const MAX_FORMULA_CHARS = 2_000;

const PAIRS = [
  { opens: "$$", closes: "$$", display: true },
  { opens: "\\[", closes: "\\]", display: true },
  { opens: "\\(", closes: "\\)", display: false },
] as const;

// The opening dollar stands before a character, the closing one after one and not before a digit.
const DOLLARS = /^\$(?![\s$])((?:\\[^\n]|[^\\$\n]){0,1999}(?:\\[^\n]|[^\\$\s]))\$(?!\d)/;

function inlineMath(source: string): MathToken | undefined {
  for (const { opens, closes, display } of PAIRS) {
    if (!source.startsWith(opens)) continue;
    // Looked for only as far as a formula can reach, so that a thousand openings cost no more than they should.
    const end = source.slice(0, MAX_FORMULA_CHARS + 4).indexOf(closes, opens.length);
    return end === -1 ? undefined : token(source.slice(0, end + closes.length), opens.length, display);
  }
  const raw = DOLLARS.exec(source)?.[0];
  return raw === undefined ? undefined : token(raw, 1, false);
}

/** A display formula that has its lines for itself, so that "- b" in it is no list and "= c" no heading. */
function blockMath(source: string): MathToken | undefined {
  const indent = /^ {0,3}(?=\$\$|\\\[)/.exec(source)?.[0].length;
  if (indent === undefined) return undefined;
  const found = inlineMath(source.slice(indent));
  if (!found) return undefined;
  const rest = /^[ \t]*(?:\n+|$)/.exec(source.slice(indent + found.raw.length))?.[0];
  if (rest === undefined) return undefined;
  return { ...found, raw: source.slice(0, indent + found.raw.length + rest.length) };
}

function token(raw: string, marks: number, display: boolean): MathToken | undefined {
  const text = raw.slice(marks, -marks).trim();
  if (text === "" || /\n[ \t]*\n/.test(text)) return undefined;
  return { type: "math", raw, text, display };
}

const firstOf = (source: string, marks: readonly string[]): number | undefined => {
  const places = marks.map((mark) => source.indexOf(mark)).filter((place) => place !== -1);
  return places.length === 0 ? undefined : Math.min(...places);
};

function nextBlockMath(source: string): number | undefined {
  const lineEnd = firstOf(source, ["\n$$", "\n\\["]);
  return lineEnd === undefined ? undefined : lineEnd + 1;
}

export function mayHoldMath(source: string): boolean {
  return firstOf(source, ["$", "\\(", "\\["]) !== undefined;
}

/** For marked's lexer. */
export const mathExtensions: NonNullable<MarkedOptions["extensions"]> = {
  renderers: {},
  childTokens: {},
  inline: [inlineMath],
  block: [blockMath],
  startInline: [(source: string) => firstOf(source, ["$", "\\(", "\\["])],
  startBlock: [nextBlockMath],
};
