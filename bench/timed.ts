/** Candidates that run in this process and are timed in turn. */
import { median } from "./median.ts";
import type { Table } from "./table.ts";

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

const WARM_UP = 4;

export async function time({ title, goal, candidates, conclusion }: Section, rounds: number): Promise<Table> {
  const times = candidates.map((): number[] => []);
  for (let round = -WARM_UP; round < rounds; round++) {
    for (const [index, candidate] of candidates.entries()) {
      const start = performance.now();
      await candidate.run();
      if (round >= 0) times[index]!.push(performance.now() - start);
    }
  }
  return {
    title,
    columns: ["", "ms", "x the first"],
    rows: candidates.map(({ name }, index) => [
      name,
      median(times[index]!),
      median(times[index]!.map((one, round) => one / times[0]![round]!)),
    ]),
    notes: [...(goal ? [`goal: ${goal}`] : []), ...(conclusion ? [conclusion()] : [])],
  };
}
