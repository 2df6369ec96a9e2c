// Callers that leave at any moment, with the emulator's own ledger as the truth: what is charged is never less than
// what was delivered, and above it only by what docs/decisions/050-ledger.md calls an estimate.
import { createEmulator } from "latchkey/emulator";
import { expect, test } from "vitest";
import { LEASE_MS } from "../account.ts";
import { createMemoryLedger } from "../ledger-memory.ts";
import { ledgerIn } from "../ledger-object.ts";
import type { LedgerOf } from "../proxy.ts";
import { createRig } from "./setup.ts";
import { createSqliteObjects } from "./sqlite-object.ts";

const CALLS = 1000;
const AT_ONCE = 50;
const BOUND = 200;

/** The same numbers each time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const words = (count: number) => Array.from({ length: count }, (_, index) => `word${index % 7}`).join(" ");

for (const [where, create] of [
  ["in memory", (now: () => number) => createMemoryLedger({ now, warn: () => {} })],
  ["in SQLite", (now: () => number) => ledgerIn(createSqliteObjects(now).namespace)],
] as [string, (now: () => number) => LedgerOf][]) {
  test(`P2 F04 F21 1,000 callers that leave at random, ${where}`, async () => {
    let later = 0;
    const now = () => Date.now() + later;
    const emulator = createEmulator({ paceMs: 1, ledgerLimit: 10_000, recordLimit: 10 });
    const charged = new Map<string, number>();
    const ledgerOf = create(now);
    const spied: LedgerOf = (principal) => {
      const real = ledgerOf(principal);
      return {
        ...real,
        settle: async (id, used) => {
          const settled = await real.settle(id, used);
          const { tokensIn, tokensOut } = settled.charged;
          if (settled.settled) charged.set(id, tokensIn + tokensOut);
          return settled;
        },
      };
    };
    const rig = await createRig(
      { perCaller: { tokensPerMonth: 1e9, streams: 1000 } },
      { fetch: (url, init) => emulator.fetch(url, init), ledger: spied, now },
    );
    const random = numbers(4711);
    const leave = async (): Promise<void> => {
      const controller = new AbortController();
      const stream = random() < 0.8;
      const when = Math.floor(random() * 60);
      const how = random();
      const body = {
        model: random() < 0.5 ? "via-openai" : "gpt-5-mini",
        stream,
        max_tokens: BOUND,
        messages: [{ role: "user", content: `Echo: ${words(1 + Math.floor(random() * 80))}` }],
      };
      // Before the headers, while it reads, or never.
      const timer = how < 0.3 ? setTimeout(() => controller.abort(), when / 4) : undefined;
      try {
        const path = body.model === "via-openai" ? "/v1/chat/completions" : "/models/chat/completions";
        const response = await rig.chat(body, { path, signal: controller.signal });
        const reader = response.body!.getReader();
        for (let pieces = 0; ; pieces += 1) {
          const { done } = await reader.read();
          if (done) break;
          if (how >= 0.3 && how < 0.8 && pieces >= when) {
            if (how < 0.55) controller.abort();
            else await reader.cancel();
            break;
          }
        }
      } catch {
        // left
      } finally {
        clearTimeout(timer);
      }
    };
    for (let begun = 0; begun < CALLS; begun += AT_ONCE)
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, CALLS - begun) }, leave));
    await rig.settled();
    await new Promise((resolve) => setTimeout(resolve, 50));

    const outcomes = new Map<string, number>();
    let truth = 0;
    let told = 0;
    for (const entry of rig.log) {
      const real = emulator.ledger.find((one) => one.clientRequestId === entry.request_id);
      const paid = charged.get(entry.request_id) ?? 0;
      const delivered = real === undefined ? 0 : real.promptTokens + real.completionTokens;
      const how = entry.stream ? entry.outcome : `whole ${entry.outcome}`;
      outcomes.set(how, (outcomes.get(how) ?? 0) + 1);
      truth += delivered;
      told += paid;
      const isWhole = entry.outcome === "complete";
      if (isWhole && (!entry.stream || entry.usage?.estimated === undefined)) expect(paid).toBe(delivered);
      // The estimate: of the question never too little, of the answer each event that passed.
      else if (entry.stream && real !== undefined) {
        const passed = entry.usage?.completion_tokens ?? 0;
        expect(paid).toBeGreaterThanOrEqual(real.promptTokens + passed);
        expect(paid - passed).toBeLessThanOrEqual(3 * real.promptTokens + 60);
      } else expect(paid).toBeLessThanOrEqual(BOUND + 400);
    }
    console.log(
      `disconnects ${where}: ${rig.log.length} calls, ${JSON.stringify(Object.fromEntries(outcomes))}, truth ${truth}, charged ${told}`,
    );
    expect(outcomes.size).toBeGreaterThanOrEqual(3);
    expect(told).toBeGreaterThanOrEqual(truth * 0.95);
    later = LEASE_MS + 1000;
    const usage = (await (await rig.fetch("/usage")).json()) as { held: { tokens: number } };
    expect(usage.held.tokens).toBe(0);
  }, 120_000);
}
