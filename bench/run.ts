/**
 * `npm run bench [-- size sse client agents proxy page]`: each section prints its tables. Candidates run in turn, round by
 * round; a figure is the median over the rounds, a ratio the median of the ratios to the floor of the same round.
 *
 *   --json              the same as one JSON text
 *   --write             puts the tables into docs/benchmarks.md, each section as soon as it is done
 *   --rounds <n>        default 7
 *   --seconds <n>       how long paced streams run in each round. Default 2
 *   --only <part>       a part of `client`, `proxy` or `page`; a wrong name lists them
 *   --runtime <names>   of `sse`: node, deno, bun, workerd, chromium or all. Default node; all with --write
 *   --quick             two rounds and little work, to see that everything runs: figures that mean nothing
 *
 * What is compared with is installed by `npm ci --prefix bench`; what is absent is left out and named.
 */
import { type Measured, write } from "./document.ts";
import { machine as look, peersOf, sentenceOf } from "./machine.ts";
import { SECTIONS, type SectionName, type Settings, settingsOf, UsageError } from "./settings.ts";
import { asText, type Table } from "./table.ts";

type Run = (settings: Settings) => AsyncIterable<Table>;

/** Loaded when they are asked for: each brings programs of its own. */
const sections: Record<SectionName, () => Promise<Run>> = {
  size: async () => (await import("./size.ts")).size,
  sse: async () => (await import("./sse.ts")).sse,
  client: async () => (await import("./client.ts")).client,
  agents: async () => (await import("./agents-rounds.ts")).agents,
  proxy: async () => (await import("./proxy.ts")).proxy,
  page: async () => (await import("./page.ts")).page,
};

try {
  await run(settingsOf(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}

async function run(settings: Settings): Promise<void> {
  const { json, quick, rounds } = settings;
  const machine = look();
  const say = (text: string) => json || console.log(text);
  say(`${sentenceOf(machine)}\nPeers: ${peersOf(machine)}`);
  say(`${quick ? "QUICK: these figures mean nothing" : `Medians of ${rounds} rounds`}\n`);
  const all: Measured[] = [];
  for (const section of SECTIONS.filter((name) => settings.sections.includes(name))) {
    const begun = performance.now();
    const tables: Table[] = [];
    const measure = await sections[section]();
    for await (const table of measure(settings)) {
      tables.push(table);
      say(asText(table));
    }
    const seconds = (performance.now() - begun) / 1000;
    say(`${section} took ${Math.round(seconds)} s\n`);
    const measured = { section, machine, rounds, seconds, tables };
    all.push(measured);
    if (settings.write) write(measured);
  }
  if (json) {
    const tables = all.flatMap(({ section, tables }) => tables.map((table) => ({ section, ...table })));
    console.log(JSON.stringify({ machine, rounds, quick, tables }, null, 2));
  }
}
