// Lines of a run -> the tables of docs/compatibility.md, and whether a document still says what a run shows. Pure.
import { CHECKS, type Line } from "./check.ts";

/** Each part of the document that is written by a run, by the name of its runner. */
const start = (name: string) => `<!-- ${name}: written by npm run interop -- --write -->`;
const end = (name: string) => `<!-- ${name}: end -->`;

const WORDS = { pass: "yes", fail: "**no**", absent: "–" } as const;

/** One row per client, one column per check, and below it what the marks say. */
export function renderTable(lines: readonly Line[], date: string): string {
  const known: readonly string[] = CHECKS;
  const seen = new Set(lines.map(({ check }) => check));
  const columns = [
    ...known.filter((check) => seen.has(check)),
    ...[...seen].filter((check) => !known.includes(check)),
  ];
  const notes: string[] = [];
  const cell = (rows: readonly Line[], check: string): string => {
    const line = rows.find((one) => one.check === check);
    if (line === undefined) return "";
    if (!line.note) return WORDS[line.result];
    if (!notes.includes(line.note)) notes.push(line.note);
    return `${WORDS[line.result]} [${notes.indexOf(line.note) + 1}]`;
  };
  const clients = Map.groupBy(lines, ({ client, version }) => `${name(client)} | ${version}`);
  const table = [
    `| client | version | ${columns.join(" | ")} |`,
    `| --- | --- |${" --- |".repeat(columns.length)}`,
    ...[...clients].map(
      ([client, rows]) => `| ${client} | ${columns.map((check) => cell(rows, check)).join(" | ")} |`,
    ),
  ];
  return [`Run on ${date}.`, "", ...table, "", ...notes.map((note, index) => `${index + 1}. ${plain(note)}`)]
    .join("\n")
    .trimEnd();
}

/** `openai (AzureOpenAI)` -> the package as code, what is in brackets as text. */
function name(client: string): string {
  const [, pack = client, more = ""] = /^(\S+)(.*)$/.exec(client) ?? [];
  return `\`${pack}\`${plain(more)}`;
}

function plain(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[|<]/g, (mark) => (mark === "|" ? "\\|" : "&lt;"));
}

/** The document with the part of one runner replaced. Throws when it has no such part. */
export function replacePart(document: string, runner: string, content: string): string {
  const [before, after] = around(document, runner);
  return `${before}${start(runner)}\n${content}\n${document.slice(after)}`;
}

function around(document: string, runner: string): [string, number] {
  const from = document.indexOf(start(runner));
  const to = document.indexOf(end(runner));
  if (from < 0 || to < from)
    throw new Error(`docs/compatibility.md has no part between "${start(runner)}" and its end.`);
  return [document.slice(0, from), to];
}

/**
 * What differs between the document and a run: one sentence for each row. Dates and notes may differ; rows, versions and
 * cells may not.
 */
export function differences(document: string, runner: string, lines: readonly Line[]): string[] {
  const [before, after] = around(document, runner);
  const written = rowsOf(document.slice(before.length, after));
  const found = rowsOf(renderTable(lines, ""));
  return [
    ...found.filter((row) => !written.includes(row)).map((row) => `the run has    ${row}`),
    ...written.filter((row) => !found.includes(row)).map((row) => `the document has ${row}`),
  ];
}

/** The rows of a table without the marks of its notes. */
function rowsOf(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) => line.replace(/ \[\d+\]/g, ""));
}
