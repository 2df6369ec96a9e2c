/** Results -> the table in the terminal and docs/torture.md, and what has changed since that was written. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Result } from "./children.ts";
import { concerns } from "./children.ts";
import type { Client, Scenario } from "./scenario.ts";
import { GROUPS } from "./scenarios/index.ts";

export const DOCUMENT = fileURLToPath(new URL("../../docs/torture.md", import.meta.url));

/** `pass`, `fail`, or `-` where a client isn't there for what is asked. */
export type Mark = "pass" | "fail" | "-";

export interface Table {
  clients: readonly Client[];
  scenarios: readonly Scenario[];
  mark(scenario: Scenario, client: Client): Mark;
  reason(scenario: Scenario, client: Client): string | undefined;
  /** How many scenarios a client passes, of how many that concern it. */
  count(client: Client): { passed: number; of: number };
}

export function tableOf(
  clients: readonly Client[],
  scenarios: readonly Scenario[],
  results: readonly Result[],
): Table {
  const cells = new Map(results.map((each) => [`${each.scenario.id} ${each.client.name}`, each]));
  const reason = (scenario: Scenario, client: Client) => cells.get(`${scenario.id} ${client.name}`)?.reason;
  const mark = (scenario: Scenario, client: Client): Mark =>
    !concerns(client, scenario) ? "-" : reason(scenario, client) ? "fail" : "pass";
  return {
    clients,
    scenarios,
    mark,
    reason,
    count(client) {
      const judged = scenarios.filter((scenario) => concerns(client, scenario));
      return { passed: judged.filter((each) => mark(each, client) === "pass").length, of: judged.length };
    },
  };
}

/** For the terminal: the marks in columns, and below why each failure is one. */
export function printed(table: Table): string {
  const { clients, scenarios } = table;
  const first = Math.max(...scenarios.map(({ id }) => id.length));
  const widths = clients.map(({ name }) => Math.max(name.length, 5));
  const row = (head: string, cells: string[]) =>
    [head.padEnd(first), ...cells.map((cell, index) => cell.padEnd(widths[index]!))].join("  ").trimEnd();
  const lines = [
    row(
      "",
      clients.map(({ name }) => name),
    ),
  ];
  for (const scenario of scenarios) {
    lines.push(
      row(
        scenario.id,
        clients.map((client) => table.mark(scenario, client)),
      ),
    );
  }
  lines.push(row("passed", clients.map(table.count).map(fraction)), "");
  for (const scenario of scenarios) {
    for (const client of clients) {
      const reason = table.reason(scenario, client);
      if (reason) lines.push(`${scenario.id}: ${client.name}: ${reason}`);
    }
  }
  return lines.join("\n");
}

const fraction = ({ passed, of }: { passed: number; of: number }) => `${passed}/${of}`;

const SIGNS: Record<Mark, string> = { pass: "✓", fail: "✗", "-": "–" };

