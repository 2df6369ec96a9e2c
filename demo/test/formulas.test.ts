import fc from "fast-check";
import { createElement, Fragment } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, test } from "vitest";
import { formulaElement } from "../markdown/formula-elements.ts";
import { lexBlock } from "../markdown/lexer.ts";
import { MAX_FORMULA_CHARS } from "../markdown/math-syntax.ts";

function formulas(text: string): { text: string; display: boolean }[] {
  const found: { text: string; display: boolean }[] = [];
  JSON.stringify(lexBlock(text), (_, value) => {
    if (value?.type === "math") found.push({ text: value.text, display: value.display });
    return value;
  });
  return found;
}

const markup = (source: string, display = false) =>
  renderToStaticMarkup(createElement(Fragment, null, formulaElement(source, display)));

describe("where formulas are", () => {
  test.each([
    ["in $x^2$ it", [{ text: "x^2", display: false }]],
    ["in \\(x^2\\) it", [{ text: "x^2", display: false }]],
    ["$$x^2$$", [{ text: "x^2", display: true }]],
    ["\\[\n- b\n= c\n\\]", [{ text: "- b\n= c", display: true }]],
    ["before\n$$\na\n$$\nafter", [{ text: "a", display: true }]],
    [
      "- item $a_1$\n- item $b_1$",
      [
        { text: "a_1", display: false },
        { text: "b_1", display: false },
      ],
    ],
    ["| a |\n|---|\n| $x$ |", [{ text: "x", display: false }]],
    ["**bold $a*b*c$**", [{ text: "a*b*c", display: false }]],
    ["a \\$ sign and $y$", [{ text: "y", display: false }]],
  ])("finds those of %j", (text, expected) => {
    expect(formulas(text)).toEqual(expected);
  });

  test.each([
    "it costs $5 and $6",
    "from $5 to $10.",
    "$ x $",
    "`$x$` is code",
    "```\n$x$\n```",
    "$unclosed",
    "$$ unclosed",
    "\\( unclosed",
    "\\\\(not one\\\\)",
    "$$$$",
  ])("finds none in %j", (text) => {
    expect(formulas(text)).toEqual([]);
  });

  test("finds none that is longer than a page", () => {
    expect(formulas(`$${"x".repeat(MAX_FORMULA_CHARS - 1)}$`)).toHaveLength(1);
    expect(formulas(`$${"x".repeat(MAX_FORMULA_CHARS + 1)}$`)).toEqual([]);
    expect(formulas(`$$${"x".repeat(MAX_FORMULA_CHARS + 1)}$$`)).toEqual([]);
  });
});

describe("formulaElement", () => {
  test("makes MathML", () => {
    expect(markup("\\frac{a}{b}")).toBe("<math><mfrac><mi>a</mi><mi>b</mi></mfrac></math>");
    expect(markup("x", true)).toContain('<math display="block" class="tml-display">');
    expect(markup("\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}")).toContain("<mtr>");
    expect(markup("\\boxed{x}")).toContain('class="math-boxed"');
  });

  test.each([
    ["an argument that is missing", "\\frac{a}"],
    ["an environment that never ends", "\\begin{matrix}"],
    ["groups that never end", "{".repeat(500)],
    ["powers that never end", "x^{".repeat(400)],
    ["roots deeper than any formula", `${"\\sqrt{".repeat(200)}x${"}".repeat(200)}`],
    ["an image", "\\includegraphics{https://evil.example/x.png}"],
  ])("is null for %s", (_, source) => {
    expect(formulaElement(source, false)).toBeNull();
  });

  test("macros that grow without end are given up in a moment", () => {
    const start = performance.now();
    formulaElement(`\\def\\a{\\a\\a}\\a`, false);
    formulaElement(
      "\\def\\a{xxxxxxxxxx}\\def\\b{\\a\\a\\a\\a\\a\\a}\\def\\c{\\b\\b\\b\\b\\b\\b}\\c\\c\\c",
      false,
    );
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  test("makes no link, no style, no name, whatever is asked for", () => {
    const pieces = fc.constantFrom(
      "\\href{javascript:alert(1)}{x}",
      "\\url{https://evil.example}",
      "\\includegraphics{https://evil.example/x.png}",
      "\\style{color:red}{x}",
      "\\class{a}{x}",
      "\\id{page}{x}",
      "\\data{a=b}{x}",
      "\\htmlClass{a}{x}",
      "\\color{red}",
      "\\colorbox{#ff0000}{x}",
      "\\text{<img src=x onerror=alert(1)>}",
      "\\tag{1}",
      "\\label{eq:1}",
      "\\ref{eq:1}",
      "\\rule{1em}{1em}",
      "\\raisebox{1em}{x}",
      "\\cancel{x}",
      "\\boxed{x}",
      "\\begin{aligned}a&=b\\end{aligned}",
      "\\unknown",
      "\\frac{1}{2}",
      "&",
      "{",
      "}",
      "<script>",
      "\\ce{H2O}",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), fc.boolean(), (parts, display) => {
        const html = markup(parts.join(" "), display);
        for (const [, tag = "", rest = ""] of html.matchAll(
          /<([a-zA-Z][\w-]*)((?:\s+[\w:-]+="[^"]*")*)\s*\/?>/g,
        )) {
          expect(tag).toMatch(/^m[a-z]+$|^none$/);
          expect(rest).not.toMatch(/\s(?:href|src|style|id|name|on\w+|xlink:href|data-\w+)=/);
        }
      }),
      { numRuns: 200 },
    );
  });
});
