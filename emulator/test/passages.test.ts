import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chunksOf } from "../chunks.ts";
import { htmlText } from "../html-text.ts";
import { indexText, quoteOf, rank, termsOf } from "../passages.ts";
import { countTokens } from "../tokens.ts";

const chunkings = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 20 }))
  .map(([size, overlap]) => ({
    max_chunk_size_tokens: size,
    chunk_overlap_tokens: Math.min(overlap, Math.floor(size / 2)),
  }));
const texts = fc.array(
  fc.oneof(
    fc.lorem({ maxCount: 5 }),
    fc.string({ unit: "grapheme", maxLength: 20 }),
    fc.constantFrom("\n\n", "漢字かな", "🙂🙃"),
  ),
  {
    maxLength: 30,
  },
);

describe("chunks", () => {
  test("cover the text, are no longer than asked, overlap as asked, and cut no character", () => {
    fc.assert(
      fc.property(texts, chunkings, (pieces, chunking) => {
        const text = pieces.join(" ");
        const chunks = chunksOf(text, chunking);
        let end = 0;
        for (const [index, chunk] of chunks.entries()) {
          const passage = text.slice(chunk.start, chunk.end);
          expect(chunk.start).toBeLessThanOrEqual(end);
          expect(chunk.end).toBeGreaterThan(end);
          expect(countTokens(passage)).toBeLessThanOrEqual(chunking.max_chunk_size_tokens);
          expect(passage.isWellFormed()).toBe(text.isWellFormed());
          const next = chunks[index + 1];
          if (next !== undefined) {
            const shared = countTokens(text.slice(next.start, chunk.end));
            expect(shared).toBe(chunking.chunk_overlap_tokens);
          }
          end = chunk.end;
        }
        expect(end).toBe(text.length);
      }),
    );
  });

  test("of an empty text are none", () => {
    expect(chunksOf("", { max_chunk_size_tokens: 100, chunk_overlap_tokens: 50 })).toEqual([]);
  });
});

describe("a quote", () => {
  test("is an exact piece of its passage", () => {
    fc.assert(
      fc.property(texts, fc.lorem(), (pieces, query) => {
        const passage = pieces.join(" ");
        expect(passage).toContain(quoteOf(passage, query));
      }),
    );
  });

  test.each([
    ["who kept the lighthouse?", "Mara Venn kept the lighthouse for 3.5 years."],
    ["When was it built?", "It was built in 1872!"],
    ["灯台を建てた", "灯台を建てたのは彼女だ。"],
    ["nothing of this", "The island is small."],
  ])("is the sentence that fits: %s", (query, quote) => {
    const passage =
      "The island is small. It was built in 1872! Mara Venn kept the lighthouse for 3.5 years.\n灯台を建てたのは彼女だ。終わり。";
    expect(quoteOf(passage, query)).toBe(quote);
  });

  test("cuts no character in half", () => {
    expect(quoteOf(`${"a".repeat(399)}🙂b`, "a")).toBe("a".repeat(399));
  });
});

describe("ranking", () => {
  const chunking = { max_chunk_size_tokens: 100, chunk_overlap_tokens: 50 };
  const indexes = [
    "The lighthouse of Orrin was built in 1872. Its keeper was Mara Venn.",
    "Recipes: boil the potatoes for twenty minutes, then bake them with cheese.",
    "Lighthouses of the northern coast were painted in red and white stripes.",
  ].map((text) => indexText(text, chunking));
  const best = (query: string): number | undefined => rank(indexes, query, 10)[0]?.index;

  test.each([
    ["Who was the keeper of the lighthouse?", 0],
    ["baking potato", 1],
    ["stripe painting", 2],
    ["ORRIN", 0],
  ])("%s", (query, index) => {
    expect(best(query)).toBe(index);
  });

  test("gives scores from 0 to 1, best first, the same each time", () => {
    fc.assert(
      fc.property(fc.array(texts, { maxLength: 4 }), fc.lorem(), (files, query) => {
        const all = files.map((pieces) => indexText(pieces.join(" "), chunking));
        const found = rank(all, query, 5);
        expect(found.length).toBeLessThanOrEqual(5);
        for (const [index, { score }] of found.entries()) {
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(found[index - 1]?.score ?? 1);
        }
        expect(rank(all, query, 5)).toEqual(found);
      }),
    );
  });

  test("a question of common words, or of strangers, gets the beginnings", () => {
    expect(rank(indexes, "zebra", 2)).toEqual([
      { index: 0, chunk: 0, score: 0 },
      { index: 1, chunk: 0, score: 0 },
    ]);
    expect(rank([indexText("", chunking)], "zebra", 2)).toEqual([]);
  });

  test("terms", () => {
    expect(termsOf("Stores stored storing, 東京都 x")).toEqual(["stor", "stor", "stor", "東京", "京都", "x"]);
  });
});

describe("the text of HTML", () => {
  test.each([
    ["<p>One</p><p>Two &amp; three&nbsp;&#52;&#x35;</p>", "One\n\nTwo & three 45"],
    ["a < b <b>bold</b> c>d", "a < b bold c>d"],
    ["x<script>var a = '</p>';</SCRIPT >y", "x y"],
    ["x<style>p{}</style><!-- <p>no</p> -->y", "x y"],
    ["x<!-- never closed <p>no", "x"],
    ["x<script>never closed", "x"],
    ["<a title='a > b' href=\"x>y\">link</a>", "link"],
    ["<p it's>text</p>", "text"],
    ["<td>a</td><td>b</td>", "a b"],
    ["<head><title>The title</title><meta x></head><body>body", "The title\nbody"],
    ["<!DOCTYPE html><?xml ?>x", "x"],
    ["&unknown; &#0; &#xD800; &#1114112;", "&unknown; \ufffd \ufffd \ufffd"],
    ["<", "<"],
    ["x<p", "x"],
    ["<br/>a<br>b", "a\nb"],
    ["<svg/>seen", "seen"],
    ["", ""],
  ])("%s", (html, text) => {
    expect(htmlText(html)).toBe(text);
  });

  test("holds no text of a script and ends with any input", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            "<",
            ">",
            "</",
            "script",
            "<!--",
            "-->",
            "'",
            '"',
            "=",
            " ",
            "p",
            "&#",
            ";",
            "é",
            "/",
          ),
          {
            maxLength: 60,
          },
        ),
        (pieces) => {
          const text = htmlText(pieces.join(""));
          expect(text).toBe(text.trim());
        },
      ),
    );
  });

  // What costs a careless reader a second look at the rest of the page for each of these costs it minutes here.
  test.each([
    "<",
    "<!--",
    "<script>",
    "<a '",
    '<a b="',
    "</",
    "&#",
    "<title>",
    "<head>",
    "<p ",
    "<b =' ' ",
    "\n \n ",
    "<svg/>",
    "<iframe></iframe",
  ])("takes time by its length alone: %s", (piece) => {
    const page = piece.repeat(Math.ceil(1_000_000 / piece.length));
    const before = performance.now();
    htmlText(page);
    expect(performance.now() - before).toBeLessThan(4_000);
  });
});

test("a long text is chunked and indexed in time by its length alone", () => {
  const before = performance.now();
  for (const piece of ["a", "word ", "漢", "\n", "🙂", "a."]) {
    const text = piece.repeat(Math.ceil(500_000 / piece.length));
    const index = indexText(text, { max_chunk_size_tokens: 800, chunk_overlap_tokens: 400 });
    expect(index.chunks.at(-1)?.end).toBe(text.length);
    quoteOf(text, "word");
  }
  expect(performance.now() - before).toBeLessThan(15_000);
});
