/** The command line -> what is to be measured and how. Pure, so that a mistake is told before anything starts. */
import { parseArgs } from "node:util";

export const SECTIONS = ["size", "sse", "client", "agents", "proxy", "page"] as const;
export type SectionName = (typeof SECTIONS)[number];

export const RUNTIMES = ["node", "deno", "bun", "workerd", "chromium"] as const;
export type RuntimeName = (typeof RUNTIMES)[number];

/** A document's figures are medians of at least so many rounds. */
export const LEAST_ROUNDS = 7;
/** Rounds of `--quick`: enough to see that everything runs, and for nothing else. */
const QUICK_ROUNDS = 2;
const DEFAULT_SECONDS = 2;

export interface Settings {
  readonly sections: readonly SectionName[];
  readonly rounds: number;
  /** How long paced streams run in each round. */
  readonly seconds: number;
  /** A part of a section; undefined: all. */
  readonly only: string | undefined;
  /** For `sse`. */
  readonly runtimes: readonly RuntimeName[];
  readonly quick: boolean;
  readonly json: boolean;
  readonly write: boolean;
}

/** A command line that says nothing that could be done. Its message is for the person who typed it. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const OPTIONS = {
  json: { type: "boolean", default: false },
  write: { type: "boolean", default: false },
  quick: { type: "boolean", default: false },
  rounds: { type: "string" },
  seconds: { type: "string" },
  only: { type: "string" },
  runtime: { type: "string", multiple: true },
} as const;

/** @throws {UsageError} */
export function settingsOf(args: readonly string[]): Settings {
  const { values, positionals } = parsed(args);
  const { quick, json, write, only } = values;
  const rounds = values.rounds === undefined ? undefined : whole("--rounds", values.rounds);
  if (write && quick) throw new UsageError("--quick measures nothing, so --write doesn't go with it.");
  if (write && (rounds ?? LEAST_ROUNDS) < LEAST_ROUNDS)
    throw new UsageError(`--write needs at least ${LEAST_ROUNDS} rounds.`);
  if (write && only !== undefined) throw new UsageError("--write takes whole sections: leave --only out.");
  const sections = positionals.map((name) => oneOf("section", SECTIONS, name));
  return {
    sections: sections.length > 0 ? sections : SECTIONS,
    rounds: rounds ?? (quick ? QUICK_ROUNDS : LEAST_ROUNDS),
    seconds:
      values.seconds === undefined ? (quick ? 1 : DEFAULT_SECONDS) : whole("--seconds", values.seconds),
    only,
    runtimes: runtimesOf(values.runtime, write),
    quick,
    json,
    write,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** A document says it of every runtime; a look at one's own machine begins with Node. */
function runtimesOf(asked: readonly string[] | undefined, write: boolean): readonly RuntimeName[] {
  if (asked === undefined) return write ? RUNTIMES : ["node"];
  const names = asked.flatMap((text) => text.split(","));
  return names.includes("all") ? RUNTIMES : names.map((name) => oneOf("runtime", RUNTIMES, name));
}

function oneOf<T extends string>(what: string, known: readonly T[], asked: string): T {
  const found = known.find((name) => name === asked);
  if (found !== undefined) return found;
  throw new UsageError(`Unknown ${what}: ${asked}. There are: ${known.join(", ")}.`);
}

function whole(flag: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new UsageError(`${flag} takes a whole number.`);
}
