// What every reader of parsed JSON needs: is it an object, is it too deep, and a way to leave with a refusal. The
// exception stays inside the readers of bodies; `reading` in enter.ts turns it into an answer at the edge.

import type { Refusal } from "./dialects.ts";
import type { RefusalReason } from "./service-errors.ts";

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Level by level, so that no depth can exhaust the stack that is being protected here. */
export function isDeeperThan(levels: number, value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levels) return true;
    level = level.flatMap((item) => (typeof item === "object" && item !== null ? Object.values(item) : []));
  }
  return false;
}

export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.reason);
    this.refusal = refusal;
  }
}

/** The services repeat short scalar values in their messages; longer ones could carry a prompt, so they are named only by type. */
function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return value.length <= 32 ? `'${value}'` : "a longer string";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

export function refuse(reason: RefusalReason, param: string, value: unknown, expected: string): never {
  const message =
    reason === "missing-parameter"
      ? `Missing required parameter: '${param}'.`
      : `Invalid ${reason === "invalid-type" ? "type" : "value"} for '${param}': expected ${expected}, but got ${shown(value)} instead.`;
  throw new Refused({ reason, param, input: value, message });
}

/** Far past what a service takes; deeper values could only exhaust a stack when they are written out again. */
const MOST_LEVELS = 100;

/** For bodies of which parts are kept and sent back as they came. */
export function refuseDeep(value: unknown): void {
  if (!isDeeperThan(MOST_LEVELS, value)) return;
  throw new Refused({ reason: "bad-json", message: `The JSON body is deeper than ${MOST_LEVELS} levels.` });
}
