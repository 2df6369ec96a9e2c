// A code block cut into coloured pieces, when there is time for it and the block is complete.
import { useWhenIdle } from "./idle.ts";
import { keepNewest } from "./kept.ts";

export interface CodePiece {
  readonly text: string;
  /** Becomes `code-<kind>`; null for code without a colour. */
  readonly kind: string | null;
}

/** About 400 lines: reading and showing them costs some 20 ms, which is what one piece of work may take. */
export const MAX_COLOURED_CHARS = 12_000;
/** Markup has a piece every few characters, and each is an element to make. */
export const MAX_COLOURED_PIECES = 2_000;
const SEPARATOR = "\n";

const found = keepNewest<{ pieces: readonly CodePiece[] | null }>(100);
const known = (key: string) => found.get(key);

async function find(key: string): Promise<{ pieces: readonly CodePiece[] | null }> {
  const { highlight } = await import("./highlight.ts");
  const at = key.indexOf(SEPARATOR);
  const pieces = highlight(key.slice(at + 1), key.slice(0, at));
  const result = { pieces: pieces !== null && pieces.length <= MAX_COLOURED_PIECES ? pieces : null };
  found.set(key, result);
  return result;
}

/** Null until there are colours, and for code without any. */
export function useCodePieces(
  code: string,
  language: string,
  complete: boolean,
): readonly CodePiece[] | null {
  const worth = complete && language !== "" && code.length <= MAX_COLOURED_CHARS;
  const result = useWhenIdle(worth ? `${language}${SEPARATOR}${code}` : null, known, find);
  return result?.pieces ?? null;
}
