/** The demo page and a plain one in Chromium: an answer as long as a book's chapter, and a conversation of 1,000 messages. */
import { type Browser, chromium, type Page } from "@playwright/test";
import { chromiumOptions } from "./browser.ts";
import { median, quantile } from "./median.ts";
import type { PageCandidate, Served } from "./page/candidate.ts";
import { type StreamServer, startStreamServer } from "./page/stream-server.ts";
import { conversationOf, LAST_WORDS } from "./page/text.ts";
import { answerFrom, prepare, type Watched, watch, watched } from "./page/watch.ts";
import { loadCandidates } from "./peers.ts";
import { type Settings, UsageError } from "./settings.ts";
import type { Table } from "./table.ts";
import { interleaved } from "./timed.ts";

const FIRST = ["react-markdown", "latchkey"];
const TOKENS = 20_000;
/** Ten times as fast as a quick model: a run of 100 s for each answer would show the same later. */
const PER_SECOND = 2_500;
const MESSAGES = 1_000;
const TYPE_EVERY_MS = 120;
const WHEEL_STEPS = 40;
const LONGEST_TASK_MS = 50;
const LONGEST_WAIT_MS = 60_000;
const PARTS = ["answer", "messages"];

interface Place {
  readonly candidate: PageCandidate;
  readonly served: Served;
}

interface Measured extends Watched {
  /** Until the last words were there: of the answer from its beginning, of the conversation from the page's. */
  readonly shownMs: number;
}

export async function* page({ rounds, quick, only }: Settings): AsyncGenerator<Table> {
  if (only !== undefined && !PARTS.includes(only))
    throw new UsageError(`There is no part ${only}; there are ${PARTS.join(", ")}.`);
  const { candidates, notes } = await loadCandidates<PageCandidate>("page", FIRST);
  const browser = await chromium.launch(chromiumOptions());
  const model = await startStreamServer();
  const places: Place[] = [];
  try {
    for (const candidate of candidates) places.push({ candidate, served: await candidate.start() });
    const tokens = quick ? 500 : TOKENS;
    const messages = quick ? 20 : MESSAGES;
    if (only !== "messages") {
      const figures = await interleaved(
        places,
        rounds,
        (place) => readAnswer(browser, model, place, tokens),
        0,
      );
      yield tableOf(
        `An answer of ${tokens.toLocaleString("en")} tokens at ${PER_SECOND.toLocaleString("en")} a second, typing meanwhile`,
        places,
        figures,
        notes,
      );
    }
    if (only !== "answer") {
      const figures = await interleaved(places, rounds, (place) => openMessages(browser, place, messages), 0);
      const title = `A kept conversation of ${messages.toLocaleString("en")} messages: opened, scrolled, typed into`;
      yield tableOf(title, places, figures, notes);
    }
  } finally {
    for (const { served } of places) await served.close();
    model.close();
    await browser.close();
  }
}

/** A page of its own for each measurement: nothing of an earlier one is left. */
async function onPage<T>(browser: Browser, { served }: Place, work: (page: Page) => Promise<T>): Promise<T> {
  const context = await browser.newContext({ bypassCSP: true, viewport: { width: 1280, height: 800 } });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(LONGEST_WAIT_MS);
    await prepare(page);
    await page.goto(served.url);
    return await work(page);
  } finally {
    await context.close();
  }
}

const box = (page: Page) => page.getByRole("textbox", { name: "Message" });
const shown = (page: Page) =>
  page.waitForFunction((words) => document.body.textContent.includes(words), LAST_WORDS, { polling: 250 });

function readAnswer(browser: Browser, model: StreamServer, place: Place, tokens: number): Promise<Measured> {
  return onPage(browser, place, async (page) => {
    await answerFrom(page, model.urlOf(tokens, PER_SECOND));
    await box(page).fill("Tell me everything");
    await untilReady(page);
    await page.evaluate(watch);
    const begun = performance.now();
    await box(page).press("Enter");
    let over = false;
    const whole = shown(page).then(() => {
      over = true;
    });
    while (!over) {
      await page.keyboard.press("a");
      await Promise.race([whole, page.waitForTimeout(TYPE_EVERY_MS)]);
    }
    return { ...(await watched(page)), shownMs: performance.now() - begun };
  });
}

/** Our page sends nothing before it knows the models; a page without a list of them is ready at once. */
async function untilReady(page: Page): Promise<void> {
  const models = page.getByRole("combobox", { name: "Model" });
  if ((await models.count()) === 0) return;
  await page.waitForFunction(() => !document.querySelector("select")?.disabled);
}

function openMessages(browser: Browser, place: Place, messages: number): Promise<Measured> {
  return onPage(browser, place, async (page) => {
    await place.candidate.keep(page, conversationOf(messages));
    await page.addInitScript(watch);
    const begun = performance.now();
    await page.reload();
    await shown(page);
    const shownMs = performance.now() - begun;
    await page.mouse.move(640, 300);
    for (let step = 0; step < WHEEL_STEPS; step++) {
      await page.mouse.wheel(0, step < WHEEL_STEPS / 2 ? -600 : 600);
      await page.waitForTimeout(16);
    }
    await box(page).pressSequentially("a question that is typed", { delay: 40 });
    await page.waitForTimeout(100);
    return { ...(await watched(page)), shownMs };
  });
}

function tableOf(title: string, places: readonly Place[], figures: Measured[][], notes: string[]): Table {
  const of = (index: number, value: (one: Measured) => number) => median(figures[index]!.map(value));
  const longest = (index: number) => of(index, ({ longestTaskMs }) => longestTaskMs);
  const ours = places.findIndex(({ candidate }) => candidate.packages === undefined);
  return {
    title,
    columns: [
      "",
      "longest task ms",
      "tasks above 50 ms",
      "dropped frames",
      "of",
      "typing p50 ms",
      "p99 ms",
      "shown after ms",
    ],
    rows: places.map(({ candidate }, index) => [
      candidate.name,
      longest(index) === 0 ? "under 50" : longest(index),
      of(index, ({ longTasks }) => longTasks),
      of(index, ({ droppedFrames }) => droppedFrames),
      of(index, ({ droppedFrames, frames }) => droppedFrames + frames),
      of(index, ({ typingMs }) => median(typingMs)),
      of(index, ({ typingMs }) => quantile(typingMs, 0.99)),
      of(index, ({ shownMs }) => shownMs),
    ]),
    verdicts: [
      {
        what: "our page, longest task (0: none above 50)",
        value: longest(ours),
        unit: "ms",
        atMost: LONGEST_TASK_MS,
      },
    ],
    notes: ["typing: from the key to the frame after the one that shows it", ...notes],
  };
}
