// What a project's answers tell a caller: everything but what is the operator's. Addresses, subscription and resource
// group, what the operator's own agents were told to do, and the names of deployments. Pure.
import type { Upstream } from "./config.ts";
import type { Service } from "./upstream-error.ts";

const REDACTED = "[redacted]";
const ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/;
const ARM_ID = /^\/subscriptions\/\S+$/i;
/** Members whose text is somebody's words: there only what is known to be the operator's is taken out. */
const WORDS = new Set([
  "value",
  "text",
  "content",
  "instructions",
  "arguments",
  "output",
  "input",
  "metadata",
]);
/** Deeper than any object of the service's; beyond it nothing is passed. */
const MAX_DEPTH = 100;

type Members = Readonly<Record<string, unknown>>;

/** The answer without the operator's own; the very same object when there is nothing to take out. */
export function tell(answer: Members, service: Service): Members {
  const { nextLink, ...rest } = answer;
  const told = tellWithin(nextLink === undefined ? answer : rest, "", 0, service) as Members;
  return JSON.stringify(told) === JSON.stringify(answer) ? answer : told;
}

function tellWithin(value: unknown, member: string, depth: number, service: Service): unknown {
  if (typeof value === "string") return tellText(value, member, service);
  if (typeof value !== "object" || value === null) return value;
  if (depth > MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.map((one) => tellWithin(one, member, depth + 1, service));
  const within = WORDS.has(member) ? member : undefined;
  const told = Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, tellWithin(one, within ?? name, depth + 1, service)]),
  );
  return isOperators(value as Members, service.upstream) ? withoutOrders(told) : told;
}

/** The operator's agent, or a run of it. */
function isOperators({ object, id, assistant_id }: Members, { agents }: Upstream): boolean {
  const agent = object === "assistant" ? id : object === "thread.run" ? assistant_id : undefined;
  return typeof agent === "string" && agents.has(agent);
}

function withoutOrders(told: Record<string, unknown>) {
  return {
    ...told,
    ...("instructions" in told ? { instructions: "" } : {}),
    ...("tools" in told ? { tools: [] } : {}),
    ...("tool_resources" in told ? { tool_resources: null } : {}),
  };
}

function tellText(text: string, member: string, { upstream, models, secrets = [] }: Service): string {
  if (member === "model") return models.find(({ deployment }) => deployment === text)?.name ?? text;
  for (const [name, id] of upstream.connections) if (text === id) return name;
  if (!WORDS.has(member) && ARM_ID.test(text)) return text.slice(text.lastIndexOf("/") + 1);
  const known = knownOf(upstream);
  if (secrets.some((secret) => text.includes(secret))) return REDACTED;
  return known.test(text) ? text.replace(new RegExp(known.source, "gi"), REDACTED) : text;
}

const patterns = new WeakMap<Upstream, RegExp>();

/** What is the operator's and known: of the address all of it, of a workspace also what its path names. */
function knownOf(upstream: Upstream): RegExp {
  const made = patterns.get(upstream);
  if (made !== undefined) return made;
  const url = new URL(upstream.url);
  const [, subscription = "", group = ""] =
    /\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)/i.exec(url.pathname) ?? [];
  const plain = [upstream.url, url.origin, url.host, subscription].filter((one) => one.length > 7);
  const words = [
    ...plain.sort((a, b) => b.length - a.length).map(literal),
    ...(group === "" ? [] : [`resourceGroups/${literal(group)}`]),
  ];
  const pattern = new RegExp(words.join("|"), "i");
  patterns.set(upstream, pattern);
  return pattern;
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

/**
 * Files that an agent made: pictures and documents of the code interpreter, where messages and steps hold them. Not
 * anywhere else, because schemas that callers wrote come back in runs; and not citations, which name files that were read.
 */
export function filesMade(answer: Members): string[] {
  if (answer.object === "list") return membersIn(answer.data).flatMap(filesMade);
  const { content, step_details } = Object(answer.delta ?? answer) as Members;
  const ofMessage = membersIn(content).flatMap(({ image_file, text }) => [
    image_file,
    ...membersIn(Object(text).annotations).map(({ file_path }) => file_path),
  ]);
  const ofStep = membersIn(Object(step_details).tool_calls).flatMap(({ code_interpreter }) =>
    membersIn(Object(code_interpreter).outputs).map(({ image }) => image),
  );
  const made = /^thread\.message/.test(String(answer.object))
    ? ofMessage
    : /^thread\.run\.step/.test(String(answer.object))
      ? ofStep
      : [];
  return made.map((one) => Object(one).file_id).filter((id) => typeof id === "string" && ID.test(id));
}

function membersIn(list: unknown): Members[] {
  return Array.isArray(list) ? list.filter((one) => typeof one === "object" && one !== null) : [];
}
