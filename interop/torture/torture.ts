/** The torture table: which scenarios and clients, run, printed, written or compared. Started by `run.mjs`. */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type Result, runAll } from "./children.ts";
import { CLIENTS } from "./clients/index.ts";
import type { Client } from "./scenario.ts";
import { SCENARIOS } from "./scenarios/index.ts";
import { changes, DOCUMENT, document, printed, tableOf } from "./table.ts";

const say = (text: string) => void process.stdout.write(`${text}\n`);

/** Runs what the arguments name; the answer is the exit code. */
export async function torture(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string", multiple: true },
      scenario: { type: "string", multiple: true },
      write: { type: "boolean" },
      "real-time": { type: "boolean" },
      verbose: { type: "boolean" },
    },
  });
  const { only, scenario: ids, write = false, "real-time": realTime = false, verbose } = values;
  if (write && (only || ids)) throw new Error("--write needs all clients and all scenarios.");
  const clients = CLIENTS.filter(
    ({ name, ours }) => !only || only.includes(name) || (ours && only.includes("ours")),
  );
  const scenarios = SCENARIOS.filter(({ id }) => !ids || ids.includes(id));
  if (clients.length === 0)
    throw new Error(`--only takes ours or ${names(CLIENTS.map(({ name }) => name))}.`);
  if (scenarios.length === 0) throw new Error(`--scenario takes ${names(SCENARIOS.map(({ id }) => id))}.`);
  const versions = versionsOf(clients);
  const started = Date.now();
  const tell = ({ client, scenario, reason, run }: Result) => {
    if (!verbose) return;
    const { end, ms, grownMiB, error, text, unhandled } = run.outcome;
    say(
      `${reason ? "fail" : "pass"} ${scenario.id} ${client.name}: ${reason ?? ""} [${end} ${ms} ms, +${grownMiB} MiB, ${text.length} characters, taken ${run.seen.taken}, requests ${run.seen.requests.length}, ${error?.name ?? ""} ${error?.message.slice(0, 160) ?? ""} ${unhandled.join()}]`,
    );
  };
  const results = await runAll(clients, scenarios, realTime, tell);
  const table = tableOf(clients, scenarios, results);
  say(printed(table));
  say(`\n${results.length} runs in ${Math.round((Date.now() - started) / 1000)} s`);
  if (write) {
    writeFileSync(DOCUMENT, document(table, versions, new Date().toISOString().slice(0, 10)));
    say("docs/torture.md is written.");
  }
  const changed = write ? [] : changes(table);
  if (changed.length > 0) say(`\nNot as docs/torture.md says:\n${changed.join("\n")}`);
  const lost = clients.filter((client) => client.ours && table.count(client).passed < table.count(client).of);
  for (const { name } of lost) say(`${name} must pass everything.`);
  return lost.length > 0 || changed.length > 0 ? 1 : 0;
}

const names = (list: string[]) => list.join(", ");

/** Versions of the packages behind some columns. */
function versionsOf(clients: readonly Client[]): Map<string, string> {
  const versions = new Map<string, string>();
  for (const { packages, ours } of clients) {
    for (const name of packages) {
      const path = ours ? "../../package.json" : `../node_modules/${name}/package.json`;
      try {
        const text = readFileSync(new URL(path, import.meta.url), "utf8");
        versions.set(name, (JSON.parse(text) as { version: string }).version);
      } catch {
        throw new Error(`${name} is not installed: npm ci --prefix interop (or --only ours)`);
      }
    }
  }
  return versions;
}
