// Records both sides of every row, and compares. What run.mjs starts.
import { readFileSync, writeFileSync } from "node:fs";
import { differencesOf } from "./compare.ts";
import { explain, findings, type Outcome } from "./explain.ts";
import type { Group } from "./group.ts";
import { agents } from "./pairs/agents.ts";
import { eraAgents } from "./pairs/era-agents.ts";
import { inference } from "./pairs/inference.ts";
import { openai } from "./pairs/openai.ts";
import { projects } from "./pairs/projects.ts";
import { Recorder } from "./recorder.ts";
import { type Compared, packageOf, render } from "./report.ts";

const DOCUMENT = new URL("../../docs/wire-equality.md", import.meta.url);
const write = process.argv.includes("--write");
const say = (text: string) => void process.stderr.write(`${text}\n`);

/** Which version of a package is installed here. */
function versionOf(name: string): string {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

async function compare(recorder: Recorder, group: Group): Promise<Compared> {
  const outcomes: Outcome[] = [];
  for (const row of group.rows) {
    const answer = row.answer ?? (() => Response.json({}));
    const ours = await recorder.record((target) => row.ours(group.clients(target).ours), answer);
    const { theirs } = row;
    const official =
      theirs && (await recorder.record((target) => theirs(group.clients(target).theirs), answer));
    const differences = official ? differencesOf(ours, official) : [];
    outcomes.push(explain(group, row, ours, differences, official !== undefined));
  }
  return { group, version: versionOf(group.sdk), outcomes };
}

const recorder = await new Recorder().listen();
const compared: Compared[] = [];
for (const group of [...inference, ...openai, agents, ...projects, eraAgents])
  compared.push(await compare(recorder, group));
recorder.close();

let failed = false;
for (const { group, version, outcomes } of compared) {
  const wrong = findings(group, outcomes);
  for (const text of wrong) say(`wire: ${group.title}: ${text}`);
  failed ||= wrong.length > 0;
  const same = outcomes.filter(({ official, differences }) => official && !differences.length).length;
  const line = {
    client: `${packageOf(group.sdk)} (${group.title})`,
    version,
    language: "wire",
    check: "requests",
    result: wrong.length > 0 ? "fail" : "pass",
    note:
      wrong[0] ?? `${same} of ${outcomes.length} calls the same, the others explained in wire-equality.md`,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const text = render(compared);
if (write) writeFileSync(DOCUMENT, text);
else if (readFileSync(DOCUMENT, "utf8") !== text) {
  failed = true;
  say(
    "wire: docs/wire-equality.md says something else. Look at each difference, then: node interop/wire/run.mjs --write",
  );
}
// Some official clients go on asking for a status that never changes here.
process.exit(failed ? 1 : 0);
