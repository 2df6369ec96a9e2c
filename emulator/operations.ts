// The operations that every dialect has: a chat completion, model info, the model list. Each is given an exchange
// that is routed, authorised and read.

import { complete, completionBody } from "./chat.ts";
import { allDeployments, findDeployment, firstDeployment } from "./deployments.ts";
import { enter, reading, stepIn, unknownModel } from "./enter.ts";
import { type Exchange, refuse } from "./exchange.ts";
import type { Deployment, Task } from "./options.ts";
import type { RouteValues } from "./routes.ts";
import { sendJson } from "./send.ts";
import { type CompletionShape, sendCompletion } from "./send-completion.ts";
import { streamRecords } from "./stream.ts";
import { readChatRequest } from "./validate.ts";

const CHAT_SHAPE: CompletionShape = { body: completionBody, records: streamRecords, chunksMayDiffer: true };

export function chat(exchange: Exchange, { deployment }: RouteValues): Promise<Response> {
  const { dialect, request, record, entry, settings, sequence } = exchange;
  return reading(
    exchange,
    () => readChatRequest(dialect, record.body, request.headers.get("extra-parameters")),
    async (read) => {
      entry.stream = read.stream;
      const entered = await enter(exchange, deployment ?? read.model ?? onlyModel(exchange, "chat"), "chat");
      if (!entered.ok) return entered.response;
      const context = { dialect, ...entered, seed: settings.seed, sequence, now: entry.startedAt };
      return sendCompletion(exchange, complete(read, context), CHAT_SHAPE);
    },
  );
}

/** A serverless endpoint has one model, and need not be told which. */
export function onlyModel({ dialect, settings }: Exchange, task: Task): string | undefined {
  if (dialect.form !== "serverless") return undefined;
  return settings.deployments.find(({ tasks }) => tasks.includes(task))?.name;
}

const MODEL_TYPES: Partial<Record<Task, string>> = {
  chat: "chat-completion",
  completions: "completion",
  embeddings: "embeddings",
  "image-embeddings": "image_embeddings",
  images: "image_generation",
  speech: "audio_generation",
};

export async function modelInfo(exchange: Exchange): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const asked = exchange.request.headers.get("azureml-model-deployment");
  const { model, provider, tasks } =
    (asked === null ? undefined : findDeployment(exchange, asked)) ?? firstDeployment(exchange.settings);
  return sendJson(exchange, {
    model_name: model,
    model_type: MODEL_TYPES[tasks[0] ?? "chat"] ?? "audio_transcription",
    model_provider_name: provider,
  });
}

export async function listModels(exchange: Exchange): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const data = allDeployments(exchange).map((deployment) => modelObject(exchange, deployment));
  return sendJson(exchange, { object: "list", data });
}

export async function getModel(exchange: Exchange, { id = "" }: RouteValues): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const found = findDeployment(exchange, id);
  return found === undefined
    ? refuse(exchange, unknownModel(exchange.dialect, id))
    : sendJson(exchange, modelObject(exchange, found));
}

/** A constant, so that the list is the same every time; the services tell when the model was made. */
const MODEL_CREATED_SECONDS = 1_700_000_000;

function modelObject({ dialect }: Exchange, deployment: Required<Deployment>): Record<string, unknown> {
  const { name, model, provider, tasks } = deployment;
  if (dialect.form !== "deployments") {
    return { id: name, object: "model", created: MODEL_CREATED_SECONDS, owned_by: provider };
  }
  return {
    id: name,
    object: "model",
    created_at: MODEL_CREATED_SECONDS,
    status: "succeeded",
    ...(model !== name && { model }),
    capabilities: {
      fine_tune: tasks.includes("chat"),
      inference: true,
      completion: tasks.includes("completions"),
      chat_completion: tasks.includes("chat"),
      embeddings: tasks.includes("embeddings"),
    },
    lifecycle_status: "generally-available",
    deprecation: { inference: MODEL_DEPRECATED_SECONDS },
  };
}

const MODEL_DEPRECATED_SECONDS = 1_900_000_000;
