// What was pasted -> the lines to place: without empty ones, without the same twice. Pure.
export const MOST_LINES = 200;
export const LONGEST_LINE = 2000;

export type Lines =
  | { readonly ok: true; readonly lines: readonly string[] }
  | { readonly ok: false; readonly why: "few" | "many" | "long"; readonly count: number };

export function linesIn(text: string): Lines {
  const lines = [...new Set(text.split("\n").map((line) => line.trim()))].filter((line) => line !== "");
  const longest = Math.max(0, ...lines.map((line) => line.length));
  if (lines.length > MOST_LINES) return { ok: false, why: "many", count: lines.length };
  if (longest > LONGEST_LINE) return { ok: false, why: "long", count: longest };
  if (lines.length < 3) return { ok: false, why: "few", count: lines.length };
  return { ok: true, lines };
}
