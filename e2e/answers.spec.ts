import type { Page } from "@playwright/test";
import { answerWith, record } from "./answered.ts";
import { expectNoViolations } from "./axe.ts";
import { expect, test } from "./chat.ts";
import { HOSTILE } from "./hostile.ts";

test.beforeEach(async ({ chat }) => chat.open());

const CITED = [
  { title: "Handbook", url: "https://example.com/handbook", content: "Everybody has 30 days of leave." },
  { title: "Notes", url: "javascript:alert(1)", content: "Ask two weeks ahead." },
];

async function answerWithSources(page: Page): Promise<void> {
  await answerWith(page, [
    { delta: { role: "assistant", context: { citations: CITED } } },
    { delta: { content: "You have 30 days [doc1]. Ask ahead [doc2], as [doc3] does not say." } },
    { finish: "stop" },
  ]);
}

test("Users read formulas as mathematics, and prices as prices", async ({ chat }) => {
  const answer = await chat.ask(
    "Echo: It costs $5 or $6.\n\nWith $x^2$ and \\(\\frac{a}{b}\\):\n\n$$\\sum_{i=1}^n i = \\frac{n(n+1)}{2}$$\n\nand $\\broken{$ stays.",
  );
  const formulas = answer.locator("math");
  await expect(formulas).toHaveCount(3);
  await expect(formulas.nth(1).locator("mfrac")).toHaveCount(1);
  await expect(answer).toContainText("It costs $5 or $6.");
  await expect(answer).toContainText("$\\broken{$ stays.");
  await expect(answer.locator("math [style], math [href]")).toHaveCount(0);
});

test("Users see code in colours, and copy it as it was written", async ({ chat }) => {
  const code = 'export const total = (a: number) => (a < 1 ? "<b>" : a); // all';
  const answer = await chat.ask(`Echo: \`\`\`ts\n${code}\n\`\`\`\n\nand \`\`\``);
  await expect(answer.locator(".code-keyword").first()).toHaveText("export");
  await expect(answer.locator(".code-comment")).toHaveText("// all");
  await expect(answer.getByRole("figure").first()).toContainText("ts");
  await expect(answer.locator("pre").first()).toHaveText(code);
  await chat.button("Copy code").first().click();
  await expect(chat.page.getByRole("status", { name: "Notice" })).toContainText("Copied.");
  expect(await chat.clipboard()).toBe(code);
});

test("Users scroll a wide table inside the answer, not the page", async ({ chat }) => {
  const row = (cell: string) => `|${` ${cell} |`.repeat(14)}`;
  const answer = await chat.ask(`Echo: ${row("heading")}\n${row("---")}\n${row("some words")}`);
  const table = answer.getByRole("figure", { name: "Table" });
  const widths = (element: Element) => [element.scrollWidth > element.clientWidth, element.clientWidth];
  expect((await table.evaluate(widths))[0]).toBe(true);
  expect((await chat.page.locator("html").evaluate(widths))[0]).toBe(false);
  await table.focus();
  await expect(table).toBeFocused();
});

test("Users see pictures that came with the answer, and none from elsewhere", async ({ chat }) => {
  const dot =
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
  const answer = await chat.ask(
    `Echo: ![a red dot](${dot})\n\n![a cat](https://evil.example/cat.png)\n\n![a drawing](data:image/svg+xml;base64,PHN2Zy8+)`,
  );
  await expect(answer.getByRole("img", { name: "a red dot" })).toHaveAttribute("src", dot);
  await expect(answer.locator("img")).toHaveCount(1);
  await expect(answer).toContainText("[image: a cat, evil.example]");
  await expect(answer).toContainText("[image: a drawing]");
});

