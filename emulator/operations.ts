// The operations behind the routes: a chat completion, model info, the model list. Each is given an exchange that is
// routed, authorised and read, and lets its scenario step in before it answers.

import { delay } from "./body.ts";
import { type Completion, complete, completionBody } from "./chat.ts";
import { allDeployments, findDeployment, firstDeployment } from "./deployments.ts";
import type { Dialect, Refusal } from "./dialects.ts";
import { type Exchange, headersOf, refuse, respond, sendJson, sendMisuse, sendRaw } from "./exchange.ts";
import { writePlainly } from "./faults.ts";
import type { Deployment } from "./options.ts";
import { parseScenario, type Scenario, type ScenarioCall, scenarioOfModel } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";
import { type StreamRecord, streamRecords } from "./stream.ts";
import { readChatRequest } from "./validate.ts";

/** Returns the answer to a scenario that can't be, undefined when it is chosen. */
export function chooseScenario(exchange: Exchange, text: string): Response | undefined {
  const parsed = parseScenario(SCENARIOS, text);
  if (!parsed.ok) return sendMisuse(exchange, parsed.message);
  exchange.scenario = parsed;
  exchange.entry.scenario = parsed.call.text;
  return undefined;
}

/** Waits, refuses or answers in place of the service, where the scenario says so. */
async function stepIn(exchange: Exchange): Promise<Response | undefined> {
  if (exchange.scenario === undefined) return undefined;
  const { scenario, call } = exchange.scenario;
  const waitMs = scenario.delayMs?.(call);
  if (waitMs !== undefined) await delay(waitMs, exchange.signal);
  const context = {
    dialect: exchange.dialect,
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

/** `deployment` is the one in the path, where the route has one. */
export async function chat(exchange: Exchange, deployment: string | undefined): Promise<Response> {
  const { dialect, request, record, entry, settings } = exchange;
  const read = readChatRequest(dialect, record.body, request.headers.get("extra-parameters"));
  if (!read.ok) return refuse(exchange, read.refusal);
  entry.stream = read.request.stream;
  const only = dialect.form === "serverless" ? firstDeployment(settings).name : undefined;
  const name = deployment ?? read.request.model ?? only;
  if (name === undefined || name === "") return refuse(exchange, { reason: "no-model" });
  const found = findDeployment(settings, name);
  if (found === undefined) return refuse(exchange, unknownModel(dialect, name));
  entry.model = name;
  const wanted = scenarioOfModel(name);
  if (wanted !== undefined && exchange.scenario === undefined) {
    const misuse = chooseScenario(exchange, wanted);
    if (misuse !== undefined) return misuse;
  }
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const { sequence } = exchange;
  const context = { dialect, deployment: found, seed: settings.seed, sequence, now: entry.startedAt };
  return sendCompletion(exchange, complete(read.request, context));
}

function sendCompletion(exchange: Exchange, plain: Completion): Response {
  const { dialect, entry } = exchange;
  const { compose, records, write } = scenarioSteps(exchange);
  const completion = compose(plain);
  entry.promptTokens = completion.promptTokens;
  const writing = {
    records: entry.stream
      ? records(completion)
      : wholeRecords(completion, dialect, write === writePlainly ? 1 : 8),
    emitted: (tokens: number) => {
      entry.completionTokens += tokens;
    },
  };
  const headers = headersOf(exchange);
  headers["content-type"] = entry.stream ? "text/event-stream; charset=utf-8" : "application/json";
  if (entry.stream) headers["cache-control"] = "no-cache, must-revalidate";
  return respond(exchange, 200, headers, write(writing));
}

interface Steps {
  readonly compose: (completion: Completion) => Completion;
  readonly records: (completion: Completion) => Iterable<StreamRecord>;
  readonly write:
    | typeof writePlainly
    | ((writing: Parameters<typeof writePlainly>[0]) => ReturnType<NonNullable<Scenario["write"]>>);
}

/** The scenario's steps, the plain ones where it has none. */
function scenarioSteps({ dialect, entry, scenario: asked }: Exchange): Steps {
  const plain: Steps = {
    compose: (completion) => completion,
    records: (completion) => streamRecords(completion, dialect),
    write: writePlainly,
  };
  if (asked === undefined || (asked.scenario.streamOnly && !entry.stream)) return plain;
  const { scenario, call }: { scenario: Scenario; call: ScenarioCall } = asked;
  const { compose, records, write } = scenario;
  return {
    compose: compose === undefined ? plain.compose : (completion) => compose(call, completion),
    records: records === undefined ? plain.records : (completion) => records(call, completion, dialect),
    write: write === undefined ? plain.write : (writing) => write(call, writing),
  };
}

/** A whole answer is one record, or several equal pieces where a fault of the body needs a middle to happen in. */
function* wholeRecords(
  completion: Completion,
  dialect: Dialect,
  pieces: number,
): Generator<StreamRecord, void> {
  const text = completionBody(completion, dialect);
  let tokens = 0;
  for (const { parts } of completion.choices) for (const part of parts) tokens += part.tokens;
  const length = Math.ceil(text.length / pieces);
  const share = Math.floor(tokens / pieces);
  for (let i = 0; i < pieces - 1; i++) {
    yield { kind: "delta", text: text.slice(i * length, (i + 1) * length), tokens: share };
  }
  yield { kind: "done", text: text.slice((pieces - 1) * length), tokens: tokens - share * (pieces - 1) };
}

export async function modelInfo(exchange: Exchange): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const { settings, request } = exchange;
  const asked = request.headers.get("azureml-model-deployment");
  const { model, provider } =
    (asked === null ? undefined : findDeployment(settings, asked)) ?? firstDeployment(settings);
  return sendJson(exchange, {
    model_name: model,
    model_type: "chat-completion",
    model_provider_name: provider,
  });
}

export async function listModels(exchange: Exchange): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  return sendJson(exchange, { object: "list", data: allDeployments(exchange.settings).map(modelObject) });
}

export async function getModel(exchange: Exchange, name: string): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const found = findDeployment(exchange.settings, name);
  return found === undefined
    ? refuse(exchange, unknownModel(exchange.dialect, name))
    : sendJson(exchange, modelObject(found));
}

/** A constant, so that the list is the same every time; the services tell when the model was made. */
const MODEL_CREATED_SECONDS = 1_700_000_000;

function modelObject({ name, provider }: Required<Deployment>): Record<string, unknown> {
  return { id: name, object: "model", created: MODEL_CREATED_SECONDS, owned_by: provider };
}

function unknownModel(dialect: Dialect, name: string): Refusal {
  return dialect.form === "openai"
    ? {
        reason: "unknown-model",
        message: `The model \`${name}\` does not exist or you do not have access to it.`,
      }
    : { reason: "unknown-model" };
}
