// A stream of a call with a budget, event by event: the usage that only the account asked for is taken out, and where
// the budget ends the stream gets an ending that is valid in its dialect. The service was told the same bound, so this
// is for services that don't keep to it.
import type { RunIds } from "./account-cancel.ts";
import { passEvents } from "./agent-stream.ts";
import { type CutKind, type CutUsage, createCut } from "./budget-cut.ts";
import { DELTA, readUsage, TYPED_DELTA, type Usage } from "./meter.ts";
import type { ErrorWords } from "./stream-errors.ts";

export interface StreamBudget {
  readonly kind: CutKind;
  /** Of output. Undefined: no end of the budget is in sight, so nothing is counted. */
  readonly tokensOut: number | undefined;
  readonly tokensIn: number;
  readonly choices: number;
  /** Did the caller ask for usage? */
  readonly includeUsage: boolean;
  readonly dropsUsage: boolean;
  readonly eventBytes: number;
  /** Errors of the service, as the caller is told them. Default: as they come. */
  readonly words?: ErrorWords | undefined;
  /** The body of the error where a dialect has no ending for lack of budget. */
  readonly error: () => object;
}

export interface WatchedStream {
  readonly source: ReadableStream<Uint8Array>;
  /** The usage that was taken out. */
  usage(): Usage | undefined;
  /** What had passed when the stream was cut. */
  cut(): CutUsage | undefined;
  /** The run that it was about. */
  run(): RunIds | undefined;
}

const USAGE = /"usage"\s*:\s*\{/;
const ABOUT_RUN = /^thread\.run\.(?!step)/;
const ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/;
const EMPTY = /"choices"\s*:\s*\[\s*\]/;

export function watchStream(source: ReadableStream<Uint8Array>, budget: StreamBudget): WatchedStream {
  const { kind, tokensOut, tokensIn, choices, includeUsage, dropsUsage, words } = budget;
  const cut = tokensOut === undefined ? undefined : createCut(kind, { choices, includeUsage });
  let counted = 0;
  let isOver = false;
  let usage: Usage | undefined;
  let run: RunIds | undefined;

  const tell = (event: string, written: string): string | undefined => {
    const data =
      words?.matters(written) || event === "error" ? (words?.tell(event, written) ?? written) : written;
    if (isOver) return undefined;
    if (cut !== undefined) {
      if (isDelta(kind, event, data)) counted += 1;
      // The one past the end doesn't pass, so neither does what it would have been charged.
      isOver = counted > tokensOut!;
      if (isOver) return undefined;
      cut.note(event, data);
      if (kind === "run" && ABOUT_RUN.test(event)) run ??= idsIn(data);
    }
    if (!dropsUsage || !USAGE.test(data)) return data;
    usage = usageIn(data) ?? usage;
    return EMPTY.test(data) ? undefined : data;
  };

  return {
    source: passEvents(source, {
      eventBytes: budget.eventBytes,
      matters: cut === undefined ? (text) => USAGE.test(text) || words?.matters(text) === true : () => true,
      tell,
      ending: () => (isOver ? cut!.ending({ usage: passed(), error: budget.error() }) : undefined),
    }),
    usage: () => usage,
    run: () => run,
    cut: () => (isOver ? passed() : undefined),
  };

  function passed(): CutUsage {
    return { tokensIn, tokensOut: Math.min(counted, tokensOut!) };
  }
}

function isDelta(kind: CutKind, event: string, data: string): boolean {
  if (kind === "run") return event === "thread.message.delta";
  return (kind === "response" ? TYPED_DELTA : DELTA).test(data);
}

function idsIn(data: string): RunIds | undefined {
  try {
    const { id, thread_id } = Object(JSON.parse(data)) as Record<string, unknown>;
    const isId = (one: unknown): one is string => typeof one === "string" && ID.test(one);
    return isId(id) && isId(thread_id) ? { run: id, thread: thread_id } : undefined;
  } catch {
    return undefined;
  }
}

function usageIn(data: string): Usage | undefined {
  try {
    return readUsage(Object(JSON.parse(data)) as Record<string, unknown>);
  } catch {
    return undefined;
  }
}
