/**
 * One client in a process of its own: is told which runs to make, makes them and tells how each ended. It knows no
 * scenario; what is right is judged elsewhere.
 */
import { inspect } from "node:util";
import { shiftDate } from "./clock.mjs";
import { type Answer, type Ask, type Caller, KEY, LEAVE, type Outcome, PROMPT } from "./scenario.ts";

/** What the process is told to do. */
export interface Order {
  id: string;
  origin: string;
  /** In milliseconds on the clock on the wall. */
  patienceMs: number;
  caller: Caller;
}

/** Texts that are longer are cut: they must go to another process. */
const LONGEST = 0x800000;
/** The wall's clock: `performance.timeOrigin` and `hrtime` are no faster than time, whatever `clock.mjs` does. */
const wall = () => Number(process.hrtime.bigint() / 1_000_000n);
const times = Number(process.env.TORTURE_CLOCK ?? 1);
const unhandled: string[] = [];
process.on("unhandledRejection", (error) => void unhandled.push(inspect(error).slice(0, 300)));

const { ask } = (await import(`./clients/${process.argv[2]}`)) as { ask(ask: Ask): Promise<Answer> };
const builtIn = Object.getOwnPropertyNames(Object.prototype).join();

process.on("message", async (order: Order) => {
  process.send?.({ id: order.id, outcome: await run(order) });
});
process.send?.({ ready: true });

async function run({ origin, patienceMs, caller }: Order): Promise<Outcome> {
  const before = process.resourceUsage().maxRSS;
  const began = wall();
  const controller = new AbortController();
  const rejections = unhandled.length;
  let text = "";
  let firstTextMs: number | undefined;
  const outcome: Outcome = {
    end: "pending",
    text: "",
    answer: {},
    ms: 0,
    firstTextMs: undefined,
    error: null,
    grownMiB: 0,
    clean: true,
    unhandled: [],
  };
  if (caller.abortedBefore) controller.abort();
  if (caller.abortAfterMs) setTimeout(() => controller.abort(), caller.abortAfterMs);
  const given: Ask = {
    origin,
    key: KEY,
    prompt: PROMPT + "x".repeat(caller.promptBytes ?? 0),
    signal: controller.signal,
    async onText(piece) {
      text += piece;
      if (firstTextMs !== undefined) return undefined;
      firstTextMs = wall() - began;
      // A second later, when the client waits already.
      if (caller.shiftDateMs) setTimeout(() => shiftDate(caller.shiftDateMs ?? 0), 1000);
      if (caller.pauseMs) await sleep(caller.pauseMs);
      if (caller.abortAtText) controller.abort();
      return caller.leaveAtText ? LEAVE : undefined;
    },
  };
  const asking = async () => {
    for (let time = 0; time < (caller.times ?? 1); time++) outcome.answer = await ask(given);
  };
  const patience = sleep(patienceMs * times);
  await Promise.race([
    asking().then(
      () => {
        outcome.end = "resolved";
      },
      (error) => {
        outcome.end = "rejected";
        outcome.error = describe(error);
      },
    ),
    patience,
  ]);
  outcome.ms = wall() - began;
  // Rejections are told a turn later.
  await sleep(20 * times);
  return {
    ...outcome,
    text: text.length > LONGEST ? "(cut)" : text,
    firstTextMs,
    grownMiB: Math.round((process.resourceUsage().maxRSS - before) / 1024),
    clean:
      Object.getOwnPropertyNames(Object.prototype).join() === builtIn &&
      !("polluted" in {}) &&
      !("polluted" in (() => {})),
    unhandled: unhandled.slice(rejections),
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

function describe(error: unknown): Outcome["error"] {
  const { name = "", message = "" } = (error ?? {}) as Error;
  const holds: string[] = [];
  const seen = new Set<unknown>();
  const walk = (value: unknown, depth: number) => {
    if (typeof value === "number") holds.push(String(value));
    // What had come is an answer, not what the error says.
    if (typeof value === "string" && value.length < LONGEST) holds.push(value);
    if (typeof value !== "object" || !value || seen.has(value) || depth > 5) return;
    seen.add(value);
    for (const key of Object.getOwnPropertyNames(value)) {
      try {
        walk((value as Record<string, unknown>)[key], depth + 1);
      } catch {
        // A getter that throws says nothing.
      }
    }
  };
  walk(error, 0);
  const json = (() => {
    try {
      return JSON.stringify(error);
    } catch {
      return "";
    }
  })();
  const printed = `${inspect(error, { depth: 6 })}\n${message}\n${(error as Error)?.stack}\n${json}`;
  return {
    name: (error as object)?.constructor?.name || name,
    message: String(message).slice(0, 500),
    holds: holds.map((part) => part.slice(0, 2000)).slice(0, 500),
    printed: printed.slice(0, 100_000),
  };
}
