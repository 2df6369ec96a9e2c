// What each route asks of the service behind: who offers it, what its body may say, how its answer comes, and
// which objects it makes, names, lists or ends. One row per operation, like the route table. Pure data.

import { agentBodies } from "./agent-bodies.ts";
import { type AgentOperationName, agentOperations } from "./agent-operations.ts";
import type { Proof } from "./answer.ts";
import type { BodyCheck } from "./body-check.ts";
import { createBodyCheck } from "./body-check.ts";
import { chatMembers } from "./chat-schema.ts";
import type { Config, Upstream } from "./config.ts";
import type { Ending } from "./meter.ts";
import {
  completionMembers,
  embeddingMembers,
  imageEmbeddingMembers,
  imageMembers,
  speechMembers,
} from "./model-schema.ts";
import {
  batchMembers,
  conversationChangeMembers,
  conversationMembers,
  itemMembers,
  jobMembers,
} from "./object-schema.ts";
import type { OperatorRoute } from "./operator.ts";
import type { ObjectKind } from "./ownership.ts";
import { responseMembers } from "./response-schema.ts";
import type { RouteName } from "./routes.ts";

/** What is answered here, without a service or from the configuration's side of it. */
type OwnAnswer =
  | "session"
  | "sign_in"
  | OperatorRoute
  | "usage"
  | "models"
  | "model"
  | "info"
  | "projects"
  | "deployments"
  | "deployment"
  | "connections"
  | "connection";
export type OperationName = Exclude<RouteName, OwnAnswer>;

export interface Operation {
  readonly kinds: readonly Upstream["kind"][];
  readonly body: "none" | "json" | "form";
  /** Agents, and what belongs to them, are beside OpenAI's surface of a project. */
  readonly surface?: "agents";
  /**
   * Does it run a model? `path`: Azure OpenAI names it by the path, others in the body; `body`: all in the body;
   * `maybe`: in the body, or it is the agent's; `definition`: in the body's definition.
   */
  readonly model?: "path" | "body" | "maybe" | "definition";
  /** How the whole answer comes. `text` may be JSON, too; `bytes` is streamed and never held. */
  readonly answer: "json" | "text" | "bytes";
  /** What the whole answer must hold to be one. Nothing: bytes, and lists that are put together here. */
  readonly proof: Proof;
  /** Whole answers with images in them may be longer. */
  readonly images?: true;
  /** How a streamed answer ends: chat with [DONE], others with an event that says so. */
  readonly ends?: Ending | "run";
  readonly creates?: ObjectKind;
  /** The member of the answer that names what was made. Default `id`. */
  readonly createdAs?: "thread_id" | "name";
  /** What is made gets its name from the caller, so it must be nobody else's. */
  readonly claims?: true;
  /** The body is a merge patch, and is sent as one. */
  readonly patches?: true;
  /** Answers name files that the agent made: they belong to the caller, too. */
  readonly produces?: "agent_file";
  /** Changes or ends what the path names: the operator's own agents are not for that. */
  readonly changes?: true;
  readonly deletes?: ObjectKind;
  readonly lists?: ObjectKind;
  /** Members of the query that go on, checked. */
  readonly query?: readonly QueryMember[];
}

export type QueryMember =
  | "limit"
  | "order"
  | "after"
  | "before"
  | "purpose"
  | "include"
  | "include[]"
  | "stream"
  | "starting_after"
  | "include_obfuscation"
  | "run_id"
  | "runId"
  | "filter"
  | "top"
  | "skip"
  | "maxpagesize"
  | "period";

const everywhere = ["inference", "azure-openai", "openai", "projects"] as const;
const openai = ["azure-openai", "openai", "projects"] as const;
const conversing = ["openai", "projects"] as const;
const paging = ["limit", "order", "after", "before"] as const;
const including = ["include", "include[]"] as const;

