import type { Page } from "@playwright/test";
import { startStack } from "../../../e2e/stack.ts";
import { emptyAnswer } from "../../../src/react/blank.ts";
import type { PageCandidate } from "../candidate.ts";
import { LAST_WORDS } from "../text.ts";

const ANSWER = { ...emptyAnswer, model: "m", phase: "done", finishReason: "stop" };

/** The demo page as it is built and deployed, from the worker. */
export default {
  name: "latchkey's page",
  async start() {
    const { page, stop } = await startStack({ built: true });
    return { url: page, close: stop };
  },
  /** By the page's own import of conversations. */
  async keep(page: Page, messages: readonly string[]) {
    const file = {
      format: "latchkey-conversations",
      version: 1,
      conversations: [
        {
          conversation: {
            id: "bench",
            title: "A long one",
            named: true,
            createdAt: 1,
            changedAt: 1,
            leaf: String(messages.length - 1),
            settings: null,
          },
          messages: messages.map((text, index) => ({
            ...(index % 2 === 0 ? { role: "user", attachments: [] } : ANSWER),
            id: String(index),
            parentId: index === 0 ? null : String(index - 1),
            text,
            createdAt: index + 1,
          })),
        },
      ],
    };
    const buffer = Buffer.from(JSON.stringify(file));
    await page.getByLabel("File to import").setInputFiles({
      name: "bench.json",
      mimeType: "application/json",
      buffer,
    });
    await page.getByRole("navigation", { name: "Conversations" }).getByRole("link").first().click();
    await page.waitForFunction((words) => document.body.textContent.includes(words), LAST_WORDS);
  },
} satisfies PageCandidate;
