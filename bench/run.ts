/**
 * `npm run bench [-- sse client agents proxy]`: each section prints its tables. Candidates run in turn, round by round, so that a
 * machine that slows down slows them all; a figure is the median over the rounds, a ratio the median of the ratios
 * to the floor of the same round.
 *
 *   --json          the same as one JSON text
 *   --rounds <n>    default 15, for `proxy` 7
 *   --seconds <n>   how long the paced streams of `proxy` run in each round. Default 10
 *   --only <part>   of `proxy`: requests, streams, paced, start or reset
 */
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { agents } from "./agents-rounds.ts";
import { client } from "./client.ts";
import { proxy } from "./proxy.ts";
import { sse } from "./sse.ts";
import { print, type Table } from "./table.ts";
import { type Section, time } from "./timed.ts";

export interface Settings {
  readonly rounds: number | undefined;
  readonly seconds: number;
  readonly only: string | undefined;
}

const timed = (sections: () => Section[]) =>
  async function* ({ rounds = 15 }: Settings): AsyncGenerator<Table> {
    for (const section of sections()) yield time(section, rounds);
  };

const sections: Record<string, (settings: Settings) => AsyncIterable<Table>> = {
  sse: timed(sse),
  client: timed(client),
  agents: timed(agents),
  proxy,
};

const { values, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string" },
    seconds: { type: "string", default: "10" },
    only: { type: "string" },
  },
});
const unknown = wanted.filter((name) => !Object.hasOwn(sections, name));
if (unknown.length > 0) {
  console.error(`Unknown section: ${unknown.join(", ")}. There are: ${Object.keys(sections).join(", ")}.`);
  process.exit(2);
}
const settings: Settings = {
  rounds: values.rounds === undefined ? undefined : whole("--rounds", values.rounds),
  seconds: whole("--seconds", values.seconds),
  only: values.only,
};

const machine = {
  date: new Date().toISOString(),
  node: process.version,
  processors: `${cpus().length} x ${cpus()[0]?.model ?? "unknown"}`,
  load: loadavg()[0]!,
};
const tables: { section: string; table: Table }[] = [];
if (!values.json) {
  console.log(
    `Node ${machine.node}, ${machine.processors}, load ${machine.load.toFixed(1)}, ${machine.date}\n`,
  );
}
for (const name of wanted.length > 0 ? wanted : Object.keys(sections)) {
  for await (const table of sections[name]!(settings)) {
    if (values.json) tables.push({ section: name, table });
    else print(table);
  }
}
if (values.json) console.log(JSON.stringify({ machine, tables }, null, 2));

function whole(flag: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  console.error(`${flag} takes a whole number.`);
  return process.exit(2);
}
