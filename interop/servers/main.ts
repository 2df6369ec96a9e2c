// Starts each server, lets the checks call it, and prints a line per check. What run.mjs starts.
import { readFileSync, writeFileSync } from "node:fs";
import type { Line } from "../check.ts";
import { renderTable, replacePart } from "../tables.ts";
import { startAimock } from "./aimock.ts";
import { CHECKS } from "./checks.ts";
import { LLAMA_HINT, startLlama } from "./llama.ts";
import { checkPrism } from "./prism.ts";
import type { Server } from "./server.ts";

const DOCUMENT = new URL("../../docs/compatibility.md", import.meta.url);
/** The exit code of a runner whose tools are absent. */
const ABSENT = 69;
const LIMIT_MS = 20_000;

async function checkServer(server: Server): Promise<Line[]> {
  const lines: Line[] = [];
  for (const [check, run] of Object.entries(CHECKS)) {
    const { client, version, absent } = server;
    const line = { client, version, language: `server:${client}`, check };
    const because = absent[check];
    if (because) lines.push({ ...line, result: "absent", note: because });
    else lines.push({ ...line, ...(await resultOf(() => run(server))) });
  }
  await server.stop();
  return lines;
}

async function resultOf(run: () => Promise<void>): Promise<Pick<Line, "result" | "note">> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`no end after ${LIMIT_MS} ms`)), LIMIT_MS).unref();
  });
  try {
    await Promise.race([run(), late]);
    return { result: "pass" };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return { result: "fail", note: said.replace(/\s+/g, " ") };
  }
}

const names = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const lines: Line[] = [];
if (names.includes("llama")) {
  const binary = process.env.LLAMA_SERVER;
  if (!binary) {
    process.stderr.write(`${LLAMA_HINT}\n`);
    process.exit(ABSENT);
  }
  lines.push(...(await checkServer(await startLlama(binary))));
} else {
  lines.push(...(await checkServer(await startAimock())), ...(await checkPrism()));
}
for (const line of lines) process.stdout.write(`${JSON.stringify(line)}\n`);
if (names.includes("llama") && process.argv.includes("--write")) {
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(DOCUMENT, replacePart(readFileSync(DOCUMENT, "utf8"), "llama", renderTable(lines, date)));
}
process.exit(lines.some(({ result }) => result === "fail") ? 1 : 0);
