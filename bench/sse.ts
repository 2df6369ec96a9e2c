/** Parsers of event streams, in each runtime, against parsing the payloads alone. */
import type { Framing } from "./chunks.ts";
import { median } from "./median.ts";
import { candidatesOf, notesOf } from "./peers.ts";
import type { RuntimeName, Settings } from "./settings.ts";
import { FLOORS, JSON_ALONE } from "./sse/floors.ts";
import type { Figure, Options, Way } from "./sse/measure.ts";
import { installOf, type Result, runIn } from "./sse/runtimes.ts";
import { NONE, type Table, type Verdict } from "./table.ts";
import { ratioTo } from "./timed.ts";

const FIRST = ["latchkey", "latchkey-loop", "latchkey-client"];
const LONG_BYTES = 4 * 1024 * 1024;
const WAYS: Record<Way, string> = { fed: "fed directly", body: "from a body" };
const NAMES: Record<RuntimeName, string> = {
  node: "Node",
  deno: "Deno",
  bun: "Bun",
  workerd: "workerd",
  chromium: "Chromium",
};
/** x JSON.parse, of ASCII: the parser by itself, and the client's public iteration. */
const GOALS: [name: string, way: Way, what: string, Partial<Record<Framing, number>>][] = [
  ["latchkey/sse", "fed", "bare parser", { "one event": 1.35, "16 KiB": 1.22 }],
  ["latchkey, client", "body", "public async iteration", { "one event": 2, "16 KiB": 1.4 }],
];
const OURS = /^latchkey/;

export async function* sse({ rounds, quick, runtimes }: Settings): AsyncGenerator<Table> {
  const listed = candidatesOf("sse", FIRST);
  const present = listed.filter(({ absent }) => absent.length === 0).map(({ path }) => path);
  for (const runtime of runtimes) {
    const install = installOf(runtime);
    if (install !== undefined) {
      yield { title: `SSE in ${NAMES[runtime]}`, columns: [""], rows: [], notes: [`absent: ${install}`] };
      continue;
    }
    const result = await runIn(runtime, present, optionsOf(runtime, rounds, quick));
    yield* tablesOf(runtime, result, notesOf(listed));
  }
}

/** Everything in Node; elsewhere what the goals are about. */
function optionsOf(runtime: RuntimeName, rounds: number, quick: boolean): Options {
  const events = quick ? 200 : 20_000;
  const long = quick ? 64 * 1024 : LONG_BYTES;
  if (runtime !== "node")
    return { rounds, events, framings: ["one event", "16 KiB"], bare: false, longBytes: 0 };
  return { rounds, events, framings: ["one event", "16 KiB", "whole"], bare: true, longBytes: long };
}

function* tablesOf(runtime: RuntimeName, { version, figures }: Result, notes: string[]): Generator<Table> {
  const place = `${NAMES[runtime]} ${version}`;
  for (const way of ["fed", "body"] as const) {
    for (const script of new Set(figures.map((one) => one.script))) {
      const list = figures.filter(
        (one) => one.way === way && one.script === script && one.framing !== "long",
      );
      yield {
        title: `${place}, SSE ${WAYS[way]}, ${script}, ms`,
        ...columnsAndRows(list),
        verdicts: [...(script === "ascii" ? goalsOf(place, way, list) : []), ...aheadOf(place, way, list)],
        notes,
      };
    }
  }
  const long = figures.filter(({ framing }) => framing === "long");
  if (long.length > 0) yield longTable(place, long);
}

function columnsAndRows(figures: readonly Figure[]): Pick<Table, "columns" | "rows"> {
  const framings = [...new Set(figures.map(({ framing }) => framing))];
  const kinds = framings.flatMap((framing) =>
    [...new Set(figures.map(({ json }) => json))].map((json) => ({ framing, json })),
  );
  const columns = kinds.flatMap(({ framing, json }) =>
    json ? [`${framing} + JSON`, "x JSON.parse"] : [framing],
  );
  const names = [...new Set(figures.map(({ name }) => name))];
  const rows = [...names.filter(isFloor), ...names.filter((name) => !isFloor(name))].map((name) => [
    name,
    ...kinds.flatMap(({ framing, json }): (string | number)[] => {
      const of = (name: string) => timesOf(figures, name, framing, json);
      const times = of(name);
      if (!times) return json ? [NONE, NONE] : [NONE];
      return json ? [median(times), ratioTo(of(JSON_ALONE)!, times)] : [median(times)];
    }),
  ]);
  return { columns: ["", ...columns], rows };
}

const isFloor = (name: string) => FLOORS.some((floor) => floor.name === name);

function timesOf(figures: readonly Figure[], name: string, framing: Figure["framing"], json: boolean) {
  return figures.find((one) => one.name === name && one.framing === framing && one.json === json)?.times;
}

function goalsOf(place: string, way: Way, figures: readonly Figure[]): Verdict[] {
  return GOALS.filter(([, of]) => of === way).flatMap(([name, , what, goals]) =>
    Object.entries(goals).map(([framing, atMost]) => ({
      what: `${place}, ${what}, ${framing}`,
      value: ratioTo(
        timesOf(figures, JSON_ALONE, framing as Framing, true)!,
        timesOf(figures, name, framing as Framing, true) ?? [Number.NaN],
      ),
      unit: "x JSON.parse",
      atMost,
    })),
  );
}

/** The quickest of ours beside the quickest peer, in the framing where that is closest or the peer is ahead. */
function aheadOf(place: string, way: Way, figures: readonly Figure[]): Verdict[] {
  const pairs = [...new Set(figures.map(({ framing }) => framing))].flatMap((framing) => {
    const sorted = figures
      .filter((one) => one.framing === framing && one.json && !isFloor(one.name))
      .toSorted((one, other) => median(one.times) - median(other.times));
    const ours = sorted.find(({ name }) => OURS.test(name));
    const peer = sorted.find(({ name }) => !OURS.test(name));
    return ours && peer ? [{ framing, ours, peer, value: ratioTo(peer.times, ours.times) }] : [];
  });
  const closest = pairs.toSorted((one, other) => other.value - one.value)[0];
  if (closest === undefined) return [];
  const { framing, ours, peer, value } = closest;
  const what = `${place}, ${WAYS[way]}, ${ours.script}: ${ours.name} beside ${peer.name}, the quickest peer (${framing})`;
  return [{ what, value, unit: "x its time", atMost: 1 }];
}

function longTable(place: string, figures: readonly Figure[]): Table {
  const floor = figures.find(({ name }) => name === JSON_ALONE)!.times;
  return {
    title: `${place}, one event of 4 MiB in pieces of 1 KiB, ms`,
    columns: ["", "ms", "x the first"],
    rows: figures.map(({ name, times }) => [name, median(times), ratioTo(floor, times)]),
  };
}
