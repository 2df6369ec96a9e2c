// What every operation does before it answers: find the deployment that is asked for, choose the scenario its name
// may stand for, and let the scenario step in.

import { delay } from "./body.ts";
import { findDeployment } from "./deployments.ts";
import type { Dialect, Refusal } from "./dialects.ts";
import { type Exchange, refuse, sendMisuse, sendRaw } from "./exchange.ts";
import { Refused } from "./json.ts";
import type { Deployment, Task } from "./options.ts";
import { parseScenario, scenarioOfModel } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";

/** Returns the answer to a scenario that can't be, undefined when it is chosen. */
export function chooseScenario(exchange: Exchange, text: string): Response | undefined {
  const parsed = parseScenario(SCENARIOS, text);
  if (!parsed.ok) return sendMisuse(exchange, parsed.message);
  exchange.scenario = parsed;
  exchange.entry.scenario = parsed.call.text;
  return undefined;
}

/** Waits, refuses or answers in place of the service, where the scenario says so. */
export async function stepIn(exchange: Exchange): Promise<Response | undefined> {
  if (exchange.scenario === undefined) return undefined;
  const { scenario, call } = exchange.scenario;
  const waitMs = scenario.delayMs?.(call);
  if (waitMs !== undefined) await delay(waitMs, exchange.signal);
  const context = {
    dialect: exchange.dialect,
    path: exchange.path,
    stream: exchange.entry.stream,
    apiVersion: exchange.url.searchParams.get("api-version") ?? "v1",
    now: exchange.settings.clock(),
    stillFailing: (times: number) => exchange.stillFailing(call, times),
  };
  const refusal = scenario.refuseUnread?.(call) ?? scenario.refuse?.(call, context);
  if (refusal !== undefined) return refuse(exchange, refusal);
  const raw = scenario.respond?.(call, context);
  return raw === undefined ? undefined : sendRaw(exchange, raw);
}

export type Entered =
  | { readonly ok: true; readonly deployment: Required<Deployment> }
  | { readonly ok: false; readonly response: Response };

/** `entry.stream` must be known before, because some scenarios answer streams otherwise. */
export async function enter(exchange: Exchange, name: string | undefined, task: Task): Promise<Entered> {
  const { dialect, entry } = exchange;
  const no = (refusal: Refusal): Entered => ({ ok: false, response: refuse(exchange, refusal) });
  if (name === undefined || name === "") return no({ reason: "no-model" });
  const deployment = findDeployment(exchange, name);
  if (deployment === undefined) return no(unknownModel(dialect, name));
  entry.model = name;
  if (!deployment.tasks.includes(task)) return no(wrongTask(exchange, name));
  const wanted = scenarioOfModel(name);
  if (wanted !== undefined && exchange.scenario === undefined) {
    const misuse = chooseScenario(exchange, wanted);
    if (misuse !== undefined) return { ok: false, response: misuse };
  }
  const instead = await stepIn(exchange);
  return instead === undefined ? { ok: true, deployment } : { ok: false, response: instead };
}

export function unknownModel(dialect: Dialect, name: string): Refusal {
  return dialect.form === "openai"
    ? {
        reason: "unknown-model",
        message: `The model \`${name}\` does not exist or you do not have access to it.`,
      }
    : { reason: "unknown-model" };
}

function wrongTask({ dialect, path }: Exchange, name: string): Refusal {
  const message =
    dialect.form === "openai"
      ? `The model '${name}' cannot be used with the v1${path} endpoint.`
      : `The ${operationName(path)} operation does not work with the specified model, ${name}. Please choose different model and try again.`;
  return { reason: "wrong-task", param: "model", message };
}

const OPERATION_NAMES: Readonly<Record<string, string>> = {
  "/chat/completions": "chatCompletion",
  "/completions": "completion",
  "/embeddings": "embeddings",
  "/images/embeddings": "imageEmbeddings",
};

function operationName(path: string): string {
  return OPERATION_NAMES[path] ?? path.slice(1).replace("/", "-");
}

/** An operation with a body to read: what its reader refuses becomes the answer. */
export async function reading<T>(
  exchange: Exchange,
  read: () => T | Promise<T>,
  then: (value: T) => Response | Promise<Response>,
): Promise<Response> {
  let value: T;
  try {
    value = await read();
  } catch (error) {
    if (error instanceof Refused) return refuse(exchange, error.refusal);
    throw error;
  }
  return then(value);
}
