// Every state that a stream of hostile text can be in: each prefix is rendered, and looked at for what must not be.
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { HOSTILE } from "../../e2e/hostile.ts";
import { Markdown } from "../markdown/markdown.tsx";

const TAGS =
  /^(?:a|blockquote|br|button|circle|code|del|div|em|figcaption|figure|h[3-5]|hr|li|ol|p|path|pre|rect|span|strong|svg|table|tbody|td|th|thead|tr|ul)$/;
const FORBIDDEN_ATTRIBUTES =
  /^(?:on.*|style|id|name|src|srcset|action|formaction|ping|background|poster|xlink:href)$/;

test("No prefix of a hostile answer makes an element, an address or a handler that was not meant", () => {
  for (let length = 1; length <= HOSTILE.length; length += 1) {
    const markup = renderToStaticMarkup(
      createElement(Markdown, { text: HOSTILE.slice(0, length), streaming: true }),
    );
    for (const [, tag = "", rest = ""] of markup.matchAll(
      /<([a-zA-Z][\w-]*)((?:\s+[\w:-]+="[^"]*")*)\s*\/?>/g,
    )) {
      expect(tag).toMatch(TAGS);
      for (const [, name = "", value = ""] of rest.matchAll(/([\w:-]+)="([^"]*)"/g)) {
        expect(name).not.toMatch(FORBIDDEN_ATTRIBUTES);
        if (name === "href") expect(value).toMatch(/^(?:https?:\/\/|mailto:)/);
      }
    }
  }
});
