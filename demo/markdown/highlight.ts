// Code -> pieces with what they are, by highlight.js with the languages that answers use most. Its own HTML is never
// made: an emitter of ours gathers texts and scopes, and code-block.tsx makes spans of them. Loaded with the first code
// block that is complete.
import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import cpp from "highlight.js/lib/languages/cpp";
import csharp from "highlight.js/lib/languages/csharp";
import css from "highlight.js/lib/languages/css";
import diff from "highlight.js/lib/languages/diff";
import go from "highlight.js/lib/languages/go";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import markdown from "highlight.js/lib/languages/markdown";
import python from "highlight.js/lib/languages/python";
import rust from "highlight.js/lib/languages/rust";
import sql from "highlight.js/lib/languages/sql";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";
import type { CodePiece } from "./code-pieces.ts";

const languages = {
  bash,
  cpp,
  csharp,
  css,
  diff,
  go,
  java,
  javascript,
  json,
  markdown,
  python,
  rust,
  sql,
  typescript,
  xml,
  yaml,
};
for (const [name, language] of Object.entries(languages)) hljs.registerLanguage(name, language);
// highlight.js knows html and js by their aliases; these it doesn't.
hljs.registerAliases(["shell", "console"], { languageName: "bash" });
hljs.registerAliases(["jsonc", "json5"], { languageName: "json" });

/** The scopes that get a colour, by the first word of highlight.js' names. The others read as the code around them. */
const COLOURED: Readonly<Record<string, string>> = {
  keyword: "keyword",
  literal: "keyword",
  built_in: "name",
  type: "name",
  title: "name",
  "selector-class": "name",
  "selector-id": "name",
  "selector-tag": "keyword",
  name: "keyword",
  section: "keyword",
  string: "string",
  regexp: "string",
  char: "string",
  code: "string",
  number: "number",
  symbol: "number",
  bullet: "number",
  attr: "attribute",
  attribute: "attribute",
  property: "attribute",
  variable: "attribute",
  comment: "comment",
  quote: "comment",
  doctag: "comment",
  meta: "meta",
  addition: "addition",
  deletion: "deletion",
};

/** What highlight.js calls while it reads; see its option `__emitter`. */
class PieceEmitter {
  readonly pieces: { text: string; kind: string | null }[] = [];
  readonly #scopes: (string | null)[] = [];

  addText(text: string): void {
    if (text === "") return;
    const kind = this.#scopes.findLast((scope) => scope !== null) ?? null;
    const last = this.pieces.at(-1);
    if (last && last.kind === kind) last.text += text;
    else this.pieces.push({ text, kind });
  }
  startScope(scope: string): void {
    this.#scopes.push(COLOURED[scope.split(".")[0] ?? ""] ?? null);
  }
  endScope(): void {
    this.#scopes.pop();
  }
  openNode(scope: string): void {
    this.startScope(scope);
  }
  closeNode(): void {
    this.endScope();
  }
  __addSublanguage(other: PieceEmitter): void {
    for (const { text, kind } of other.pieces) {
      if (kind === null) this.addText(text);
      else this.pieces.push({ text, kind });
    }
  }
  finalize(): void {}
  toHTML(): string {
    return "";
  }
}
hljs.configure({ __emitter: PieceEmitter } as unknown as Parameters<typeof hljs.configure>[0]);

/** Null for a language that is not among these. */
export function highlight(code: string, language: string): readonly CodePiece[] | null {
  if (!hljs.getLanguage(language)) return null;
  const { _emitter } = hljs.highlight(code, { language, ignoreIllegals: true });
  const { pieces } = _emitter as unknown as PieceEmitter;
  // Colours are not worth a character: what was read must be what is shown.
  return pieces.map(({ text }) => text).join("") === code ? pieces : null;
}
