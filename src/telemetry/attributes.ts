/**
 * Requests and answers -> attributes of a span, by either set of conventions. Nothing of what is said is in them: that is
 * `content.ts`, for who asks for it. What a service says is taken only where its form fits, for a service may say anything.
 * Contract: GenAI semantic conventions 1.41.0; 1.30.0 with what the Azure SDKs of its time added.
 */
import type { TraceEnd } from "../http/trace.ts";
import type { Conventions } from "./options.ts";
import { listOf, type Members, membersOf, type Provider, type Subject } from "./subject.ts";

export type Attributes = Record<string, string | number | boolean | string[]>;

/** By the conventions of 1.30 and of 1.41. */
const PROVIDERS: Record<Provider, Record<Conventions, string>> = {
  inference: { "1.30": "az.ai.inference", "1.41": "azure.ai.inference" },
  "azure-openai": { "1.30": "az.ai.openai", "1.41": "azure.ai.openai" },
  openai: { "1.30": "openai", "1.41": "openai" },
  agents: { "1.30": "az.ai.agents", "1.41": "microsoft.foundry" },
};

/** Members of a request that are numbers, and their attributes. */
const NUMBERS: [member: string, attribute: string][] = [
  ["temperature", "gen_ai.request.temperature"],
  ["top_p", "gen_ai.request.top_p"],
  ["frequency_penalty", "gen_ai.request.frequency_penalty"],
  ["presence_penalty", "gen_ai.request.presence_penalty"],
  ["seed", "gen_ai.request.seed"],
];

/** Longest text of an attribute that isn't content: ids, names. */
const MAX_TEXT = 256;

/** Text that identifies something, cut to a length. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value ? value.slice(0, MAX_TEXT) : undefined;
}

/** A word of the wire, as a status or a reason, which are all written alike; anything else is none. */
export function wordOf(value: unknown): string | undefined {
  return typeof value === "string" && /^[a-z][a-z0-9_]{0,39}$/.test(value) ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** Leaves out what isn't there. */
function present(attributes: Record<string, Attributes[string] | undefined>): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).filter(([, value]) => value !== undefined),
  ) as Attributes;
}

/** The operation's name. */
export function operationOf({ kind, invokes }: Subject, conventions: Conventions): string {
  return invokes && conventions === "1.41" ? "invoke_agent" : kind;
}

/** The span's name: what is done, and by what. */
export function spanName(subject: Subject, conventions: Conventions): string {
  const { kind, provider, body, ids } = subject;
  const target =
    provider === "agents"
      ? kind === "create_agent" || ids.agentName
        ? (ids.agentName ?? body.name)
        : undefined
      : modelOf(subject);
  return [operationOf(subject, conventions), textOf(target)].filter(Boolean).join(" ");
}

function modelOf({ body, ids }: Subject): unknown {
  return body.model ?? membersOf(body.definition).model ?? ids.deployment;
}

/** The attributes that metrics share with spans. */
export function identity(subject: Subject, conventions: Conventions): Attributes {
  const { url, provider } = subject;
  const port = Number(url.port) || (url.protocol === "http:" ? 80 : 443);
  const isNew = conventions === "1.41";
  return present({
    "gen_ai.operation.name": operationOf(subject, conventions),
    [isNew ? "gen_ai.provider.name" : "gen_ai.system"]: PROVIDERS[provider][conventions],
    "gen_ai.request.model": textOf(modelOf(subject)),
    "server.address": url.hostname,
    "server.port": isNew || port !== 443 ? port : undefined,
  });
}

/** What a span says from its start. */
export function requestAttributes(
  subject: Subject,
  conventions: Conventions,
  stream: boolean,
  recordContent: boolean,
): Attributes {
  const { body, provider, kind } = subject;
  const isNew = conventions === "1.41";
  const isAgents = provider === "agents";
  const stop = (Array.isArray(body.stop) ? body.stop : [body.stop]).filter((one) => typeof one === "string");
  const most = numberOf(body.max_tokens ?? body.max_completion_tokens ?? body.max_output_tokens);
  const isEra = isAgents && !isNew;
  const format = formatOf(body);
  const encoding = wordOf(body.encoding_format);
  const choices = numberOf(body.n);
  return present({
    ...identity(subject, conventions),
    ...(provider !== "openai" && {
      [isNew ? "azure.resource_provider.namespace" : "az.namespace"]: "Microsoft.CognitiveServices",
    }),
    ...Object.fromEntries(NUMBERS.map(([member, attribute]) => [attribute, numberOf(body[member])])),
    [isEra ? "gen_ai.request.max_output_tokens" : "gen_ai.request.max_tokens"]: most,
    "gen_ai.request.max_input_tokens": isEra ? numberOf(body.max_prompt_tokens) : undefined,
    "gen_ai.request.stop_sequences": stop.length ? (stop as string[]) : undefined,
    "gen_ai.request.encoding_formats": encoding ? [encoding] : undefined,
    "gen_ai.request.response_format": isEra ? format : undefined,
    ...agentAttributes(subject, conventions, recordContent),
    ...(isNew && {
      "gen_ai.request.top_k": numberOf(body.top_k),
      "gen_ai.request.choice.count": choices === 1 ? undefined : choices,
      "gen_ai.request.stream": kind === "embeddings" || !stream ? undefined : true,
      "gen_ai.embeddings.dimension.count": numberOf(body.dimensions),
      "gen_ai.output.type": format && (format.startsWith("json") ? "json" : format),
      "gen_ai.conversation.id":
        textOf(body.conversation) ?? textOf(membersOf(body.conversation).id) ?? textOf(subject.ids.thread),
    }),
  });
}

