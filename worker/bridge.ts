// A caller that speaks the model inference API, and a service that speaks OpenAI's: what is said differently in requests
// and whole answers. Chat is nearly one dialect; the differences are a short list, in README.md too. What has no
// counterpart is refused by name, never left out in silence. Pure.
import type { Upstream } from "./config.ts";
import { type Dialect, type Refusal, type RefusalDetail, refuse } from "./refusals.ts";

type Members = Readonly<Record<string, unknown>>;

export type Bridged = "chat" | "embeddings";

/** Which of the two names a model takes for the most tokens of its answer. */
export type LimitMember = "max_tokens" | "max_completion_tokens";

export interface BridgeTo {
  readonly upstream: Pick<Upstream, "kind" | "url">;
  readonly limitMember: LimitMember;
}

export interface BridgedRequest {
  readonly ok: true;
  readonly members: Members;
  /** Was the limit given its other name? Then errors must give it its own again. */
  readonly renamed: boolean;
}

/** Is there a difference between what the caller speaks and what the service does? */
export function needsBridge(
  dialect: Dialect,
  operation: string,
  kind: Upstream["kind"],
): operation is Bridged {
  const speaksOpenAi = kind === "openai" || kind === "azure-openai" || kind === "projects";
  return dialect === "inference" && speaksOpenAi && (operation === "chat" || operation === "embeddings");
}

/** A checked body in the service's words. */
export function bridgeRequest(operation: Bridged, members: Members, to: BridgeTo): BridgedRequest | Refusal {
  return operation === "chat" ? bridgeChat(members, to) : bridgeEmbeddings(members);
}

function bridgeChat(members: Members, { upstream, limitMember }: BridgeTo): BridgedRequest | Refusal {
  const { max_tokens: limit, user_security_context: security, messages, ...rest } = members;
  if (security !== undefined && !isAzure(upstream)) return notTaken(["user_security_context"]);
  const renamed = limit !== undefined && limitMember === "max_completion_tokens";
  if (renamed && rest.max_completion_tokens !== undefined) {
    return notTaken(["max_tokens"], "stands beside max_completion_tokens, which is the same");
  }
  const told: unknown[] = [];
  for (const [index, message] of (messages as Members[]).entries()) {
    const bridged = bridgeMessage(message, index);
    if (!bridged.ok) return bridged;
    told.push(bridged.message);
  }
  return {
    ok: true,
    renamed,
    members: {
      messages: told,
      ...rest,
      ...(limit === undefined ? {} : { [renamed ? "max_completion_tokens" : "max_tokens"]: limit }),
      ...(security === undefined ? {} : { user_security_context: security }),
    },
  };
}

/** Audio by a data URL is a part of its own there; OpenAI has the bytes and one of two formats. */
const AUDIO = /^data:audio\/(wav|wave|x-wav|mp3|mpeg);base64,/i;

function bridgeMessage(message: Members, index: number): { ok: true; message: Members } | Refusal {
  const { content } = message;
  if (!Array.isArray(content)) return { ok: true, message };
  const parts: unknown[] = [];
  for (const [at, part] of (content as Members[]).entries()) {
    if (part.type !== "audio_url") {
      parts.push(part);
      continue;
    }
    const url = String((part.audio_url as Members).url);
    const found = AUDIO.exec(url.slice(0, 80));
    if (found === null) {
      const path = ["messages", String(index), "content", String(at), "audio_url"];
      return notTaken(path, "must be audio/wav or audio/mp3 for this model");
    }
    const format = /wav/i.test(found[1]!) ? "wav" : "mp3";
    parts.push({ type: "input_audio", input_audio: { data: url.slice(found[0].length), format } });
  }
  return { ok: true, message: { ...message, content: parts } };
}

const ENCODINGS = new Set(["float", "base64"]);

function bridgeEmbeddings({ input_type: type, ...rest }: Members): BridgedRequest | Refusal {
  // "text" is what saying nothing means; the others ask for another vector, which these models don't have.
  if (type !== undefined && type !== "text") return notTaken(["input_type"], "must be text for this model");
  if (rest.encoding_format !== undefined && !ENCODINGS.has(String(rest.encoding_format))) {
    return notTaken(["encoding_format"], "must be float or base64 for this model");
  }
  return { ok: true, members: rest, renamed: false };
}

