/** The sentences that scenarios judge by. Each gives the reason why a demand isn't met, or nothing. */
import { TEXT } from "./chunks.ts";
import { DEFAULT_PATIENCE_S, KEY, type Run, type Scenario } from "./scenario.ts";

export type Judge = (run: Run) => string | undefined;

/** The first reason of several. */
export const all =
  (...judges: Judge[]): Judge =>
  (run) => {
    for (const judge of judges) {
      const reason = judge(run);
      if (reason) return reason;
    }
    return undefined;
  };

/** What holds in every scenario: it ends, and nothing is thrown where no caller could catch it. */
export function ends({ patienceS = DEFAULT_PATIENCE_S }: Pick<Scenario, "patienceS">): Judge {
  return ({ outcome }) => {
    if (outcome.end === "crashed") return `ended the process: ${outcome.error?.message ?? "?"}`;
    if (outcome.end === "pending") return `no end within ${patienceS} s`;
    if (outcome.unhandled.length > 0) return "a rejection that no caller can handle";
    return undefined;
  };
}

export const succeeds: Judge = ({ outcome }) =>
  outcome.end === "rejected" ? `throws ${outcome.error?.name}` : undefined;

/** The answer is there, and nothing but the answer. */
export const whole =
  (text = TEXT): Judge =>
  (run) => {
    const reason = succeeds(run);
    if (reason) return reason;
    const got = run.outcome.text;
    if (got === text) return undefined;
    return got === ""
      ? "success without a word"
      : got.length < text.length
        ? "text is missing"
        : "other text";
  };

/** It's told as an error. */
export const rejects: Judge = ({ outcome }) => {
  if (outcome.end === "rejected") return undefined;
  return outcome.text ? "success with half an answer" : "success without a word";
};

/** Either the whole answer or an error; never an empty or partial success. */
export const wholeOrError: Judge = (run) => (run.outcome.end === "rejected" ? undefined : whole()(run));

/** A word can be reached from the error. */
export const says =
  (word: string): Judge =>
  ({ outcome }) =>
    outcome.error?.holds.some((part) => part.includes(word)) ? undefined : `the error doesn't say ${word}`;

/** What a logger would print of the error has not a byte of a secret. */
export const hides =
  (secret: string, what: string): Judge =>
  ({ outcome }) =>
    outcome.error?.printed.includes(secret) ? `the error shows ${what}` : undefined;

export const hidesKey = hides(KEY, "the key");

export const heard =
  (text: string): Judge =>
  ({ outcome }) =>
    outcome.text.startsWith(text) ? undefined : "text that had arrived was not delivered";

export const asked =
  (times: number): Judge =>
  ({ seen }) =>
    seen.requests.length === times ? undefined : `${seen.requests.length} requests, not ${times}`;

/** A call that is aborted on a busy machine may not have been sent yet. */
export const askedOnce: Judge = ({ seen }) =>
  seen.requests.length <= 1 ? undefined : `${seen.requests.length} requests, not 1`;

export const closed: Judge = ({ seen }) => (seen.open === 0 ? undefined : "the connection stays open");

export const grows =
  (most: number): Judge =>
  ({ outcome }) =>
    outcome.grownMiB <= most ? undefined : `memory grows by more than ${most} MiB`;

export const within =
  (ms: number): Judge =>
  ({ outcome }) =>
    outcome.ms <= ms ? undefined : `takes more than ${ms / 1000} s`;
