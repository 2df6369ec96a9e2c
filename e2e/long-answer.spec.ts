// An answer longer than most, at the pace of a fast model: the page must stay as quick as it was.
import type { Page } from "@playwright/test";
import { expect, test } from "./chat.ts";

// A trace takes snapshots of the page, which on this page would be the longest task.
test.use({ trace: "off" });
// Durations by the clock: whatever else the machine does counts too, so the best of five is what the page can do.
test.describe.configure({ retries: 4 });

/** What Web Vitals call good, on a machine that others use too. On a calm one `npm run bench -- page` is stricter. */
const LONGEST_MS = 200;

test("An answer of 20,000 tokens at 200 a second leaves the page as quick as before", async ({ chat }) => {
  const { page } = chat;
  await chat.open();
  await streamSlowly(page, { atOnce: 19_000, later: 1_000, perSecond: 200 });
  await chat.send("Hello");
  // Once what came at once is on the page, what follows is what a reader of a long answer lives with.
  await page.waitForFunction(() => Reflect.get(globalThis, "slow") === true);
  await page.waitForTimeout(1_000);
  const measured = await measure(page);
  for (const letter of "is it still quick to write here") {
    await page.keyboard.type(letter);
    await page.waitForTimeout(60);
  }
  const { longestTask, slowestKey } = await measured();
  test.info().annotations.push({
    type: "20,000 tokens",
    description: `task ${longestTask} ms, key ${slowestKey} ms`,
  });
  // It was a long answer, and it was still coming.
  await expect(chat.answer()).toContainText(/Answering .* about (?:19|20),\d{3} tokens/);
  await expect(chat.message).toHaveValue("is it still quick to write here");
  expect(longestTask).toBeLessThanOrEqual(LONGEST_MS);
  expect(slowestKey).toBeLessThanOrEqual(LONGEST_MS);
  await page.keyboard.press("Escape");
});

/** Replaces the answer by paragraphs, lists, code and formulas: so many tokens at once, then at a pace. */
async function streamSlowly(
  page: Page,
  given: { atOnce: number; later: number; perSecond: number },
): Promise<void> {
  await page.evaluate(({ atOnce, later, perSecond }) => {
    const { fetch } = globalThis;
    const text =
      "Some **words** of a paragraph with `code`, a formula $x^2 + y^2$ and more words. ".repeat(4) +
      "\n\n- one item\n- another *item*\n\n```ts\nconst value = compute(1, 2, 3); // once\n```\n\n";
    const record = (content: string, finish: string | null) =>
      `data: ${JSON.stringify({ id: "1", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`;
    const tokens = (count: number, from: number) =>
      Array.from({ length: count }, (_, index) => {
        const at = ((from + index) * 4) % text.length;
        return text.slice(at, at + 4);
      });
    globalThis.fetch = async (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      if (!url.includes("/chat/completions")) return fetch(input, init);
      const encoder = new TextEncoder();
      const body = new ReadableStream({
        async start(controller) {
          const early = tokens(atOnce, 0);
          for (let at = 0; at < early.length; at += 100) {
            controller.enqueue(encoder.encode(record(early.slice(at, at + 100).join(""), null)));
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
          Object.assign(globalThis, { slow: true });
          for (const token of tokens(later, atOnce)) {
            controller.enqueue(encoder.encode(record(token, null)));
            await new Promise((resolve) => setTimeout(resolve, 1_000 / perSecond));
          }
          controller.enqueue(encoder.encode(`${record("", "stop")}data: [DONE]\n\n`));
          controller.close();
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    };
  }, given);
}

async function measure(page: Page): Promise<() => Promise<{ longestTask: number; slowestKey: number }>> {
  await page.evaluate(() => {
    const tasks: number[] = [];
    const keys: number[] = [];
    Object.assign(globalThis, { tasks, keys });
    const observe = (list: number[], options: PerformanceObserverInit & { durationThreshold?: number }) =>
      new PerformanceObserver((entries) => {
        list.push(...entries.getEntries().map(({ duration }) => Math.round(duration)));
      }).observe(options);
    observe(tasks, { type: "longtask" });
    // From the key to the next picture of the page.
    observe(keys, { type: "event", durationThreshold: 16 });
  });
  return () =>
    page.evaluate(() => {
      const most = (name: string) => Math.max(0, ...(Reflect.get(globalThis, name) as number[]));
      return { longestTask: most("tasks"), slowestKey: most("keys") };
    });
}
