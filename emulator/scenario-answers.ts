// What the scenarios answer with: pages, retry headers, completions with other words. Pure; the table that uses them
// is scenarios.ts.

import { BLOCKED_RESULTS, type Completion, type Part } from "./chat.ts";
import type { RawAnswer, Scenario, ScenarioCall, ScenarioContext } from "./scenario.ts";
import { tokenise } from "./tokens.ts";

export const INTERRUPTED = "The server had an error while processing your request. Sorry about that!";
export const REFUSAL = "I'm sorry, but I can't help with that. (The emulator was asked to refuse.)";
export const LOGIN_PAGE =
  '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>Sign in</title></head>\n<body><h1>Sign in to continue</h1><form method="post" action="/login"><input name="user"><button>Next</button></form></body>\n</html>\n';
export const MANY_SCRIPTS =
  "Grüße! 你好，世界。こんにちは、世界。안녕하세요, 세계. Привет, мир. 👋🌍 Family: 👨‍👩‍👧‍👦, flag: 🇺🇳, heart: ❤️‍🔥. Ελληνικά, עברית, العربية, हिन्दी, ไทย. Zażółć gęślą jaźń. €uro, naïve café, 𝄞 clef, 𠮷野家.";

export function textPart(kind: "content" | "refusal", text: string): Part {
  const pieces = tokenise(text);
  return { kind, pieces, tokens: pieces.length };
}

export function withParts(completion: Completion, parts: readonly Part[]): Completion {
  return { ...completion, choices: completion.choices.map(() => ({ parts, finish: "stop" })) };
}

export function say(completion: Completion, text: string): Completion {
  return withParts(completion, [textPart("content", text)]);
}

export function blockAfter(completion: Completion, tokens: number): Completion {
  const choices = completion.choices.map(({ parts }) => ({
    parts: [saidFirst(parts, tokens)],
    finish: "content_filter" as const,
  }));
  return { ...completion, choices };
}

export function failAfter(completion: Completion, tokens: number): Completion {
  return { ...stopAfter(completion, tokens), failed: true };
}

export function stopAfter(completion: Completion, tokens: number): Completion {
  const choices = completion.choices.map(({ parts, finish }) => ({
    parts: [saidFirst(parts, tokens)],
    finish,
  }));
  return { ...completion, choices };
}

function saidFirst(parts: readonly Part[], tokens: number): Part {
  const pieces = [...(parts.find((part) => part.kind === "content")?.pieces ?? [])].slice(0, tokens);
  return { kind: "content", pieces, tokens: pieces.length };
}

export function blockedPrompt({ path }: ScenarioContext): ReturnType<NonNullable<Scenario["refuse"]>> {
  const code = "ResponsibleAIPolicyViolation";
  const results = BLOCKED_RESULTS;
  if (path === "/images/generations" || path === "/images/edits") {
    return { reason: "image-content-filter", innererror: { code, content_filter_results: results } };
  }
  const innererror = {
    code,
    content_filter_result: { ...results, jailbreak: { filtered: false, detected: false } },
  };
  return { reason: "content-filter", param: "messages", innererror };
}

export function foreign(status: number, type: string, body: string): RawAnswer {
  return { status, headers: { "content-type": type }, body, foreign: true };
}

export function json(status: number, body: unknown): RawAnswer {
  const empty = status === 204 || status === 205 || status === 304;
  return {
    status,
    headers: empty ? {} : { "content-type": "application/json" },
    body: empty ? null : JSON.stringify(body),
    foreign: false,
  };
}

export function statusAnswer(status: number, { dialect }: ScenarioContext): RawAnswer {
  const message = `The emulator was asked for status ${status}.`;
  if (dialect.form === "serverless") return json(status, { status, code: String(status), message });
  if (dialect.name === "inference" || dialect.name === "projects")
    return json(status, { error: { code: String(status), message } });
  const type = status >= 500 ? "server_error" : "invalid_request_error";
  return json(status, { error: { message, type, param: null, code: null } });
}

export function retryHeaders(call: ScenarioCall, now: number): Record<string, string> {
  const seconds = call.number("retry-after");
  const send = call.string("send");
  const ms = String(Math.round(seconds * 1000));
  const headers: Record<string, string> = {};
  if (send === "all" || send === "seconds") headers["retry-after"] = String(Math.ceil(seconds));
  if (send === "date") headers["retry-after"] = new Date(now + seconds * 1000).toUTCString();
  if (send === "all" || send === "ms") headers["retry-after-ms"] = ms;
  if (send === "x-ms") headers["x-ms-retry-after-ms"] = ms;
  return headers;
}

export function shouldRetry(call: ScenarioCall): Record<string, string> {
  const value = call.string("should-retry");
  return value === "" ? {} : { "x-should-retry": value };
}

const OPERATION_NAMES: Readonly<Record<string, string>> = {
  "/chat/completions": "ChatCompletions_Create",
  "/completions": "Completions_Create",
  "/embeddings": "Embeddings_Create",
  "/images/embeddings": "ImageEmbeddings_Create",
  "/images/generations": "ImageGenerations_Create",
  "/audio/transcriptions": "Transcriptions_Create",
  "/audio/translations": "Translations_Create",
  "/audio/speech": "Speech_Create",
  "/responses": "Responses_Create",
};

export function rateLimit(
  call: ScenarioCall,
  { dialect, path, apiVersion, now }: ScenarioContext,
): ReturnType<NonNullable<Scenario["refuse"]>> {
  const kind = call.string("kind") === "tokens" ? "tokens" : "requests";
  const seconds = Math.ceil(call.number("retry-after"));
  const limit = kind === "tokens" ? "token" : "call";
  const ofProject = dialect.name === "agents" || dialect.name === "projects";
  const message = ofProject
    ? `Rate limit is exceeded. Try again in ${seconds} seconds.`
    : dialect.form === "openai"
      ? `Rate limit reached for ${kind}. Please try again in ${seconds}s.`
      : `Requests to the ${OPERATION_NAMES[path] ?? "Emulator"} Operation under Azure OpenAI API version ${apiVersion} have exceeded ${limit} rate limit of your current pricing tier. Please retry after ${seconds} seconds.`;
  return {
    reason: "rate-limit",
    message,
    headers: {
      ...retryHeaders(call, now),
      ...shouldRetry(call),
      [`x-ratelimit-remaining-${kind}`]: "0",
      [`x-ratelimit-reset-${kind}`]: dialect.form === "openai" ? `${seconds}s` : String(seconds),
    },
  };
}
