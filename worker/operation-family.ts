// Operations in the words of a policy: an operator allows "chat" or "files", not every route by itself. Pure data.
import type { OperationName } from "./operations.ts";

export const FAMILIES = [
  "chat",
  "completions",
  "responses",
  "embeddings",
  "images",
  "audio",
  "files",
  "batches",
  "fine_tuning",
  "conversations",
  "agents",
  "evaluations",
] as const;

export type Family = (typeof FAMILIES)[number];

const OWN: Partial<Record<OperationName, Family>> = {
  chat: "chat",
  completions: "completions",
  embeddings: "embeddings",
  image_embeddings: "embeddings",
  transcriptions: "audio",
  translations: "audio",
  speech: "audio",
};

const BY_PREFIX: readonly (readonly [prefix: string, family: Family])[] = [
  ["image_", "images"],
  ["file_", "files"],
  ["batch_", "batches"],
  ["job_", "fine_tuning"],
  ["response_", "responses"],
  ["conversation_", "conversations"],
  ["item_", "conversations"],
  ["evaluation_", "evaluations"],
];

/** Agents have the most routes and get the newest; what is nothing else is theirs. */
export function familyOf(operation: OperationName): Family {
  const found = OWN[operation] ?? BY_PREFIX.find(([prefix]) => operation.startsWith(prefix))?.[1];
  return found ?? "agents";
}

/** Whose answers leave nothing behind at the service, if they are not kept. */
const STATELESS: ReadonlySet<Family> = new Set(["chat", "completions", "embeddings", "images", "audio"]);

export function leavesNothing(operation: OperationName): boolean {
  return STATELESS.has(familyOf(operation)) || operation === "response_create";
}
