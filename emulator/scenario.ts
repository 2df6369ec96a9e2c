// What a scenario is, and how a request names one: `name;key=value;key=value` in the header `x-emulator-scenario`
// or after `fault-` in the model name. The table itself is scenarios.ts.

import type { Step } from "./body.ts";
import type { Completion } from "./chat.ts";
import type { Dialect, Refusal } from "./dialects.ts";
import type { Writing } from "./faults.ts";
import type { StreamRecord } from "./stream.ts";

export const SCENARIO_HEADER = "x-emulator-scenario";
export const FAULT_MODEL_PREFIX = "fault-";

export interface Parameter {
  readonly default: number | string;
  readonly about: string;
}

/** A scenario as one request asked for it, every parameter filled in. */
export interface ScenarioCall {
  readonly name: string;
  /** As asked, normalised; part of the key under which `times` counts. */
  readonly text: string;
  readonly number: (parameter: string) => number;
  readonly string: (parameter: string) => string;
}

/** What a scenario may know about the request it changes. */
export interface ScenarioContext {
  readonly dialect: Dialect;
  /** See Exchange. */
  readonly path: string;
  readonly stream: boolean;
  /** True the first `times` times this very request (same scenario, path and body) comes; then once false; and again. */
  readonly stillFailing: (times: number) => boolean;
  readonly apiVersion: string;
  readonly now: number;
}

/** An answer that is no answer of the service: sent as it is, without the service's headers when `foreign`. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Iterator<Step, void> | null;
  readonly foreign: boolean;
}

/** What becomes of a run of an agent. */
export interface RunFault {
  /** The status that it never leaves: queued, in_progress or cancelling. */
  readonly stuckAt?: string;
  /** The status in which its time is up at the next look: in_progress or requires_action. */
  readonly expiresAt?: string;
  /** How often functions are called before the answer. */
  readonly rounds?: number;
  /** It waits for outputs, and says of no call. */
  readonly noCalls?: boolean;
  /** Steps say `expires_at` where they should say `expired_at`. */
  readonly misnamedExpiry?: boolean;
  /** `last_error.code` when it fails. */
  readonly errorCode?: string;
  /** `incomplete_details.reason`: it ends incomplete. */
  readonly incomplete?: string;
}

export interface Scenario {
  readonly about: string;
  readonly parameters?: Readonly<Record<string, Parameter>>;
  /** Changes nothing when the answer is whole. */
  readonly streamOnly?: boolean;
  /** Waited before the head of the answer. */
  readonly delayMs?: (call: ScenarioCall) => number;
  /** Refuses before the request body is read. */
  readonly refuseUnread?: (call: ScenarioCall) => Refusal;
  readonly refuse?: (call: ScenarioCall, context: ScenarioContext) => Refusal | undefined;
  readonly respond?: (call: ScenarioCall, context: ScenarioContext) => RawAnswer | undefined;
  readonly run?: (call: ScenarioCall) => RunFault;
  readonly compose?: (call: ScenarioCall, completion: Completion) => Completion;
  readonly records?: (call: ScenarioCall, completion: Completion, dialect: Dialect) => Iterable<StreamRecord>;
  readonly write?: (call: ScenarioCall, writing: Writing) => Iterator<Step, void>;
  /** Needs a socket: serve.ts does it, in process the answer is plain. */
  readonly socket?: SocketFault;
}

export type SocketFault = "bad-chunk" | "missing-last-chunk" | "long-length" | "gzip";

export type ScenarioTable = Readonly<Record<string, Scenario>>;

/** Parameters that every scenario has. */
export const COMMON_PARAMETERS: Readonly<Record<string, Parameter>> = {
  id: { default: "", about: "any text; requests with different ids never share a `times` count" },
};

export type ParsedScenario =
  | { readonly ok: true; readonly scenario: Scenario; readonly call: ScenarioCall }
  | { readonly ok: false; readonly message: string };

export function parseScenario(table: ScenarioTable, text: string): ParsedScenario {
  const [name = "", ...settings] = text.split(";").map((part) => part.trim());
  if (!Object.hasOwn(table, name)) {
    return { ok: false, message: `unknown scenario "${name}"; known: ${Object.keys(table).join(", ")}` };
  }
  const scenario = table[name] as Scenario;
  const parameters = { ...COMMON_PARAMETERS, ...scenario.parameters };
  const values = new Map(Object.entries(parameters).map(([key, parameter]) => [key, parameter.default]));
  for (const setting of settings) {
    if (setting === "") continue;
    const at = setting.indexOf("=");
    const key = at < 0 ? setting : setting.slice(0, at).trim();
    const value = at < 0 ? "" : setting.slice(at + 1).trim();
    const fallback = values.get(key);
    if (fallback === undefined || !Object.hasOwn(parameters, key)) {
      const known = Object.keys(parameters).join(", ");
      return { ok: false, message: `scenario "${name}" has no parameter "${key}"; known: ${known}` };
    }
    if (typeof fallback === "number") {
      const amount = Number(value);
      if (value === "" || !(amount >= 0)) {
        return { ok: false, message: `parameter "${key}" of scenario "${name}" must be a number, 0 or more` };
      }
      values.set(key, amount);
    } else {
      values.set(key, value);
    }
  }
  const call: ScenarioCall = {
    name,
    text: [name, ...settings].join(";"),
    number: (parameter) => values.get(parameter) as number,
    string: (parameter) => values.get(parameter) as string,
  };
  return { ok: true, scenario, call };
}

/** The scenario a model or deployment name asks for, or undefined when it is an ordinary name. */
export function scenarioOfModel(model: string | undefined): string | undefined {
  return model?.startsWith(FAULT_MODEL_PREFIX) ? model.slice(FAULT_MODEL_PREFIX.length) : undefined;
}
