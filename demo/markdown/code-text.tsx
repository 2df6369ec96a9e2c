// Code in colours where there are some, with hidden characters named.
import { createElement, Fragment } from "react";
import type { CodePiece } from "./code-pieces.ts";
import { VisibleText } from "./visible-text.tsx";

export function CodeText({ code, pieces }: { code: string; pieces: readonly CodePiece[] | null }) {
  if (pieces === null) return <VisibleText text={code} />;
  // Positional children: the pieces have no identity of their own.
  return createElement(Fragment, null, ...pieces.map(showPiece));
}

function showPiece({ text, kind }: CodePiece) {
  if (kind === null) return <VisibleText text={text} />;
  return (
    <span className={`code-${kind}`}>
      <VisibleText text={text} />
    </span>
  );
}
