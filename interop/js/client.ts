// A foreign client and its checks, and how they are run: each gets its time, a failure becomes a line, nothing is silent.
import { readFileSync } from "node:fs";
import { CHECKS, type Check, type Line } from "../check.ts";

/** What a check did, or why the SDK has no such thing. A text that it returns is the note. */
export type Outcome = (() => Promise<unknown>) | { readonly absent: string };

export interface Client {
  /** Package, and in brackets the class when it has several. */
  readonly name: string;
  /** Where it is installed. */
  readonly folder: string;
  readonly checks: Readonly<Record<Check, Outcome>>;
}

const LIMIT_MS = 30_000;

export function versionOf(folder: string): string {
  const file = new URL(`../node_modules/${folder}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

export async function runClient(client: Client, say: (line: Line) => void): Promise<void> {
  const { name, folder, checks } = client;
  const version = versionOf(folder);
  for (const check of CHECKS) {
    const outcome = checks[check];
    const line = { client: name, version, language: "JavaScript", check };
    if ("absent" in outcome) {
      say({ ...line, result: "absent", note: outcome.absent });
      continue;
    }
    try {
      const note = await within(outcome());
      say({ ...line, result: "pass", ...(typeof note === "string" && { note }) });
    } catch (error) {
      if (process.env.VERBOSE) console.error(name, check, error);
      say({ ...line, result: "fail", note: wording(error) });
    }
  }
}

async function within<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`did not end within ${LIMIT_MS / 1000} s`)), LIMIT_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function wording(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : JSON.stringify(error);
  return (text ?? "undefined was thrown").replace(/\s+/g, " ").slice(0, 300);
}
