// One markdown block -> tokens, by marked's lexer, behind bounds. Returns null for input that would cost too much
// or nest too deep; such a block is shown as the text it is. Nothing here makes HTML: marked's renderer is never
// used, and what a token may become is decided in render.tsx.
import { Lexer, type Token, type Tokens } from "marked";
import { mathExtensions, mayHoldMath } from "./math-syntax.ts";

/** Quotes and lists in one another. People stop at three; marked recurses per level. */
const MAX_NESTING = 16;
/** Emphasis is matched in quadratic time: this many marks in one paragraph cost about 10 ms. */
const MAX_EMPHASIS_MARKS = 800;
const MAX_TABLE_COLUMNS = 64;
const MAX_TABLE_CELLS = 4_000;

export function lexBlock(source: string): readonly Token[] | null {
  if (nestsTooDeep(source)) return null;
  try {
    // Looking for formulas costs something at every mark, so only texts that may hold some pay for it.
    const lexer = new Lexer(mayHoldMath(source) ? { gfm: true, extensions: mathExtensions } : { gfm: true });
    const tokens = lexer.blockTokens(source, []);
    if (tokens.some(isHugeTable)) return null;
    // Block structure is linear; the quadratic part is emphasis, and it is per run of inline text.
    let squares = 0;
    for (const inline of lexer.inlineQueue) squares += countEmphasisMarks(inline.src) ** 2;
    if (squares > MAX_EMPHASIS_MARKS ** 2) return null;
    for (const inline of lexer.inlineQueue) lexer.inlineTokens(inline.src, inline.tokens);
    return tokens;
  } catch {
    // The lexer throws on input it makes no progress with: fail closed, to text.
    return null;
  }
}

/** Counts the containers a line opens before its text, and the deepest list by indentation. */
function nestsTooDeep(source: string): boolean {
  for (const line of source.split("\n")) {
    let depth = 0;
    let columns = 0;
    for (let at = 0; at < line.length && depth <= MAX_NESTING; ) {
      const rest = line.slice(at, at + 12);
      const opener = /^(?:>|[*+-](?=\s|$)|\d{1,9}[.)](?=\s|$))/.exec(rest)?.[0];
      if (opener) {
        depth += 1;
        at += opener.length;
      } else if (/^\s/.test(rest)) {
        columns += rest.startsWith("\t") ? 4 : 1;
        at += 1;
      } else {
        break;
      }
    }
    if (depth > MAX_NESTING) return true;
    if (depth > 0 && columns > MAX_NESTING * 4) return true;
  }
  return false;
}

function isHugeTable(token: Token): boolean {
  if (token.type !== "table") return false;
  const { header, rows } = token as Tokens.Table;
  return header.length > MAX_TABLE_COLUMNS || header.length * rows.length > MAX_TABLE_CELLS;
}

function countEmphasisMarks(source: string): number {
  let marks = 0;
  for (let at = 0; at < source.length; at += 1) {
    const code = source.charCodeAt(at);
    // * _ ~
    if (code === 42 || code === 95 || code === 126) marks += 1;
  }
  return marks;
}
