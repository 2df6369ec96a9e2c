/** Tables -> the parts of docs/benchmarks.md. Each section has one part between two marks, which only a run writes. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type Machine, peersOf, sentenceOf } from "./machine.ts";
import { asMarkdown, type Table } from "./table.ts";

const DOCUMENT = new URL("../docs/benchmarks.md", import.meta.url);

const start = (section: string) => `<!-- ${section}: written by npm run bench -- ${section} --write -->`;
const end = (section: string) => `<!-- ${section}: end -->`;

export interface Measured {
  readonly section: string;
  readonly machine: Machine;
  readonly rounds: number;
  readonly seconds: number;
  readonly tables: readonly Table[];
}

/** One section's part: on what, when, the tables, and what a person wrote about what was tried. */
export function partOf({ machine, rounds, seconds, tables }: Measured, tried: string | undefined): string {
  return [
    `${sentenceOf(machine)}; medians of ${rounds} rounds; took ${Math.round(seconds)} s. Peers: ${peersOf(machine)}.`,
    ...tables.map(asMarkdown),
    ...(tried === undefined ? [] : [`### What was tried\n\n${tried.trim()}`]),
  ].join("\n\n");
}

/** @throws {Error} when the document has no such part. */
export function replacePart(document: string, section: string, content: string): string {
  const from = document.indexOf(start(section));
  const to = document.indexOf(end(section));
  if (from < 0 || to < from)
    throw new Error(`docs/benchmarks.md has no part between "${start(section)}" and "${end(section)}".`);
  return `${document.slice(0, from)}${start(section)}\n${content}\n${document.slice(to)}`;
}

/** What was tried where a goal is missed: bench/tried/<section>.md, written by hand. */
export function triedOf(section: string): string | undefined {
  const file = new URL(`./tried/${section}.md`, import.meta.url);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

export function write(measured: Measured): void {
  const document = readFileSync(DOCUMENT, "utf8");
  writeFileSync(
    DOCUMENT,
    replacePart(document, measured.section, partOf(measured, triedOf(measured.section))),
  );
}
