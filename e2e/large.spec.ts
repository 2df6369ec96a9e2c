// Answers no model gives on a good day: huge, deep, wide. The page must stay usable while they arrive and after.
import type { Page } from "@playwright/test";
import { expect, test } from "./chat.ts";

// A trace takes snapshots of the page, which on these pages would be the longest task.
test.use({ built: true, trace: "off" });
// Durations by the clock: whatever else the machine does counts too, so the best of five is what the page can do.
test.describe.configure({ retries: 4 });

/** The longest a reader may find the page not reacting: where Web Vitals begin to call it poor. */
const LONGEST_TASK_MS = 500;

for (const [what, text] of [
  ["a 10 MB answer", "Some **words** of a paragraph that goes on.\n\n".repeat(230_000)],
  ["a 10 MB line", "word ".repeat(2_000_000)],
  ["a 10 MB code block", `\`\`\`js\n${"const value = compute(1, 2, 3);\n".repeat(320_000)}`],
  ["100,000 nested quotes", ">".repeat(100_000)],
  ["100,000 stars", "*".repeat(100_000)],
  [
    "a table of 10,000 columns",
    `|${"a|".repeat(10_000)}\n|${"-|".repeat(10_000)}\n|${"1|".repeat(10_000)}\n`,
  ],
] as const) {
  test(`The page stays usable with ${what}`, async ({ chat }) => {
    test.setTimeout(60_000);
    await answerWith(chat.page, text);
    await chat.open();
    const longest = await watchTasks(chat.page);
    await chat.send("Hello");
    // By the announcement: looking for words in the answer would read 10 MB again and again.
    const announced = chat.page.getByRole("status", { name: "Answer" });
    await expect(announced).toHaveText("Answer finished.", { timeout: 50_000 });
    await chat.message.fill("still here");
    const longestMs = await longest();
    test.info().annotations.push({ type: "longest task", description: `${what}: ${longestMs} ms` });
    expect(longestMs).toBeLessThanOrEqual(LONGEST_TASK_MS);
  });
}

/** Answers the page's question with one text, in the service's form, as fast as the browser takes it. */
async function answerWith(page: Page, text: string): Promise<void> {
  const record = (delta: object, finish: string | null) =>
    `data: ${JSON.stringify({ id: "1", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  let body = record({ role: "assistant", content: "" }, null);
  for (let from = 0; from < text.length; from += 2_000) {
    body += record({ content: text.slice(from, from + 2_000) }, null);
  }
  body += `${record({}, "stop")}data: [DONE]\n\n`;
  await page.route("**/chat/completions*", (route) =>
    route.fulfill({ contentType: "text/event-stream", body }),
  );
}

async function watchTasks(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const durations: number[] = [];
    Object.assign(globalThis, { durations });
    const observer = new PerformanceObserver((list) => {
      durations.push(...list.getEntries().map((entry) => Math.round(entry.duration)));
    });
    observer.observe({ type: "longtask" });
  });
  return () => page.evaluate(() => Math.max(0, ...(Reflect.get(globalThis, "durations") as number[])));
}
