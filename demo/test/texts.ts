// Reads the page's sources for its texts: what `t`, `phrase` and `plural` are given, and what stands outside of them.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseAst } from "vite";

const DEMO = fileURLToPath(new URL("..", import.meta.url));

export interface Texts {
  /** The keys that catalogues need, each with where it is and whether it has a count. */
  readonly keys: ReadonlyMap<string, { readonly at: string; readonly plural: boolean }>;
  /** Texts that readers see and no catalogue can have, and calls that no catalogue can be checked by. */
  readonly outside: readonly string[];
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [name: string]: unknown;
}

/** Attributes whose values are read or heard. */
const WORDS = /^(aria-label|aria-description|aria-valuetext|title|placeholder|alt|label|newName|name)$/;
/** Names of things are the same in every language. */
const NAMES = new Set(["Latchkey"]);

export function textsOf(read: readonly (readonly [file: string, code: string])[]): Texts {
  const keys = new Map<string, { at: string; plural: boolean }>();
  const outside: string[] = [];
  for (const [file, code] of read) {
    const at = (node: Node) => `${file}:${code.slice(0, node.start).split("\n").length}`;
    visit(parseAst(code, { lang: file.endsWith("x") ? "tsx" : "ts" }) as unknown as Node, (node) => {
      const found = keyOf(node);
      if (found !== undefined) keys.set(found, { at: at(node), plural: nameOf(node) === "plural" });
      else if (isDoubtful(node) || isOutside(node)) outside.push(at(node));
    });
  }
  return { keys, outside };
}

/** The sources of the page, without tests and catalogues. */
export function sources(): readonly (readonly [file: string, code: string])[] {
  return readdirSync(DEMO, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file) && !/^(test|languages)[\\/]|^i18n\.ts$/.test(file))
    .map((file) => [file, readFileSync(`${DEMO}/${file}`, "utf8")] as const);
}

function nameOf({ type, callee }: Node): string {
  return type === "CallExpression" ? String((callee as Node).name) : "";
}

function argumentOf(node: Node): Node | undefined {
  const all = node.arguments as readonly Node[];
  return { t: all?.[0], phrase: all?.[0], plural: all?.[2] }[nameOf(node)];
}

function keyOf(node: Node): string | undefined {
  const argument = argumentOf(node);
  return argument?.type === "Literal" && typeof argument.value === "string" ? argument.value : undefined;
}

/** A text that is put together here is another one every time; a name of a text is a `phrase` elsewhere. */
function isDoubtful(node: Node): boolean {
  const argument = argumentOf(node);
  if (argument === undefined) return false;
  return nameOf(node) !== "t" || /^(TemplateLiteral|BinaryExpression)$/.test(argument.type);
}

function isOutside(node: Node): boolean {
  if (node.type === "JSXText") {
    const text = String(node.value).trim();
    return /\p{L}/u.test(text) && !NAMES.has(text);
  }
  if (node.type !== "JSXAttribute") return false;
  const { name, value } = node as unknown as { name: Node; value: Node | null };
  if (!WORDS.test(String(name.name)) || value === null) return false;
  return /\p{Lu}/u.test(String(value.type === "Literal" ? value.value : ""));
}

function visit(node: unknown, see: (node: Node) => void): void {
  if (typeof node !== "object" || node === null) return;
  if (Array.isArray(node)) {
    for (const one of node) visit(one, see);
    return;
  }
  if ("type" in node) see(node as Node);
  for (const child of Object.values(node)) visit(child, see);
}
