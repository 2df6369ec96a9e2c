// TeX -> React elements of MathML, by an allowlist. temml's parser gives a tree of its own, which is walked here: no
// markup is parsed, no attribute, class or style of it passes that is not named here, and what is not known shows as
// its text. Loaded with the first formula.
import { createElement, Fragment, type ReactNode } from "react";
import temml from "temml";

/** A node of temml's tree, in the forms that its version 0.13 makes. */
interface TreeNode {
  readonly type?: string;
  readonly text?: string;
  readonly children?: readonly TreeNode[];
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly classes?: readonly string[];
  readonly style?: Readonly<Record<string, unknown>>;
}

const ELEMENTS: ReadonlySet<string> = new Set(
  "math mrow mi mn mo mtext ms mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mmultiscripts mprescripts none mtable mtr mtd mlabeledtr mstyle mpadded mphantom menclose merror".split(
    " ",
  ),
);
const ATTRIBUTES: ReadonlySet<string> = new Set(
  "display displaystyle scriptlevel mathvariant form fence separator stretchy symmetric largeop movablelimits lspace rspace minsize maxsize linethickness width height depth voffset accent accentunder notation columnalign rowspan columnspan".split(
    " ",
  ),
);
const VALUE = /^[\w.%+-]{1,24}$/;
const CLASSES: ReadonlySet<string> = new Set([
  "tml-display",
  "tml-left",
  "tml-right",
  "tml-jot",
  "tml-small",
  "tml-tag",
  "tml-eqn",
  "mathcal",
]);
/** temml nests groups; a formula of the longest length can't be deeper in earnest. */
const MAX_DEPTH = 120;
/** Macros can grow what they are given. */
const MAX_NODES = 5_000;

const OPTIONS = {
  throwOnError: true,
  strict: false,
  trust: false,
  annotate: false,
  // In em: what a formula asks for can't push the rest of the page away.
  maxSize: [20, 100] as [number, number],
  maxExpand: 200,
};

/** Null for what is no formula: it is shown as it was written. */
export function formulaElement(source: string, display: boolean): ReactNode | null {
  try {
    const tree: TreeNode = temml.__renderToMathMLTree(source, { ...OPTIONS, displayMode: display });
    if (tree.type !== "math") return null;
    const budget = { nodes: MAX_NODES };
    return elementOf(tree, 0, budget);
  } catch {
    // A mistake in the formula, or one that is too large.
    return null;
  }
}

function elementOf(node: TreeNode, depth: number, budget: { nodes: number }): ReactNode {
  budget.nodes -= 1;
  if (depth > MAX_DEPTH || budget.nodes < 0) throw new RangeError("the formula is too large");
  if (node.type === undefined && typeof node.text === "string") return node.text;
  const children = (node.children ?? []).map((child) => elementOf(child, depth + 1, budget));
  if (node.type === undefined || !ELEMENTS.has(node.type)) return createElement(Fragment, null, ...children);
  return createElement(node.type, attributesOf(node), ...children);
}

function attributesOf(node: TreeNode): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(node.attributes ?? {})) {
    if (ATTRIBUTES.has(name) && VALUE.test(String(value))) kept[name] = String(value);
  }
  const classes = [
    ...(node.classes ?? []).filter((name) => CLASSES.has(name)),
    ...classesOfStyle(node.style),
  ];
  if (classes.length > 0) kept.className = classes.join(" ");
  return kept;
}

/** The few styles that carry meaning, as classes: a box around a result, columns that belong together. */
function classesOfStyle(style: TreeNode["style"] = {}): string[] {
  return [
    ...(style.border === undefined ? [] : ["math-boxed"]),
    ...(style.paddingLeft === "0em" || style.padding === "0" ? ["math-flush-start"] : []),
    ...(style.paddingRight === "0em" || style.padding === "0" ? ["math-flush-end"] : []),
  ];
}