test("Users follow a mark in the text to its source", async ({ chat }) => {
  await answerWithSources(chat.page);
  const answer = await chat.ask("How much leave do I have?");
  const sources = answer.getByRole("list", { name: "Sources" });
  await expect(sources).toBeHidden();
  await answer.getByRole("button", { name: "Source 1" }).click();
  await expect(sources.getByRole("listitem").first()).toBeFocused();
  await expect(sources).toContainText("Everybody has 30 days of leave.");
  await expect(sources.getByRole("link")).toHaveAttribute("href", "https://example.com/handbook");
  await expect(sources.getByRole("link")).toHaveCount(1);
  await expect(answer).toContainText("as [doc3] does not say");
});

test("Users unfold the reasoning and read how long it took", async ({ chat }) => {
  await chat.choose("DeepSeek-R1");
  const answer = await chat.ask("Why is the sky blue?");
  const summary = answer.getByText("Reasoning", { exact: true });
  await expect(answer).toContainText(/Reasoning\s*·?\s*[\d.]+ m?s/);
  await summary.click();
  await expect(answer.getByText("The user wrote")).toBeVisible();
});

test("Users read plainly that and why a filter ended an answer", async ({ chat }) => {
  await answerWith(chat.page, [
    { delta: { role: "assistant", content: "The story begins in a dark" } },
    {
      finish: "content_filter",
      more: {
        content_filter_results: {
          violence: { filtered: true, severity: "medium" },
          hate: { filtered: false },
        },
      },
    },
  ]);
  await chat.send("Tell me a story");
  const answer = chat.answer();
  await expect(answer).toContainText("The service's content filter ended this answer early.");
  await expect(answer).toContainText("violence, severity medium");
  await expect(answer).not.toContainText("hate");
  await expect(answer).toContainText("Ended by the content filter");
});

test("Users read the words of a model that declines", async ({ chat }) => {
  await chat.choose("fault-refusal");
  const answer = await chat.ask("Hello");
  await expect(answer).toContainText("The model declined to answer.");
});

test("Users see how fast an answer came, what it cost and what is left of their budget", async ({ chat }) => {
  const answer = await chat.ask("Write 150 words about bees");
  await expect(answer).toContainText(/\d+ tokens in, \d+ out · first token [\d.]+ m?s · \d+ tokens\/s/);
  await expect(answer).toContainText(/Cost 0\.\d+ · \d\.\d\d left to spend today · [\d,]+ tokens left today/);
});

test("Users see tokens and speed while the answer comes", async ({ chat }) => {
  await chat.send("Write 1500 words about bees");
  await expect(chat.answer()).toContainText(/Answering · gpt-5-mini · about \d+ tokens · .* · \d+ tokens\/s/);
  await chat.message.press("Escape");
});

/** Four seconds of speech: long enough to press a button in. */
const FIRST =
  "This is the first sentence of three, and it takes some time to be said, as some sentences do in life.";

test("Users hear an answer sentence by sentence, pause it, go on and stop", async ({ chat }) => {
  const { page } = chat;
  const answer = await chat.ask(
    `Echo: ${FIRST}\n\n\`\`\`js\nnot.spoken();\n\`\`\`\n\nThe second one comes after it, and is as long as sentences of its kind have to be. And the third one ends it all.`,
  );
  const spoken: string[] = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/audio/speech")) spoken.push(request.postDataJSON().input);
  });
  const marked = () => page.evaluate(() => [...(CSS.highlights.get("reading-aloud") ?? [])].map(String));
  await answer.getByRole("button", { name: "Read aloud" }).click();
  const reading = answer.getByRole("group", { name: "Reading aloud" });
  await expect(reading).toContainText("Sentence 1 of 3");
  expect(await marked()).toEqual([FIRST]);
  await answer.getByRole("button", { name: "Pause reading" }).click();
  await expectNoViolations(page);
  await expect(reading).toContainText("Sentence 1 of 3");
  await answer.getByRole("button", { name: "Go on reading" }).click();
  await expect(reading).toContainText("Sentence 2 of 3");
  expect(await marked()).toEqual([
    "The second one comes after it, and is as long as sentences of its kind have to be. ",
  ]);
  await answer.getByRole("button", { name: "Stop reading" }).click();
  await expect(reading).toHaveCount(0);
  expect(await marked()).toEqual([]);
  expect(spoken[0]).toBe(FIRST);
  expect(spoken.join(" ")).not.toContain("spoken");
});

