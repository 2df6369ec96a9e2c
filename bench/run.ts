/**
 * `npm run bench [-- sse client]`: each section prints one table. Candidates run in turn, round by round, so that a
 * machine that slows down slows them all; a figure is the median over the rounds, a ratio the median of the ratios
 * to the floor of the same round.
 */
import { cpus } from "node:os";
import { agents } from "./agents-rounds.ts";
import { client } from "./client.ts";
import { median } from "./median.ts";
import { sse } from "./sse.ts";

/** One thing to be timed. */
export interface Candidate {
  name: string;
  run(): void | Promise<void>;
}

/** A table's worth of candidates; the first is the floor. */
export interface Section {
  title: string;
  goal?: string;
  candidates: Candidate[];
  /** What is to be said when all rounds are over. */
  conclusion?(): string;
}

const ROUNDS = 15;
const WARM_UP = 4;

const sections: Record<string, () => Section[]> = { sse, client, agents };

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(sections, name));
if (unknown.length > 0) {
  console.error(`Unknown section: ${unknown.join(", ")}. There are: ${Object.keys(sections).join(", ")}.`);
  process.exit(2);
}

console.log(
  `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}, ${ROUNDS} rounds\n`,
);
for (const name of wanted.length > 0 ? wanted : Object.keys(sections)) {
  for (const section of sections[name]!()) await measure(section);
}

async function measure({ title, goal, candidates, conclusion }: Section): Promise<void> {
  const times = candidates.map((): number[] => []);
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const [index, candidate] of candidates.entries()) {
      const start = performance.now();
      await candidate.run();
      if (round >= 0) times[index]!.push(performance.now() - start);
    }
  }
  console.log(`${title}${goal ? `\n  goal: ${goal}` : ""}`);
  for (const [index, { name }] of candidates.entries()) {
    const ratio = median(times[index]!.map((time, round) => time / times[0]![round]!));
    console.log(
      `  ${name.padEnd(40)} ${median(times[index]!).toFixed(2).padStart(9)} ms  x ${ratio.toFixed(2)}`,
    );
  }
  if (conclusion) console.log(`  ${conclusion()}`);
  console.log();
}
