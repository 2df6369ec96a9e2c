// Which objects a request names: in its path, in documented members of its body, and as `file_id` at any depth.
// All of them must belong to the caller; ownership.ts knows. Pure.
import type { ObjectKind, Reference } from "./ownership.ts";
import { type Refusal, refuse } from "./refusals.ts";

const ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/;

const kinds: readonly ObjectKind[] = [
  "file",
  "batch",
  "job",
  "response",
  "conversation",
  "agent",
  "thread",
  "agent_file",
  "vector_store",
  "evaluation",
  "agent_name",
];

/** The object in the path. An id that no service gives out is as unknown as one of another caller. */
export function pathReferences(
  ids: Readonly<Record<string, string>>,
): { ok: true; references: Reference[] } | Refusal {
  if (!Object.values(ids).every((id) => ID.test(id) && !id.includes(".."))) return refuse("object_unknown");
  const references = kinds.flatMap((kind) => (Object.hasOwn(ids, kind) ? [{ kind, id: ids[kind]! }] : []));
  return { ok: true, references };
}

const members: Readonly<Record<string, ObjectKind>> = {
  input_file_id: "file",
  training_file: "file",
  validation_file: "file",
  previous_response_id: "response",
  conversation: "conversation",
};

export function bodyReferences(body: Readonly<Record<string, unknown>>): Reference[] {
  const named = Object.entries(members).flatMap(([member, kind]) => {
    const value = body[member];
    const id = typeof value === "object" && value !== null && "id" in value ? value.id : value;
    return typeof id === "string" ? [{ kind, id }] : [];
  });
  const agents = [body.agent, body.agent_reference].flatMap((one): Reference[] => {
    const { name } = Object(one) as { name?: unknown };
    return typeof name === "string" ? [{ kind: "agent_name", id: name }] : [];
  });
  // Metadata is the caller's own words, whatever it calls them.
  const { metadata: _, ...rest } = body;
  return distinct([...named, ...agents, ...fileReferences(rest)]);
}

function distinct(references: readonly Reference[]): Reference[] {
  return [...new Map(references.map((one) => [`${one.kind} ${one.id}`, one])).values()];
}

/** Members by which the bodies of agents name objects, wherever they are. */
const agentMembers: Readonly<Record<string, ObjectKind>> = {
  assistant_id: "agent",
  file_id: "agent_file",
  file_ids: "agent_file",
  vector_store_ids: "vector_store",
};
/** The caller's own words and schemas. */
const FREE = new Set(["metadata", "parameters", "spec", "schema", "tool_outputs"]);

/** What a body on the agents' surface names: agents, files and vector stores, at any depth. */
export function agentReferences(body: unknown): Reference[] {
  return distinct(namedWithin(body));
}

function namedWithin(value: unknown): Reference[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([member, one]): Reference[] => {
    if (FREE.has(member)) return [];
    const kind = Object.hasOwn(agentMembers, member) ? agentMembers[member] : undefined;
    if (kind !== undefined && (typeof one === "string" || Array.isArray(one))) {
      return [one].flat().flatMap((id) => (typeof id === "string" ? [{ kind, id }] : namedWithin(id)));
    }
    const connected = member === "connected_agent" ? Object(one).id : undefined;
    return typeof connected === "string" ? [{ kind: "agent", id: connected }] : namedWithin(one);
  });
}

/** `file_id` and `file_ids` wherever they are: parts of messages, containers of tools, and what comes next year. */
function fileReferences(value: unknown): Reference[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([member, one]): Reference[] => {
    if (member === "file_id" && typeof one === "string") return [{ kind: "file", id: one }];
    if (member === "file_ids" && Array.isArray(one)) {
      return one.flatMap((id) => (typeof id === "string" ? [{ kind: "file" as const, id }] : []));
    }
    return fileReferences(one);
  });
}

/** Files that the service made for the caller: they appear in its batches and jobs, and belong to it like these. */
export function producedFiles(answer: Readonly<Record<string, unknown>>): string[] {
  const { output_file_id, error_file_id, result_files } = answer;
  const ids = [output_file_id, error_file_id, ...(Array.isArray(result_files) ? result_files : [])];
  return ids.filter((id): id is string => typeof id === "string" && ID.test(id));
}