/** As the model inference API says it: 422, with the place. Never the value. */
function notTaken(path: readonly string[], wording = "is not taken by this model"): Refusal {
  const param = path.join(".");
  return refuse("body_invalid", {
    status: 422,
    code: "parameter_not_supported",
    param,
    message: `The member "${param}" ${wording}.`,
    details: [{ loc: ["body", ...path] }],
  });
}

const AZURE = /(^|\.)(openai|services\.ai|cognitiveservices)\.azure\.(com|us|cn)$/;

function isAzure({ kind, url }: BridgeTo["upstream"]): boolean {
  return kind !== "openai" || (URL.canParse(url) && AZURE.test(new URL(url).hostname));
}

export interface AnswerRules {
  /** The model's public name. */
  readonly model: string;
  /** Results of Azure's content filter, which the model inference API has too. */
  readonly contentFilters: "keep" | "drop";
  /** For answers without an id of their own. */
  readonly requestId: string;
}

/** A whole answer in the caller's words. Members that only OpenAI has stay: the SDKs show them by name. */
export function bridgeAnswer(operation: Bridged, answer: Members, rules: AnswerRules): Members {
  const { model, contentFilters, requestId } = rules;
  if (operation === "embeddings") return { id: requestId, object: "list", ...answer, model };
  return {
    ...bridgeChunk(answer, { model, contentFilters }, "message"),
    object: "chat.completion",
  };
}

/** One chunk of a streamed answer; undefined when nothing is left of it. */
export function bridgeDelta(chunk: Members, rules: Omit<AnswerRules, "requestId">): Members | undefined {
  const bridged = bridgeChunk(chunk, rules, "delta");
  // Azure's first chunk has the filter's results and nothing else.
  const isEmpty = Array.isArray(bridged.choices) && bridged.choices.length === 0 && bridged.usage == null;
  if (isEmpty && rules.contentFilters === "drop") return undefined;
  return { ...bridged, object: "chat.completion.chunk" };
}

function bridgeChunk(
  { prompt_filter_results, choices, ...rest }: Members,
  { model, contentFilters }: Omit<AnswerRules, "requestId">,
  part: "message" | "delta",
): Members {
  const keeps = contentFilters === "keep";
  return {
    ...rest,
    id: typeof rest.id === "string" ? rest.id : "",
    created: typeof rest.created === "number" ? rest.created : 0,
    model,
    choices: (Array.isArray(choices) ? choices : []).map((choice) => bridgeChoice(choice, part, keeps)),
    ...(keeps && prompt_filter_results !== undefined ? { prompt_filter_results } : {}),
  };
}

function bridgeChoice(choice: unknown, part: "message" | "delta", keepsFilters: boolean): Members {
  const { content_filter_results, content_filter_offsets, content_filter_result, ...rest } = Object(
    choice,
  ) as Members;
  const filters = { content_filter_results, content_filter_offsets, content_filter_result };
  const said = Object(rest[part]) as Members;
  const { index = 0, finish_reason = null } = rest;
  return {
    ...rest,
    index,
    finish_reason,
    // The SDKs' types say that a whole message has content, if only null.
    [part]: part === "message" ? { role: "assistant", content: null, ...said } : said,
    ...(keepsFilters
      ? Object.fromEntries(Object.entries(filters).filter(([, result]) => result !== undefined))
      : {}),
  };
}

const CODES: Readonly<Record<string, { readonly status: number; readonly code: string }>> = {
  unsupported_parameter: { status: 422, code: "parameter_not_supported" },
  unsupported_value: { status: 422, code: "parameter_not_supported" },
  DeploymentNotFound: { status: 404, code: "unknown_model" },
  model_not_found: { status: 404, code: "unknown_model" },
};

/** What the service said of a request that it refused, in the caller's words. */
export function bridgeError(detail: RefusalDetail, renamed: boolean): RefusalDetail {
  const own = (text: string) => (renamed ? text.replace(/\bmax_completion_tokens\b/g, "max_tokens") : text);
  const mapped = Object.hasOwn(CODES, detail.code ?? "") ? CODES[detail.code!] : undefined;
  const param = detail.param === undefined ? undefined : own(detail.param);
  const places =
    mapped?.status === 422 && param !== undefined && detail.details === undefined
      ? { details: [{ loc: ["body", ...param.split(/[.[\]]+/).filter(Boolean)] }] }
      : {};
  return {
    ...detail,
    ...mapped,
    ...(param === undefined ? {} : { param }),
    ...(detail.message === undefined ? {} : { message: own(detail.message) }),
    ...places,
  };
}
