// Text in which characters that hide or reorder other text are shown by name (see invisible.ts).
import { createElement, Fragment, type ReactNode } from "react";
import { type Piece, splitHidden } from "./invisible.ts";

export function VisibleText({ text }: { text: string }) {
  const pieces = splitHidden(text);
  if (pieces.every((piece) => !piece.hidden)) return pieces.map((piece) => piece.text).join("");
  // Positional children: the pieces have no identity of their own.
  return createElement(Fragment, null, ...pieces.map(showPiece));
}

function showPiece(piece: Piece): ReactNode {
  return piece.hidden ? <span className="hidden-character">{piece.text}</span> : piece.text;
}