/** docs/torture.md. `versions`: of the packages, by their names. */
export function document(table: Table, versions: ReadonlyMap<string, string>, date: string): string {
  const { clients } = table;
  const ours = clients.filter((client) => client.ours);
  const rivals = clients.filter((client) => !client.ours && client.duties.includes("chat"));
  const best = Math.max(...rivals.map((client) => table.count(client).passed / table.count(client).of));
  const leaders = rivals.filter((client) => table.count(client).passed / table.count(client).of === best);
  const lines = [
    "# Torture table",
    "",
    `What ${table.scenarios.length} faults, oddities and attacks of streams and transports do to clients with their default options. Written by \`npm run torture -- --write\` on ${date}, Node ${process.versions.node}.`,
    "",
    `Ours: ${ours.map((client) => `${client.name} ${spelled(table.count(client))}`).join(", ")}. The best other client: ${leaders.map((client) => `${client.name} ${spelled(table.count(client))}`).join(", ")}.`,
    "",
    "## Clients",
    "",
    "| column | call | versions |",
    "| --- | --- | --- |",
    ...clients.map(
      ({ name, call, packages }) =>
        `| ${name} | ${call} | ${packages.map((each) => `${each} ${versions.get(each)}`).join(", ")} |`,
    ),
    "",
    "## Rules",
    "",
    "- Every scenario has one demand, the same for all, and it is judged from outside: by what the caller gets, by what the server saw, by the memory of the process. That an error is thrown is enough; its class isn't judged.",
    "- Default options. The only settings are the address, the key, and what lets a client speak `http:` to this machine.",
    "- The servers are plain TCP and send exactly the bytes of the scenario. Each client runs in processes of its own, with 1 GiB of heap.",
    "- A demand holds only for clients that are there for it (–): a parser sends no request, and npm `openai`'s `create()` leaves putting tool calls together to its caller. In everything the call must end within 20 s unless said otherwise, and nothing may be thrown where no caller can catch it.",
    "- Patience of minutes is measured on faster clocks: in these scenarios timers, `Date` and `performance.now` of the client's process go 12, 20 or 45 times as fast, and with them the deadlines of Node's `fetch`, and the server's waits too. `npm run torture -- --real-time` takes the time that it takes.",
    "- How long patience is, is a choice: 120 s without a byte (our default is 60), 390 s with comments only (ours: 300), 780 s for an answer that doesn't end (ours: 600). Node's `fetch` itself gives up after 300 s without a byte, browsers never do. See [decision 063](decisions/063-how-the-torture-table-judges.md).",
    "",
    "## Table",
    "",
  ];
  const head = ["scenario", ...clients.map(({ name }) => name)];
  lines.push(`| ${head.join(" | ")} |`, `| --- |${" :-: |".repeat(clients.length)}`);
  for (const scenario of table.scenarios) {
    const marks = clients.map((client) => SIGNS[table.mark(scenario, client)]);
    lines.push(`| [${scenario.id}](#${scenario.id}) | ${marks.join(" | ")} |`);
  }
  lines.push(
    `| **passed** | ${clients.map((client) => fraction(table.count(client))).join(" | ")} |`,
    "",
    "## Scenarios",
    "",
    "What is sent, what is demanded, why, and who fails how.",
  );
  for (const { title, scenarios } of GROUPS) {
    lines.push("", `### ${title}`);
    for (const scenario of scenarios) lines.push(...described(table, scenario));
  }
  return `${lines.join("\n")}\n`;
}

function described(table: Table, scenario: Scenario): string[] {
  const failures = Map.groupBy(
    table.clients.filter((client) => table.mark(scenario, client) === "fail"),
    (client) => table.reason(scenario, client)!,
  );
  const lines = [
    "",
    `#### ${scenario.id}`,
    "",
    `${sentence(scenario.title)} Demanded: ${scenario.demand}. ${scenario.why}`,
  ];
  if (failures.size > 0) lines.push("");
  for (const [reason, clients] of failures)
    lines.push(`- ${clients.map(({ name }) => name).join(", ")}: ${reason}`);
  return lines;
}

const sentence = (text: string) => `${text[0]!.toUpperCase()}${text.slice(1)}.`;
const spelled = ({ passed, of }: { passed: number; of: number }) => `${passed} of ${of}`;

/** Where marks differ from those in the document, one line for each. */
export function changes(table: Table): string[] {
  if (!existsSync(DOCUMENT)) return ["docs/torture.md is missing: npm run torture -- --write"];
  const rows = readFileSync(DOCUMENT, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) =>
      line
        .slice(2, -2)
        .split(" | ")
        .map((cell) => cell.trim()),
    );
  const head = rows.find(([first]) => first === "scenario") ?? [];
  const found: string[] = [];
  for (const scenario of table.scenarios) {
    const row = rows.find(([first]) => first === `[${scenario.id}](#${scenario.id})`);
    for (const client of table.clients) {
      const written = row?.[head.indexOf(client.name)];
      const now = SIGNS[table.mark(scenario, client)];
      if (written !== now)
        found.push(
          `${scenario.id}: ${client.name}: ${now} now, ${written ?? "nothing"} in docs/torture.md` +
            `${now === SIGNS.fail ? ` (${table.reason(scenario, client)})` : ""}`,
        );
    }
  }
  return found;
}
