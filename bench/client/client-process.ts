/**
 * One candidate in a process of its own, so that its processor time and its memory are its own. Works on order; an order of
 * no streams is for its memory.
 */
import type { Ask, ClientCandidate } from "./candidate.ts";
import { type Done, type Order, TEXT } from "./work.ts";

const [path, origin] = process.argv.slice(2);
const { default: candidate } = (await import(path!)) as { default: ClientCandidate };
const ask = candidate.connect(origin!);

process.on("message", (order: Order) => {
  work(ask, order).then(
    (done) => process.send!({ done }),
    (error: unknown) => process.send!({ failed: error instanceof Error ? error.stack : String(error) }),
  );
});
process.on("disconnect", () => process.exit());
process.send!({ ready: true });

async function work(ask: Ask, { streams, chunks, atOnce }: Order): Promise<Done> {
  const firstMs: number[] = [];
  const before = process.cpuUsage();
  const begun = performance.now();
  let left = streams;
  const one = async () => {
    while (left > 0) {
      left -= 1;
      firstMs.push(await stream(ask, chunks));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  const wallMs = performance.now() - begun;
  const { user, system } = process.cpuUsage(before);
  // Only when asked: collecting everything throws compiled code away, too.
  if (streams === 0) globalThis.gc!();
  return {
    cpuMs: (user + system) / 1000,
    wallMs,
    firstMs,
    heap: process.memoryUsage().heapUsed,
    peakRss: process.resourceUsage().maxRSS * 1024,
  };
}

/** Gives how long the first text took. */
async function stream(ask: Ask, chunks: number): Promise<number> {
  const asked = performance.now();
  let first = Number.NaN;
  let length = 0;
  await ask(String(chunks), (text) => {
    if (length === 0) first = performance.now() - asked;
    length += text.length;
  });
  if (length !== chunks * TEXT.length)
    throw new Error(`${length} characters came in place of ${chunks * TEXT.length}.`);
  return first;
}
