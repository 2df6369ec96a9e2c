// The model deployments of a project, as a project lists them: those of the options and those that were fine-tuned.

import { findDeployment } from "./deployments.ts";
import { reading, stepIn } from "./enter.ts";
import { type Exchange, refuse as sendRefusal } from "./exchange.ts";
import type { JsonObject } from "./json.ts";
import { linkedPageOf } from "./linked-page.ts";
import type { Deployment, Task } from "./options.ts";
import type { RouteValues } from "./routes.ts";
import { sendJson } from "./send.ts";

const CAPABILITIES: Readonly<Record<Task, string>> = {
  chat: "chat_completion",
  completions: "completion",
  embeddings: "embeddings",
  "image-embeddings": "imageEmbeddings",
  transcription: "audio",
  speech: "audio",
  images: "imageGenerations",
};

function deploymentObject({ name, model, provider, tasks }: Required<Deployment>): JsonObject {
  const [, modelName = model, modelVersion = "1"] = /^(.+)-(\d{4}-\d{2}-\d{2})$/.exec(model) ?? [];
  return {
    type: "ModelDeployment",
    name,
    modelName,
    modelVersion,
    modelPublisher: provider,
    capabilities: Object.fromEntries(tasks.map((task) => [CAPABILITIES[task], "true"])),
    sku: { capacity: 100, family: "", name: "GlobalStandard", size: "", tier: "" },
  };
}

export async function listDeployments(exchange: Exchange): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const { settings, state, url } = exchange;
  const { searchParams } = url;
  const asked = (["modelPublisher", "modelName"] as const).map(
    (name) => [name, searchParams.get(name)] as const,
  );
  const type = searchParams.get("deploymentType");
  const all = [...settings.deployments, ...state.tuned.values()].map(deploymentObject);
  const fitting = all.filter(
    (deployment) =>
      asked.every(([name, value]) => value === null || deployment[name] === value) &&
      (type === null || deployment.type === type),
  );
  return reading(
    exchange,
    () => linkedPageOf(url, fitting),
    (page) => sendJson(exchange, page),
  );
}

export async function getDeployment(exchange: Exchange, { id = "" }: RouteValues): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const deployment = findDeployment(exchange, id);
  if (deployment !== undefined) return sendJson(exchange, deploymentObject(deployment));
  return sendRefusal(exchange, { reason: "not-found", message: `Deployment '${id}' not found.` });
}
