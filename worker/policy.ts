// A checked body -> the body that this caller's group may send, or why not. Amounts of output are cut to the limit;
// everything else that is too much is refused, because a request that says less than the caller meant would only
// puzzle. Runs after the body's own check, so it meets known members; it doesn't rely on that. Pure.
import type { Limits } from "./config.ts";
import { familyOf, leavesNothing } from "./operation-family.ts";
import type { OperationName } from "./operations.ts";
import type { Rules } from "./policy-schema.ts";
import { applySystem } from "./policy-system.ts";
import { imagesIn, toolTypes } from "./policy-walk.ts";
import { type Dialect, type Refusal, refuse } from "./refusals.ts";

export type Members = Readonly<Record<string, unknown>>;
export type Applied = { readonly ok: true; readonly members: Members } | Refusal;

/** All names by which services are told how long an answer may be; the last ones come in by `extraMembers`. */
export const OUTPUT_MEMBERS = [
  "max_tokens",
  "max_completion_tokens",
  "max_output_tokens",
  "max_new_tokens",
  "max_gen_len",
  "max_length",
  "num_predict",
  "n_predict",
] as const;

/** Which one is set where the caller sets none. Chat: as its service likes it. */
const OUTPUT_OF: Partial<Record<OperationName, (typeof OUTPUT_MEMBERS)[number]>> = {
  completions: "max_tokens",
  response_create: "max_output_tokens",
  run_create: "max_completion_tokens",
  thread_run: "max_completion_tokens",
};

const RUNS_TOO: ReadonlySet<OperationName> = new Set([
  "chat",
  "embeddings",
  "image_embeddings",
  "image_generations",
  "image_edits",
  "speech",
  "transcriptions",
  "translations",
]);

/** What a request that runs a model is made of; nobody has to list it. */
const ESSENTIAL = new Set([
  "messages",
  "input",
  "prompt",
  "stream",
  "stream_options",
  "voice",
  "assistant_id",
  "thread",
  "additional_messages",
  "tool_outputs",
]);

export interface PolicyTarget {
  readonly operation: OperationName;
  /** Chat's name for the length of an answer at the service behind: `max_tokens` where the newer name isn't known. */
  readonly outputMember: "max_tokens" | "max_completion_tokens";
}

/** Before the body is read: may the caller use this operation, at this kind of address? */
export function allowsOperation(
  rules: Rules,
  operation: OperationName,
  dialect: Dialect,
): { ok: true } | Refusal {
  if (rules.dialects?.includes(dialect) === false) return refuse("dialect_not_allowed");
  if (rules.operations?.includes(familyOf(operation)) === false) return refuse("operation_not_allowed");
  if (!rules.objects && !leavesNothing(operation)) return refuse("operation_not_allowed");
  // A bare text has no place for a system prompt that would hold.
  if (rules.system !== undefined && operation === "completions") return refuse("operation_not_allowed");
  return { ok: true };
}

/** What a project has is told to those who may use agents at all. */
export function allowsProjects(rules: Rules, dialect: Dialect): { ok: true } | Refusal {
  return allowsOperation(rules, "agent_list", dialect);
}

/** The limits of a body that the group makes narrower. */
export function limitsFor(rules: Rules, limits: Limits): Limits {
  return {
    ...limits,
    bodyBytes: Math.min(limits.bodyBytes, rules.bodyBytes ?? limits.bodyBytes),
    choices: Math.min(limits.choices, rules.choices ?? limits.choices),
    imageBytes: Math.min(limits.imageBytes, rules.images?.bytes ?? limits.imageBytes),
  };
}

/** The same object comes back when nothing had to be changed: what must go on as it is can be held against that. */
export function applyPolicy(rules: Rules, target: PolicyTarget, members: Members): Applied {
  const refused =
    checkParameters(rules, target.operation, members) ??
    checkChoices(rules, members) ??
    checkTools(rules, members) ??
    checkImages(rules, members);
  if (refused !== undefined) return refused;
  const unkept = applyObjects(rules, target.operation, members);
  if (!unkept.ok) return unkept;
  const told = applySystem(rules.system, target.operation, unkept.members);
  return told.ok ? applyOutput(rules, target, told.members) : told;
}

function checkParameters(rules: Rules, operation: OperationName, members: Members): Refusal | undefined {
  const isWrong = wrongParameter(rules, operation);
  const wrong = Object.keys(members).find(isWrong);
  return wrong === undefined ? undefined : refuse("parameter_not_allowed", { param: wrong.slice(0, 64) });
}

