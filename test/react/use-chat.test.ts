// The hook where there is no browser: rendered on a server. What it does over time is chat.ts's (chat.test.ts); in a
// browser it is used by examples/react.tsx (test/package/examples.test.ts) and by the demo page (e2e/).
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { expect, test, vi } from "vitest";
import { type Chat, type ChatOptions, useChat } from "../../src/react/index.ts";
import { answerOf, questionOf } from "./messages.ts";

function render(options: Partial<ChatOptions>): { html: string; chat: Chat } {
  let chat: Chat | undefined;
  const client = { complete: () => Promise.reject(new Error("was asked")) };
  const Page = () => {
    chat = useChat({ client, settings: { model: "m" }, ...options });
    return createElement("p", null, chat.messages.map(({ text }) => text).join(" / "));
  };
  const html = renderToString(createElement(Page));
  return { html, chat: chat as Chat };
}

test("a stored conversation is there with the first rendering, and nothing is asked", () => {
  const complete = vi.fn();
  const usage = { prompt: 1, completion: 2, reasoning: 0, cached: 0 };
  const { html, chat } = render({
    client: { complete },
    initial: {
      messages: {
        q: questionOf("q", null, "Where do otters sleep?"),
        a: answerOf("a", "q", { phase: "done", text: "Afloat.", usage }),
        b: answerOf("b", "q", { phase: "done", text: "On land.", usage }),
      },
      leaf: "b",
    },
  });
  expect(html).toBe("<p>Where do otters sleep? / On land.</p>");
  expect(chat).toMatchObject({ status: "ready", failure: null, usage: { prompt: 2, completion: 4 } });
  expect(chat.siblings("a")).toEqual({ ids: ["a", "b"], index: 0 });
  expect(chat.siblings("gone")).toEqual({ ids: [], index: -1 });
  expect(complete).not.toHaveBeenCalled();
});

test("without one it is empty", () => {
  const { html, chat } = render({});
  expect(html).toBe("<p></p>");
  expect(chat.messages).toEqual([]);
  expect(chat.status).toBe("ready");
});