function formatOf(body: Members): string | undefined {
  const format = body.response_format ?? membersOf(body.text).format;
  return wordOf(format) ?? wordOf(membersOf(format).type);
}

/** A description tells the model what it is, so it counts as content. */
function agentAttributes(
  { kind, body, ids, provider }: Subject,
  version: Conventions,
  recordContent: boolean,
) {
  if (provider !== "agents") return {};
  const isAgent = /_agent$/.test(kind);
  return {
    "gen_ai.agent.id": textOf(ids.agent ?? body.assistant_id ?? body.agent_id),
    "gen_ai.agent.name": textOf(ids.agentName ?? (isAgent ? body.name : undefined)),
    "gen_ai.agent.description": isAgent && recordContent ? textOf(body.description) : undefined,
    ...(version === "1.30" && { "gen_ai.thread.id": textOf(ids.thread) }),
    "gen_ai.thread.run.id": textOf(ids.run),
  };
}

/** What a span says at its end: of the answer, as far as it came. */
export function responseAttributes(
  subject: Subject,
  { result, requestId, retries }: TraceEnd,
  conventions: Conventions,
): Attributes {
  const isNew = conventions === "1.41";
  const { kind, provider } = subject;
  const answer = answerOf(result);
  const { usage, status } = answer;
  const counts = membersOf(usage);
  const input = membersOf(counts.prompt_tokens_details ?? counts.input_tokens_details);
  const output = membersOf(counts.completion_tokens_details ?? counts.output_tokens_details);
  const reasons = listOf(answer.choices).map((choice) => wordOf(membersOf(choice).finish_reason));
  const isModel = /^(chat|text_completion|embeddings)$/.test(kind);
  const isResponse = isModel && answer.object === "response";
  if (isResponse) reasons.push(wordOf(membersOf(answer.incomplete_details).reason) ?? wordOf(status));
  const known = reasons.filter((reason) => reason !== undefined);
  return present({
    "gen_ai.response.id": isModel ? textOf(answer.id) : undefined,
    "gen_ai.response.model": textOf(answer.model),
    "gen_ai.response.finish_reasons": known.length ? known : undefined,
    "gen_ai.usage.input_tokens": numberOf(counts.prompt_tokens ?? counts.input_tokens),
    "gen_ai.usage.output_tokens": numberOf(counts.completion_tokens ?? counts.output_tokens),
    ...(isModel ? {} : answeredAgent(subject, answer, conventions)),
    ...(isNew && {
      "gen_ai.usage.cache_read.input_tokens": numberOf(input.cached_tokens),
      "gen_ai.usage.reasoning.output_tokens": numberOf(output.reasoning_tokens),
    }),
    "http.request.resend_count": retries || undefined,
    ...(provider !== "openai" && {
      [isNew ? "azure.service.request.id" : "az.service_request_id"]: textOf(requestId),
    }),
  });
}

/** The answer itself; of a run that was streamed, the run. */
function answerOf(result: unknown): Members {
  const members = membersOf(result);
  return members.run ? membersOf(members.run) : members;
}

function answeredAgent({ kind, ids, body }: Subject, answer: Members, conventions: Conventions): object {
  const { id, status } = answer;
  if (/^list_/.test(kind)) return {};
  const isRun = /_run$|^submit/.test(kind);
  const thread = textOf(ids.thread ?? answer.thread_id ?? (kind === "create_thread" ? id : undefined));
  const isMessage = kind === "create_message";
  const isAgent = /_agent$/.test(kind);
  return {
    [conventions === "1.41" ? "gen_ai.conversation.id" : "gen_ai.thread.id"]: thread,
    "gen_ai.thread.run.id": isRun ? textOf(id ?? ids.run) : undefined,
    "gen_ai.thread.run.status": isRun ? wordOf(status) : undefined,
    "gen_ai.message.id": isMessage ? textOf(id) : undefined,
    "gen_ai.message.status": isMessage ? wordOf(status) : undefined,
    "gen_ai.agent.id": textOf(isAgent ? id : (answer.assistant_id ?? body.assistant_id)),
    "gen_ai.agent.version": isAgent ? textOf(answer.version) : undefined,
  };
}

/** Names of errors that may be told: made by programs, never by what they work on. */
const ERROR_NAME = /^[A-Z]\w{0,59}Error$/;

/** Why an operation failed, in one word of few: a status, a name of an error, what a service calls its own failure. */
export function errorType({ error, status, result }: Partial<TraceEnd>): string | undefined {
  if (error !== undefined) {
    const { name, kind } = membersOf(error);
    if (kind === "api" && status && status >= 400) return `${status}`;
    return typeof name === "string" && ERROR_NAME.test(name) ? name : "_OTHER";
  }
  const answer = answerOf(result);
  if (answer.status !== "failed") return undefined;
  return wordOf(membersOf(answer.error ?? answer.last_error).code) ?? "failed";
}