test("Users read what went wrong when an answer cannot be spoken", async ({ chat }) => {
  await chat.page.route("**/audio/speech", (route) =>
    route.fulfill({ status: 403, contentType: "application/json", body: '{"error":{"message":"no"}}' }),
  );
  const answer = await chat.ask("Echo: A sentence.");
  await answer.getByRole("button", { name: "Read aloud" }).click();
  const reading = answer.getByRole("group", { name: "Reading aloud" });
  await expect(reading).toContainText("This page may not use that model.");
  await reading.getByRole("button", { name: "Close" }).click();
  await expect(answer.getByRole("button", { name: "Read aloud" })).toBeVisible();
});

test("Users read each paragraph in its own direction", async ({ chat }) => {
  const answer = await chat.ask(
    "Echo: English first.\n\nשלום עולם, זה טקסט בעברית.\n\n```js\nconst a = 1;\n```",
  );
  const startsRight = (text: string) =>
    answer.getByText(text).evaluate((element) => {
      const range = document.createRange();
      range.selectNodeContents(element);
      const words = range.getBoundingClientRect();
      const box = element.getBoundingClientRect();
      return box.right - words.right < words.left - box.left;
    });
  expect(await startsRight("שלום")).toBe(true);
  expect(await startsRight("English first.")).toBe(false);
});

test("No state of a hostile stream has an element that loads, submits or runs", async ({ chat }) => {
  const { page } = chat;
  const pieces = Array.from({ length: Math.ceil(HOSTILE.length / 7) }, (_, index) => ({
    delta: { content: HOSTILE.slice(index * 7, index * 7 + 7) },
  }));
  // One piece every few milliseconds, so that the page renders many states of it.
  await page.evaluate(
    (records) => {
      const { fetch } = globalThis;
      globalThis.fetch = async (input, init) => {
        const url = input instanceof Request ? input.url : String(input);
        if (!url.includes("/chat/completions")) return fetch(input, init);
        const encoder = new TextEncoder();
        const body = new ReadableStream({
          async start(controller) {
            for (const one of records) {
              controller.enqueue(encoder.encode(one));
              await new Promise((resolve) => setTimeout(resolve, 4));
            }
            controller.close();
          },
        });
        return new Response(body, { headers: { "content-type": "text/event-stream" } });
      };
      const found: string[] = [];
      Object.assign(globalThis, { found });
      const odd =
        "script, iframe, object, embed, form, input, style, link, meta, base, video, audio, svg image, [srcset], [style], [id], [name], img:not([src^='data:image/']), a:not([href^='https://']):not([href^='http://']):not([href^='mailto:'])";
      new MutationObserver(() => {
        for (const element of document.querySelectorAll(`.answer :is(${odd})`)) found.push(element.outerHTML);
      }).observe(document.body, { childList: true, subtree: true, attributes: true });
    },
    [...pieces.map(record), record({ finish: "stop" }), "data: [DONE]\n\n"],
  );
  await chat.ask("Do your worst");
  expect(await page.evaluate(() => Reflect.get(globalThis, "found"))).toEqual([]);
});

test("axe finds nothing in sources, formulas and a filtered answer", async ({ chat }) => {
  await answerWithSources(chat.page);
  const answer = await chat.ask("How much leave do I have?");
  await answer.getByText("2 sources").click();
  await chat.page.unroute("**/chat/completions*");
  await chat.ask("Echo: $$\\frac{a}{b}$$\n\n```py\nprint(1)  # one\n```");
  await expect(chat.answer().locator("math")).toHaveCount(1);
  await chat.choose("fault-content-filter-completion");
  await chat.send("Write 100 words about bees");
  await expect(chat.answer()).toContainText("Ended by the content filter");
  await expectNoViolations(chat.page);
  await chat.page.emulateMedia({ colorScheme: "dark" });
  await expectNoViolations(chat.page);
});