/** The same for a form, field by field as they come. Undefined: the group says nothing of parameters. */
export function fieldCheck(
  rules: Rules,
  operation: OperationName,
): ((field: string) => Refusal | undefined) | undefined {
  if (rules.parameters === undefined) return undefined;
  const isWrong = wrongParameter(rules, operation);
  return (field) => {
    const name = field.replace(/\[.*$/, ""); // lists are written name[]
    return name !== "model" && isWrong(name) ? refuse("parameter_not_allowed", { param: name }) : undefined;
  };
}

function wrongParameter(rules: Rules, operation: OperationName): (name: string) => boolean {
  const { allowed, forbidden = [] } = rules.parameters ?? {};
  const runs = operation in OUTPUT_OF || RUNS_TOO.has(operation);
  const governed = new Set<string>([
    ...ESSENTIAL,
    ...(rules.maxTokens === undefined ? [] : OUTPUT_MEMBERS),
    ...(rules.choices === undefined ? [] : ["n", "best_of"]),
    ...(rules.tools === undefined
      ? []
      : ["tools", "tool_choice", "functions", "function_call", "data_sources"]),
    ...(rules.system === undefined ? [] : ["instructions"]),
  ]);
  return (name) =>
    forbidden.includes(name) ||
    (allowed !== undefined && runs && !allowed.includes(name) && !governed.has(name));
}

function checkChoices({ choices }: Rules, members: Members): Refusal | undefined {
  if (choices === undefined) return undefined;
  const { n = 1, best_of: best = 1, prompt } = members;
  if (!isCount(n)) return refuse("choices_not_allowed", { param: "n" });
  if (!isCount(best)) return refuse("choices_not_allowed", { param: "best_of" });
  // A list of numbers is one prompt in tokens.
  const prompts = Array.isArray(prompt) && typeof prompt[0] !== "number" ? Math.max(1, prompt.length) : 1;
  return Math.max(n, best) * prompts > choices
    ? refuse("choices_not_allowed", { param: prompts > 1 ? "prompt" : n >= best ? "n" : "best_of" })
    : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

function checkTools({ tools }: Rules, members: Members): Refusal | undefined {
  if (tools === undefined) return undefined;
  const isAllowed = (type: string) =>
    type === "function" || type === "custom" ? tools.functions : tools.hosted.includes(type);
  return toolTypes(members).every(isAllowed) ? undefined : refuse("tool_not_allowed", { param: "tools" });
}

function checkImages({ images }: Rules, members: Members): Refusal | undefined {
  if (images === undefined) return undefined;
  const { count, bytes } = imagesIn(members);
  const { most = Number.POSITIVE_INFINITY, bytes: room = Number.POSITIVE_INFINITY } = images;
  return count > most || bytes > room ? refuse("images_not_allowed") : undefined;
}

/** Who may keep nothing gets answers that are not kept, and none that build on what was. */
function applyObjects({ objects }: Rules, operation: OperationName, members: Members): Applied {
  if (objects || operation !== "response_create") return { ok: true, members };
  const kept = ["previous_response_id", "conversation", "agent", "agent_reference"].find(
    (name) => members[name] !== undefined,
  );
  if (kept !== undefined) return refuse("parameter_not_allowed", { param: kept });
  if (members.background === true) return refuse("parameter_not_allowed", { param: "background" });
  if (members.store === true) return refuse("parameter_not_allowed", { param: "store" });
  return { ok: true, members: members.store === false ? members : { ...members, store: false } };
}

/** Every name that is given is held to the limit: which one the service heeds is not ours to guess. */
function applyOutput(
  { maxTokens }: Rules,
  { operation, outputMember }: PolicyTarget,
  members: Members,
): Applied {
  if (maxTokens === undefined) return { ok: true, members };
  const { most, default: usual = most } = maxTokens;
  const given = OUTPUT_MEMBERS.filter((name) => members[name] !== undefined && members[name] !== null);
  const changes: Record<string, number> = {};
  for (const name of given) {
    const value = members[name];
    // 0 and below mean "without end" to some servers.
    if (!isCount(value)) return refuse("output_not_allowed", { param: name });
    if (most !== undefined && value > most) changes[name] = most;
  }
  const own = operation === "chat" ? outputMember : OUTPUT_OF[operation];
  // A name that only some servers know may be ignored by this one: then the known one is set beside it.
  const isBound = given.some((name) => name === own || (operation === "chat" && isOfChat(name)));
  if (own !== undefined && usual !== undefined && !isBound) changes[own] = usual;
  return { ok: true, members: Object.keys(changes).length === 0 ? members : { ...members, ...changes } };
}

const isOfChat = (name: string) => name === "max_tokens" || name === "max_completion_tokens";
