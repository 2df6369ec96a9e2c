/** An operation about to be sent -> what it is in the words of the conventions. Pure; nothing here reads what is said. */
import type { Operation } from "../http/request.ts";

/** Anything that was parsed: a member may be missing or of another type. */
export type Members = Record<string, unknown>;

/** What kind of work an operation is; agents' names are those of the Azure SDKs. */
export type Kind =
  | "chat"
  | "text_completion"
  | "embeddings"
  | "create_agent"
  | "update_agent"
  | "create_thread"
  | "create_message"
  | "list_messages"
  | "start_thread_run"
  | "create_thread_run"
  | "process_thread_run"
  | "get_thread_run"
  | "list_thread_runs"
  | "update_thread_run"
  | "cancel_thread_run"
  | "submit_tool_outputs"
  | "list_run_steps";

/** Whose service it is. */
export type Provider = "inference" | "azure-openai" | "openai" | "agents";

/** One operation that leaves a span. */
export interface Subject {
  kind: Kind;
  provider: Provider;
  /** Runs an agent: what newer conventions call `invoke_agent`. */
  invokes: boolean;
  url: URL;
  /** The request's members; empty where it has none or isn't JSON. */
  body: Members;
  /** Ids and names in the path. */
  ids: { agent?: string; agentName?: string; thread?: string; run?: string; deployment?: string };
}

type Row = [method: string, path: RegExp, kind: Kind];

const MODELS: Row[] = [
  ["POST", /\/chat\/completions$/, "chat"],
  ["POST", /\/responses$/, "chat"],
  ["POST", /\/completions$/, "text_completion"],
  ["POST", /\/embeddings$/, "embeddings"],
];
const RUN = String.raw`\/threads\/(?<thread>[^/]+)\/runs\/(?<run>[^/]+)`;
const AGENTS: Row[] = [
  ["POST", /\/assistants$/, "create_agent"],
  ["POST", /\/assistants\/(?<agent>[^/]+)$/, "update_agent"],
  ["POST", /\/agents$/, "create_agent"],
  ["POST", /\/agents\/(?<agentName>[^/]+)\/versions$/, "create_agent"],
  ["POST", /\/threads$/, "create_thread"],
  ["POST", /\/threads\/runs$/, "create_thread_run"],
  ["POST", /\/threads\/(?<thread>[^/]+)\/messages$/, "create_message"],
  ["GET", /\/threads\/(?<thread>[^/]+)\/messages$/, "list_messages"],
  ["POST", /\/threads\/(?<thread>[^/]+)\/runs$/, "start_thread_run"],
  ["GET", /\/threads\/(?<thread>[^/]+)\/runs$/, "list_thread_runs"],
  ["GET", new RegExp(`${RUN}$`), "get_thread_run"],
  ["POST", new RegExp(`${RUN}$`), "update_thread_run"],
  ["POST", new RegExp(`${RUN}/cancel$`), "cancel_thread_run"],
  ["POST", new RegExp(`${RUN}/submit_tool_outputs$`), "submit_tool_outputs"],
  ["GET", new RegExp(`${RUN}/steps$`), "list_run_steps"],
];
/** Operations of agents, by the first part of their path: a project may be named like any of them. */
const AGENT_NAMES = /^(assistants|threads|agents)$/;

/** What an operation is, or nothing for one that leaves no span, as that of a file. */
export function subjectOf({ name, method, url, body, stream }: Readonly<Operation>): Subject | undefined {
  // A request of the caller's own making may be anything.
  if (name === "request") return undefined;
  const parsed = new URL(url);
  const isAgents = AGENT_NAMES.test(name);
  for (const [verb, path, kind] of isAgents ? AGENTS : MODELS) {
    const match = verb === method && path.exec(parsed.pathname);
    if (!match) continue;
    const members = parse(body);
    const groups = Object.entries(match.groups ?? {}).map(([key, value]) => [key, decode(value)]);
    const deployment = /\/deployments\/([^/]+)\//.exec(parsed.pathname)?.[1];
    const ids: Subject["ids"] = Object.fromEntries(groups);
    if (deployment) ids.deployment = decode(deployment);
    const agent = agentOf(members);
    if (agent) ids.agentName = agent;
    const runs = /^(start_thread|create_thread)_run$/.test(kind);
    return {
      kind: runs && stream ? "process_thread_run" : kind,
      provider: isAgents || agent ? "agents" : providerOf(parsed),
      invokes: runs || agent !== undefined,
      url: parsed,
      body: members,
      ids,
    };
  }
  return undefined;
}

/** The agent that a response is asked of. */
function agentOf(body: Members): string | undefined {
  const { name } = Object(body.agent_reference ?? body.agent) as Members;
  return typeof name === "string" ? name : undefined;
}

function providerOf({ pathname, hostname, searchParams }: URL): Provider {
  if (/\/openai\//.test(pathname) || hostname.endsWith(".openai.azure.com")) return "azure-openai";
  return searchParams.has("api-version") ? "inference" : "openai";
}

function parse(body: Operation["body"]): Members {
  if (typeof body !== "string" && !(body instanceof Uint8Array)) return {};
  try {
    const value: unknown = JSON.parse(typeof body === "string" ? body : new TextDecoder().decode(body));
    return membersOf(value);
  } catch {
    return {};
  }
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** An object's members; none of anything else. */
export function membersOf(value: unknown): Members {
  return typeof value === "object" && value !== null ? (value as Members) : {};
}

/** The elements of a list; none of anything else. */
export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
