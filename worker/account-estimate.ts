// What a call is held at before it is sent: which operations use a model, how long their answers may get, and the body
// that says so. Pure.
import type { Call } from "./ask.ts";
import type { Model, Upstream } from "./config.ts";
import type { Estimate, LedgerLimits } from "./ledger.ts";
import type { OperationName } from "./operations.ts";
import { OUTPUT_MEMBERS } from "./policy.ts";
import { DEFAULT_OUTPUT_TOKENS, estimateOf, type Price, tokensOfBody } from "./prices.ts";
import type { Route } from "./routes.ts";

/**
 * `answers`: a model writes, at a length that the body limits. `uses`: a model reads, or makes what isn't counted in
 * tokens beforehand. `unseen`: models work later, where no usage is told. `none`: no model works.
 */
export type Consumption = "answers" | "uses" | "unseen" | "none";

const CONSUMPTION: Partial<Record<OperationName, Consumption>> = {
  chat: "answers",
  completions: "answers",
  response_create: "answers",
  run_create: "answers",
  thread_run: "answers",
  embeddings: "uses",
  image_embeddings: "uses",
  transcriptions: "uses",
  translations: "uses",
  speech: "uses",
  image_generations: "uses",
  image_edits: "uses",
  batch_create: "unseen",
  job_create: "unseen",
  evaluation_create: "unseen",
};

export const consumptionOf = (operation: OperationName): Consumption => CONSUMPTION[operation] ?? "none";

/** By how much of what: a limit on these needs an estimate. */
const AMOUNTS = [
  "tokensPerMinute",
  "tokensPerDay",
  "tokensPerMonth",
  "microsPerDay",
  "microsPerMonth",
] as const;

export const limitsAmounts = (limits: LedgerLimits) => AMOUNTS.some((name) => limits[name] !== undefined);
export const limitsMoney = ({ microsPerDay, microsPerMonth }: LedgerLimits) =>
  microsPerDay !== undefined || microsPerMonth !== undefined;

type Members = Readonly<Record<string, unknown>>;
type CalledRoute = Pick<Route, "dialect"> & { readonly name: OperationName };

/** The name that bounds an answer of this operation. The model inference API has one; the bridge renames it. */
function outputMember(
  { name, dialect }: CalledRoute,
  model: Model | undefined,
): (typeof OUTPUT_MEMBERS)[number] {
  if (name === "response_create") return "max_output_tokens";
  if (name === "chat" && dialect !== "inference") return model?.outputMember ?? "max_tokens";
  return name === "chat" || name === "completions" ? "max_tokens" : "max_completion_tokens";
}

const asksForUsage = ({ stream_options }: Members) =>
  (Object(stream_options) as { include_usage?: unknown }).include_usage === true;

/** Not every endpoint of the model inference API takes the wish; Azure OpenAI does from this version on. */
const tellsUsageWhenAsked = ({ kind, apiVersion = "" }: Upstream) =>
  kind !== "inference" && (kind !== "azure-openai" || apiVersion >= "2024-09");

export interface Prepared {
  readonly members: Members;
  readonly estimate: Estimate;
  /** `n` times prompts. */
  readonly answers: number;
  /** The service tells usage at the end of the stream, which the caller has not asked for. */
  readonly dropsUsage: boolean;
}

/** F02, F10 The body with a bound on its answer and, of a stream, with a wish for its usage; and what that may cost. */
export function prepare(
  route: CalledRoute,
  { asked: { model }, places, members, stream, upload }: Call,
  price: Price | undefined,
): Prepared {
  const { name: operation } = route;
  const answering = consumptionOf(operation) === "answers";
  const told = answering && (operation === "chat" || operation === "completions") && stream;
  const dropsUsage =
    told && !asksForUsage(members) && places.every(({ upstream }) => tellsUsageWhenAsked(upstream));
  const changed = {
    ...bounded(members),
    ...(answering && boundOf(members) === undefined
      ? { [outputMember(route, model)]: DEFAULT_OUTPUT_TOKENS }
      : {}),
    ...(dropsUsage
      ? { stream_options: { ...(members.stream_options as object | undefined), include_usage: true } }
      : {}),
  };
  const used = upload === undefined ? changed : Object.fromEntries(upload.fields);
  const tokens = tokensOfBody(used, {
    imageTokens: price?.imageTokens,
    ...(answering ? {} : { defaultOutput: 0 }),
  });
  return {
    members: answering ? changed : members,
    estimate: estimateOf(price ?? { input: 0, output: 0 }, tokens),
    answers: answering ? Math.max(1, Math.round(tokens.tokensOut / boundOf(changed)!)) : 1,
    dropsUsage,
  };
}

/** 0 means "without end" to some servers, so it is no bound. */
function bounded(members: Members): Members {
  const isNone = (name: string, value: unknown) =>
    value === 0 && (OUTPUT_MEMBERS as readonly string[]).includes(name);
  return Object.fromEntries(Object.entries(members).filter(([name, value]) => !isNone(name, value)));
}

export function boundOf(members: Members): number | undefined {
  const given = [members.max_completion_tokens, members.max_tokens, members.max_output_tokens];
  return given.find((value): value is number => typeof value === "number" && value > 0);
}

/** The body of a call that may have less than it asked for: its answers end there by themselves. */
export function boundTo(members: Members, tokensOut: number, answers: number): Members {
  const each = Math.max(1, Math.floor(tokensOut / answers));
  const changes = OUTPUT_MEMBERS.filter((name) => typeof members[name] === "number").map((name) => [
    name,
    Math.min(each, members[name] as number),
  ]);
  return { ...members, ...Object.fromEntries(changes) };
}

/** What any of these models costs at most: of a call that doesn't say which one it uses. Undefined: one has no price. */
export function dearest(models: readonly Pick<Model, "price">[]): Price | undefined {
  const prices = models.map(({ price }) => price);
  if (prices.length === 0 || prices.includes(undefined)) return undefined;
  return (prices as Price[]).reduce((a, b) => ({
    input: Math.max(a.input, b.input),
    cachedInput: Math.max(a.cachedInput ?? a.input, b.cachedInput ?? b.input),
    output: Math.max(a.output, b.output),
    perCall: Math.max(a.perCall ?? 0, b.perCall ?? 0),
    ...(a.imageTokens === undefined && b.imageTokens === undefined
      ? {}
      : { imageTokens: Math.max(a.imageTokens ?? 0, b.imageTokens ?? 0) }),
  }));
}
