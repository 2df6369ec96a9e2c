// What Lighthouse finds in the built chat page on its slow phone: at least 95 of 100 in each of three categories.
import { createServer } from "node:net";
import { chromium } from "@playwright/test";
import lighthouse, { type Flags, type Result } from "lighthouse";
import { expect, test } from "./chat.ts";

const LEAST = 0.95;
/** The network and the phone are simulated from one quick load, so the score is steadier than the machine. */
const ROUNDS = 3;

test("Lighthouse gives the chat at least 95 for performance, accessibility and best practices", async ({
  stack,
  launchOptions,
}) => {
  test.setTimeout(90_000);
  const port = await freePort();
  const args = [...(launchOptions.args ?? []), `--remote-debugging-port=${port}`];
  const browser = await chromium.launch({ ...launchOptions, args });
  try {
    const audit = async (onlyCategories: string[]): Promise<Result> => {
      const flags: Flags = { port, onlyCategories, output: "json", logLevel: "error" };
      const run = await lighthouse(stack.page, flags);
      if (!run) throw new Error("Lighthouse gave no result.");
      return run.lhr;
    };
    const first = await audit(["performance", "accessibility", "best-practices"]);
    expect(first.runtimeError).toBeUndefined();
    for (const name of ["accessibility", "best-practices"]) {
      const score = scoreOf(first, name);
      expect(score, `${name}: ${failedIn(first, name)}`).toBeGreaterThanOrEqual(LEAST);
    }

    // A loaded machine makes one round slow: the middle one of three counts.
    const rounds = [first];
    while (rounds.length < ROUNDS && scoreOf(rounds.at(-1)!, "performance") < LEAST) {
      rounds.push(await audit(["performance"]));
    }
    const scores = rounds.map((round) => scoreOf(round, "performance")).sort((one, other) => one - other);
    const score = rounds.length < ROUNDS ? scores.at(-1)! : scores[1]!;
    test.info().annotations.push({
      type: "Lighthouse",
      description: [
        ...rounds.map((round) => figuresOf(round)),
        `accessibility ${scoreOf(first, "accessibility")}`,
      ].join(", "),
    });
    expect(score, failedIn(first, "performance")).toBeGreaterThanOrEqual(LEAST);
  } finally {
    await browser.close();
  }
});

function scoreOf(result: Result, category: string): number {
  return result.categories[category]?.score ?? 0;
}

function figuresOf(result: Result): string {
  const shown = [
    "first-contentful-paint",
    "largest-contentful-paint",
    "total-blocking-time",
    "cumulative-layout-shift",
  ];
  const figures = shown.map((name) => `${name} ${result.audits[name]?.displayValue ?? "?"}`);
  return `performance ${scoreOf(result, "performance")} (${figures.join(", ")})`;
}

function failedIn(result: Result, category: string): string {
  const audits = result.categories[category]?.auditRefs ?? [];
  return audits
    .map(({ id }) => result.audits[id])
    .filter((audit) => audit !== undefined && audit.score !== null && audit.score < 0.9)
    .map((audit) => `${audit?.id} (${audit?.displayValue ?? audit?.title})`)
    .join(", ");
}

/** Asked for and given back: the browser takes it a moment later. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject).listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
