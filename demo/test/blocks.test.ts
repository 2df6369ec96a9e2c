import fc from "fast-check";
import { Lexer, type Token, type Tokens } from "marked";
import { describe, expect, test } from "vitest";
import {
  type AnswerBlocks,
  appendText,
  blocksOf,
  MAX_FORMATTED_BLOCKS,
  MAX_FORMATTED_CHARS,
  MAX_MARKDOWN_BLOCK_CHARS,
  noBlocks,
  PLAIN_SLICE_CHARS,
} from "../markdown/blocks.ts";
import { lexBlock } from "../markdown/lexer.ts";

const oneShot = (text: string) => blocksOf(appendText(noBlocks, text));
const shapes = (text: string) => oneShot(text).map(({ kind, text: inside }) => [kind, inside]);

/** Lines that open, close and interrupt each other in every order. */
const lines = fc.constantFrom(
  "",
  "",
  "plain words",
  "  two spaces",
  "    four spaces",
  "\tx",
  "# heading",
  "- item",
  "  - nested",
  "1. first",
  "2. second",
  "> quote",
  ">",
  "```js",
  "```",
  "   ```",
  "~~~",
  "````",
  "| a | b |",
  "|---|---|",
  "| 1 | 2 |",
  "---",
  "===",
  "<div>",
  "</div>",
  "[1]: https://example.com",
  "**bold *both***",
  "text `code` [link](https://example.com)",
  "🙂 ünïcödé",
);
const lineEnds = fc.constantFrom("\n", "\r\n", "\r");
const documents = fc
  .array(fc.tuple(lines, lineEnds), { maxLength: 40 })
  .map((parts) => parts.map(([line, end]) => line + end).join(""));

function split(text: string, cuts: readonly number[]): string[] {
  const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((one, other) => one - other);
  return [0, ...places].map((place, index) => text.slice(place, places[index] ?? text.length));
}

function stream(pieces: readonly string[]): AnswerBlocks {
  return pieces.reduce(appendText, noBlocks);
}

describe("blocksOf", () => {
  test("ends in the same blocks for any split of the text", () => {
    fc.assert(
      fc.property(documents, fc.array(fc.nat(), { maxLength: 30 }), (text, cuts) => {
        expect(blocksOf(stream(split(text, cuts)))).toEqual(oneShot(text));
      }),
      { numRuns: 500 },
    );
  });

  test("ends in the same tokens for any split of the text", () => {
    const tokens = (answer: AnswerBlocks) => blocksOf(answer).map((block) => lexBlock(block.text));
    fc.assert(
      fc.property(documents, (text) => {
        expect(tokens(stream([...text]))).toEqual(tokens(stream([text])));
      }),
    );
  });

  test("ends in the same blocks for any split of a text past every bound", () => {
    const text = `${"word ".repeat(8_000)}\n\n${"- a\n".repeat(70_000)}${"x".repeat(40_000)}🙂`;
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 20 }), (cuts) => {
        expect(blocksOf(stream(split(text, cuts)))).toEqual(oneShot(text));
      }),
      { numRuns: 20 },
    );
  });

  test("never changes a finished block", () => {
    fc.assert(
      fc.property(documents, (text) => {
        let answer = noBlocks;
        for (const character of text) {
          const next = appendText(answer, character);
          expect(next.finished.slice(0, answer.finished.length)).toEqual(answer.finished);
          answer = next;
        }
      }),
    );
  });

  test("cuts only where the lexer would read the same apart", () => {
    const ordinary = [
      "A paragraph\nof two lines.",
      "# Heading",
      "- one\n- two\n\n- three, loose",
      "1. first\n\n   ```js\n   inside();\n\n   still();\n   ```\n\n2. second",
      "> quote\n> goes on",
      "| a | b |\n|---|---|\n| 1 | 2 |",
      "```ts\nconst a = 1;\n\n// blank line above\n```",
      "    indented\n\n    code",
      "Intro:\n- item\n\n- another",
      "***",
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...ordinary), { maxLength: 8 }), (parts) => {
        // A comment-like paragraph between them keeps neighbouring lists from being one list.
        const text = parts.join("\n\nBetween.\n\n");
        expect(oneShot(text).flatMap(tokensOf)).toEqual(stripSpace(new Lexer({ gfm: true }).lex(text)));
      }),
    );
  });

  test("keeps a fence whole over blank lines and hides a closing fence that is still arriving", () => {
    expect(shapes("```js\na\n\nb\n```\nafter")).toEqual([
      ["code", "a\n\nb"],
      ["markdown", "after"],
    ]);
    const arriving = appendText(noBlocks, "```js\na\n``");
    expect(blocksOf(arriving, true).map((block) => block.text)).toEqual(["a"]);
    expect(blocksOf(arriving).map((block) => block.text)).toEqual(["a\n``"]);
  });

  test("shows what is past a bound as plain slices and loses nothing", () => {
    const text = `start\n\n${"y".repeat(MAX_MARKDOWN_BLOCK_CHARS + 1)}\n\nend`;
    const blocks = oneShot(text);
    expect(blocks.map((block) => block.kind)).toEqual(["markdown", "plain", "plain"]);
    expect(
      blocks
        .slice(1)
        .map((block) => block.text)
        .join(""),
    ).toBe(text.slice("start\n\n".length));
  });

  test("bounds the number of formatted blocks and the size of each slice", () => {
    const blocks = oneShot("a\n\n".repeat(10 * MAX_FORMATTED_BLOCKS));
    expect(blocks.filter((block) => block.kind === "markdown")).toHaveLength(MAX_FORMATTED_BLOCKS);
    expect(blocks.every((block) => block.text.length <= PLAIN_SLICE_CHARS)).toBe(true);
  });

  test("formats at most a bounded part of a code block", () => {
    const blocks = oneShot(`\`\`\`\n${"code line\n".repeat(100_000)}`);
    expect(blocks[0]?.kind).toBe("code");
    expect(blocks[0]?.text.length).toBeLessThanOrEqual(MAX_FORMATTED_CHARS);
    expect(blocks.slice(1).every((block) => block.kind === "plain")).toBe(true);
  });

  test("never splits a surrogate pair between two slices", () => {
    const blocks = oneShot(`x${"🙂".repeat(20_000)}`);
    expect(blocks.every((block) => block.text.isWellFormed())).toBe(true);
  });

  test("gives every block its own start, also in deltas of one character", () => {
    const answer = stream([..."# a\r\n\r\nb\r\rc\n```\nd\n```\ne"]);
    const starts = blocksOf(answer).map((block) => block.start);
    expect(new Set(starts).size).toBe(starts.length);
  });
});

function tokensOf(block: { kind: string; text: string; info: string }): unknown[] {
  if (block.kind === "code") return [{ type: "code", text: block.text }];
  return stripSpace(lexBlock(block.text) ?? []);
}

/** What a reader sees of the tokens: kinds and texts, without the blank lines that `raw` and "space" keep. */
function stripSpace(tokens: readonly Token[]): unknown[] {
  return (tokens as readonly Tokens.Generic[])
    .filter((token) => token.type !== "space")
    .map((token) => {
      if (token.type === "code") return { type: "code", text: token.text };
      const inside = token.type === "list" ? token.items : (token.tokens ?? []);
      return {
        type: token.type,
        loose: token.loose,
        depth: token.depth,
        inside: stripSpace(inside as Token[]),
        rows: token.rows?.length,
      };
    });
}
