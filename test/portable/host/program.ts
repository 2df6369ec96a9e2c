// Node, Deno and Bun: `program.ts <host as JSON> <suite>…` prints the results of each suite as one line of JSON.
import type { Host } from "../harness.ts";
import { runSuites } from "./report.ts";

declare const process: {
  readonly argv: readonly string[];
  readonly stdout: { write(text: string): void };
  on(event: "unhandledRejection", told: (reason: unknown) => void): void;
};

const [, , given = "", ...names] = process.argv;
const stray: string[] = [];
process.on("unhandledRejection", (reason) => void stray.push(String(reason)));
const host: Host = { ...(JSON.parse(given) as Host), stray };
await runSuites(names, host, (results) => process.stdout.write(`${JSON.stringify({ results })}\n`));
