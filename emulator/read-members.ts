// Body text -> the members of a JSON object, each checked: which exist, what they must look like, and what becomes of
// those that don't exist. The tables are the operations' own.

import type { Dialect } from "./dialects.ts";
import { isDeeperThan, isObject, type JsonObject, Refused } from "./json.ts";
import type { Check } from "./members.ts";

const EXTRAS_MODES = ["error", "drop", "ignore", "pass-through"];

export type Members = Readonly<Record<string, Check>>;

const MAX_DEPTH = 500;

export function parseBody(bodyText: string): JsonObject {
  let parsed: unknown;
  try {
    parsed = JSON.parse(bodyText);
  } catch {
    throw new Refused({ reason: "bad-json" });
  }
  // What is too deep to be written again could not be repeated in an answer.
  if (!isObject(parsed) || isDeeperThan(MAX_DEPTH, parsed)) throw new Refused({ reason: "bad-json" });
  return parsed;
}

/**
 * null means absent, as in the services. Members of the prototype are not members of the body. `extras` are checked
 * where the inference dialect lets unknown members pass.
 */
export function readMembers(
  dialect: Dialect,
  bodyText: string,
  known: Members,
  extraParameters: string | null = null,
  extras: Members = {},
): JsonObject {
  const parsed = parseBody(bodyText);
  const inference = dialect.name === "inference";
  const mode = extraParameters ?? "error";
  if (inference && !EXTRAS_MODES.includes(mode)) {
    throw new Refused({
      reason: "invalid-value",
      param: "extra-parameters",
      input: mode,
      message: `Invalid value for header 'extra-parameters': expected one of ${EXTRAS_MODES.join(", ")}.`,
    });
  }
  const body: JsonObject = Object.create(null) as JsonObject;
  for (const [name, value] of Object.entries(parsed)) {
    const isKnown = Object.hasOwn(known, name);
    if (!isKnown && (!inference || mode === "error")) {
      throw new Refused({
        reason: "unknown-parameter",
        param: name,
        input: value,
        message: inference
          ? `Extra parameters ['${name}'] are not allowed when extra-parameters is not set or set to be 'error'. Set extra-parameters to 'pass-through' to pass to the model.`
          : `Unknown parameter: '${name}'.`,
      });
    }
    if (!isKnown && mode !== "pass-through") continue;
    if (value === null) continue;
    const check = isKnown ? known[name] : Object.hasOwn(extras, name) ? extras[name] : undefined;
    check?.(value, name);
    body[name] = value;
  }
  return body;
}