export const operations: Readonly<Record<OperationName, Operation>> = {
  chat: { kinds: everywhere, body: "json", model: "path", answer: "json", proof: "choices", ends: "chat" },
  embeddings: { kinds: everywhere, body: "json", model: "path", answer: "json", proof: "data" },
  image_embeddings: { kinds: ["inference"], body: "json", model: "path", answer: "json", proof: "data" },
  completions: { kinds: openai, body: "json", model: "path", answer: "json", proof: "choices", ends: "chat" },
  transcriptions: {
    kinds: openai,
    body: "form",
    model: "path",
    answer: "text",
    proof: "text",
    ends: "transcript",
  },
  translations: { kinds: openai, body: "form", model: "path", answer: "text", proof: "text" },
  speech: { kinds: openai, body: "json", model: "path", answer: "bytes", proof: "nothing", ends: "speech" },
  image_generations: {
    kinds: openai,
    body: "json",
    model: "path",
    answer: "json",
    proof: "data",
    images: true,
    ends: "image",
  },
  image_edits: {
    kinds: openai,
    body: "form",
    model: "path",
    answer: "json",
    proof: "data",
    images: true,
    ends: "image",
  },

  file_create: { kinds: openai, body: "form", answer: "json", proof: "object", creates: "file" },
  file_list: {
    kinds: openai,
    body: "none",
    answer: "json",
    proof: "nothing",
    lists: "file",
    query: ["limit", "order", "after", "purpose"],
  },
  file_get: { kinds: openai, body: "none", answer: "json", proof: "object" },
  file_delete: { kinds: openai, body: "none", answer: "json", proof: "object", deletes: "file" },
  file_content: { kinds: openai, body: "none", answer: "bytes", proof: "nothing" },

  batch_create: { kinds: openai, body: "json", answer: "json", proof: "object", creates: "batch" },
  batch_list: {
    kinds: openai,
    body: "none",
    answer: "json",
    proof: "nothing",
    lists: "batch",
    query: ["limit", "after"],
  },
  batch_get: { kinds: openai, body: "none", answer: "json", proof: "object" },
  batch_cancel: { kinds: openai, body: "none", answer: "json", proof: "object" },

  job_create: { kinds: openai, body: "json", model: "body", answer: "json", proof: "object", creates: "job" },
  job_list: {
    kinds: openai,
    body: "none",
    answer: "json",
    proof: "nothing",
    lists: "job",
    query: ["limit", "after"],
  },
  job_get: { kinds: openai, body: "none", answer: "json", proof: "object" },
  job_cancel: { kinds: openai, body: "none", answer: "json", proof: "object" },
  job_events: { kinds: openai, body: "none", answer: "json", proof: "data", query: ["limit", "after"] },
  job_checkpoints: { kinds: openai, body: "none", answer: "json", proof: "data", query: ["limit", "after"] },

  response_create: {
    kinds: openai,
    body: "json",
    model: "body",
    answer: "json",
    proof: "object",
    images: true,
    ends: "response",
    creates: "response",
  },
  response_get: {
    kinds: openai,
    body: "none",
    answer: "json",
    proof: "object",
    images: true,
    ends: "response",
    query: [...including, "stream", "starting_after", "include_obfuscation"],
  },
  response_delete: { kinds: openai, body: "none", answer: "json", proof: "object", deletes: "response" },
  response_cancel: { kinds: openai, body: "none", answer: "json", proof: "object", images: true },
  response_input: {
    kinds: openai,
    body: "none",
    answer: "json",
    proof: "data",
    query: [...paging, ...including],
  },

  // Azure OpenAI has conversations under /openai/v1 only, which is an upstream of kind openai.
  conversation_create: {
    kinds: conversing,
    body: "json",
    answer: "json",
    proof: "object",
    creates: "conversation",
  },
  conversation_get: { kinds: conversing, body: "none", answer: "json", proof: "object" },
  conversation_update: { kinds: conversing, body: "json", answer: "json", proof: "object" },
  conversation_delete: {
    kinds: conversing,
    body: "none",
    answer: "json",
    proof: "object",
    deletes: "conversation",
  },
  item_create: { kinds: conversing, body: "json", answer: "json", proof: "data", query: including },
  item_list: {
    kinds: conversing,
    body: "none",
    answer: "json",
    proof: "data",
    query: [...paging, ...including],
  },
  item_get: { kinds: conversing, body: "none", answer: "json", proof: "object", query: including },
  item_delete: { kinds: conversing, body: "none", answer: "json", proof: "object" },

  ...agentOperations,
};

/** The checks of all JSON bodies, for one configuration. */
export function createBodyChecks(config: Config): ReadonlyMap<OperationName, BodyCheck> {
  const none: ReadonlySet<string> = new Set();
  return new Map<OperationName, BodyCheck>([
    ["chat", createBodyCheck(chatMembers(config), config.extraMembers)],
    ["completions", createBodyCheck(completionMembers(config), config.extraMembers)],
    ["embeddings", createBodyCheck(embeddingMembers(), config.extraMembers)],
    ["image_embeddings", createBodyCheck(imageEmbeddingMembers(config), config.extraMembers)],
    ["speech", createBodyCheck(speechMembers(), none)],
    ["image_generations", createBodyCheck(imageMembers(config), none)],
    ["batch_create", createBodyCheck(batchMembers(), none)],
    ["job_create", createBodyCheck(jobMembers(), none)],
    ["response_create", createBodyCheck(responseMembers(config), config.extraMembers)],
    ["conversation_create", createBodyCheck(conversationMembers(config), none)],
    ["conversation_update", createBodyCheck(conversationChangeMembers(), none)],
    ["item_create", createBodyCheck(itemMembers(config), none)],
    ...Object.entries(agentBodies(config)).map(
      ([name, members]) => [name as AgentOperationName, createBodyCheck(members, none)] as const,
    ),
  ]);
}
