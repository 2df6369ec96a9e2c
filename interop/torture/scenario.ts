/** What a scenario is, what a client is, and what is known of one run: the words of this folder. */
import type { Socket } from "node:net";
import type { Seen, Serve } from "./server.ts";

/**
 * What a client is there for. `bytes`: reads event streams; `http`: sends the request itself; `chat`: knows what the
 * chunks of a chat mean; `errors`: makes an error of a refusal; `tools`: puts tool calls together; `loop`: its values are pulled by the caller's
 * loop.
 * A scenario asks nothing of a client that isn't there for it.
 */
export type Duty = "bytes" | "http" | "chat" | "errors" | "tools" | "loop";

/** What a client is asked for. */
export interface Ask {
  /** Of the server, without a path. */
  origin: string;
  key: string;
  prompt: string;
  signal: AbortSignal;
  /** Takes each piece of text. An answer of `LEAVE` means that the caller's loop is left here. */
  onText(text: string): Promise<unknown> | unknown;
}

/** What a client made of an answer that it took for whole. */
export interface Answer {
  finishReason?: string | null | undefined;
  totalTokens?: number | undefined;
  toolCalls?: { name: string; arguments: string }[] | undefined;
}

export interface Client {
  /** Its column. */
  name: string;
  /** One of ours: must pass everything, and runs without any peer installed. */
  ours?: boolean;
  /** The packages whose versions are named, and which call is made. */
  packages: readonly string[];
  call: string;
  duties: readonly Duty[];
  /** The module in `clients/` with its `ask`. */
  module: string;
}

/** What the caller does during a run. */
export interface Caller {
  /** Aborts after so many milliseconds, or (with `abortAtText`) when the first text has come. */
  abortAfterMs?: number;
  abortAtText?: boolean;
  /** Aborts before it asks. */
  abortedBefore?: boolean;
  leaveAtText?: boolean;
  /** Does nothing for so long after the first text, in milliseconds. */
  pauseMs?: number;
  /** The machine's date jumps by so much, a second after the first text. */
  shiftDateMs?: number;
  /** How often it asks, one time after the other. */
  times?: number;
  /** Bytes of the prompt beyond its few words. */
  promptBytes?: number;
}

/** How a run ended, as the caller saw it. */
export interface Outcome {
  end: "resolved" | "rejected" | "pending" | "crashed";
  text: string;
  answer: Answer;
  /** Milliseconds until the end, and until the first text, by the clock on the wall. */
  ms: number;
  firstTextMs: number | undefined;
  error: {
    name: string;
    message: string;
    /** Every text and number that can be reached from it. */
    holds: string[];
    /** What a logger prints of it. */
    printed: string;
  } | null;
  /** By how much the most memory that the process ever held has grown, in MiB. */
  grownMiB: number;
  /** Whether `Object.prototype` is as it was. */
  clean: boolean;
  /** Rejections that nobody could have handled. */
  unhandled: string[];
}

/** What a judge goes by. */
export interface Run {
  outcome: Outcome;
  seen: Seen;
  /** What the second origin saw. */
  foreign: Seen;
}

export interface Scenario {
  id: string;
  title: string;
  /** The one requirement, the same for all. */
  demand: string;
  why: string;
  duty: Duty | readonly Duty[];
  /** How long the caller waits for an end, in seconds. Default 20. */
  patienceS?: number;
  /** How much faster the clocks of client and server go, so that patience of minutes takes seconds. Default 1. */
  clock?: number;
  /** Needs a process of its own: it measures memory, or may poison what comes after it. */
  alone?: boolean;
  caller?: Caller;
  /** How long to wait after the end before judging, in milliseconds: for connections to close. */
  graceMs?: number;
  serve: Serve;
  /** Answers a connection before its first byte, by `true`. */
  connect?: (socket: Socket, seen: Seen) => boolean;
  /** What is judged before all else, also of a call that doesn't end. */
  leaks?(run: Run): string | undefined;
  /** Why it isn't met, or nothing. Text that stays the same from run to run. */
  judge(run: Run): string | undefined;
}

export const DEFAULT_PATIENCE_S = 20;
export const KEY = "canary-key-6f1d2c";
export const PROMPT = "canary-question-51ab";
export const LEAVE = Symbol.for("torture.leave");
