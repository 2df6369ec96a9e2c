/**
 * The measurements of the section `sse`, in whatever runtime this is bundled for: every candidate with every stream, in
 * turn, round by round. Who counts wrong is an error, so nobody is quick by leaving something out.
 */
import {
  type Bytes,
  bodyOf,
  FRAMINGS,
  type Framing,
  framed,
  longEvent,
  payloadsOf,
  SCRIPTS,
  type Script,
} from "../chunks.ts";
import { interleaved } from "../timed.ts";
import type { SseCandidate } from "./candidate.ts";
import { FLOORS } from "./floors.ts";

export interface Options {
  readonly rounds: number;
  readonly events: number;
  readonly framings: readonly Framing[];
  /** Also without JSON.parse, which is where parsers differ most and what nobody does. */
  readonly bare: boolean;
  /** Of the long event; 0: none. */
  readonly longBytes: number;
}

/** `fed`: the parser itself; `body`: what a library offers for a stream. */
export type Way = "fed" | "body";

export interface Figure {
  readonly name: string;
  readonly way: Way;
  readonly script: Script;
  /** `long` is the one long event. */
  readonly framing: Framing | "long";
  readonly json: boolean;
  /** In ms, of each round. */
  readonly times: readonly number[];
}

interface Job extends Omit<Figure, "times"> {
  /** How many events there are to see. */
  readonly events: number;
  /** Gives how many it has seen. */
  run(): number | Promise<number>;
}

export async function measure(candidates: readonly SseCandidate[], options: Options): Promise<Figure[]> {
  const { rounds, events, framings, longBytes } = options;
  const jobs: Job[] = [];
  for (const script of SCRIPTS) {
    const payloads = payloadsOf(script, events);
    const lists = framed(payloads);
    for (const framing of FRAMINGS.filter((name) => framings.includes(name))) {
      for (const json of options.bare ? [false, true] : [true]) {
        jobs.push(...jobsOf(candidates, { script, framing, json, events }, lists[framing], payloads));
      }
    }
  }
  const figures = await timesOf(jobs, rounds);
  if (longBytes === 0) return figures;
  const long = { script: "ascii", framing: "long", json: true, events: 1 } as const;
  const { payload, list } = longEvent(longBytes);
  // Only from a body: some take seconds for it, and what is fed directly is no different.
  const longJobs = jobsOf(candidates, long, list, [payload]).filter(({ way }) => way === "body");
  return [...figures, ...(await timesOf(longJobs, rounds, 1))];
}

type Stream = Pick<Job, "script" | "framing" | "json" | "events">;

function jobsOf(
  candidates: readonly SseCandidate[],
  stream: Stream,
  list: readonly Bytes[],
  payloads: string[],
): Job[] {
  const floors = FLOORS.filter(({ json }) => json === stream.json).map(({ name, way, run }): Job => {
    return { ...stream, name, way, events: -1, run: () => run(list, payloads) };
  });
  const jobs = candidates.flatMap((candidate): Job[] => {
    const { name, feed, read, readJson } = candidate;
    const body = { ...stream, name, way: "body" } as const;
    return [
      ...(feed ? [{ ...stream, name, way: "fed", run: () => fed(feed, list, stream.json) } as const] : []),
      ...(read ? [{ ...body, run: () => wasRead(read, list, stream.json) }] : []),
      ...(readJson && stream.json ? [{ ...body, run: () => wasReadAsJson(readJson, list) }] : []),
    ];
  });
  return [...floors, ...jobs];
}

async function timesOf(jobs: readonly Job[], rounds: number, warmUp?: number): Promise<Figure[]> {
  const measureOne = async ({ run, events, name, framing }: Job): Promise<number> => {
    const begun = performance.now();
    const seen = await run();
    const ms = performance.now() - begun;
    if (events >= 0 && seen !== events)
      throw new Error(`${name} saw ${seen} of ${events} events (${framing}).`);
    return ms;
  };
  const times = await interleaved(jobs, rounds, measureOne, warmUp);
  return jobs.map(({ name, way, script, framing, json }, index) => {
    return { name, way, script, framing, json, times: times[index]! };
  });
}

/** Counts events; what is parsed is looked at, so that no engine can leave the work out. */
function counter(json: boolean) {
  const seen = {
    count: 0,
    use: (data: string) => {
      if (data === "[DONE]") return;
      seen.count += json ? JSON.parse(data).choices.length : data.length > 0 ? 1 : 0;
    },
  };
  return seen;
}

function fed(feed: NonNullable<SseCandidate["feed"]>, list: readonly Bytes[], json: boolean): number {
  const seen = counter(json);
  feed(list, seen.use);
  return seen.count;
}

async function wasRead(
  read: NonNullable<SseCandidate["read"]>,
  list: readonly Bytes[],
  json: boolean,
): Promise<number> {
  const seen = counter(json);
  await read(bodyOf(list), seen.use);
  return seen.count;
}

async function wasReadAsJson(
  readJson: NonNullable<SseCandidate["readJson"]>,
  list: readonly Bytes[],
): Promise<number> {
  let count = 0;
  await readJson(bodyOf(list), ({ choices }) => {
    count += choices.length;
  });
  return count;
}
