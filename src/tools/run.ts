/**
 * The tool loop: ask the model, do what it calls for, tell it the results, until it answers. One tool's call is
 * answered in `tool.ts`; the two dialects differ here in how a conversation goes on, and nowhere else.
 */
import type { ChatCompletions, ChatMessage } from "../chat/types.ts";
import { type ResponseAnswer, readAnswer, type WholeAnswer } from "./answer.ts";
import { answerCalls, type ToolCallResult, type ToolEvent } from "./calls.ts";
import { OutputError } from "./errors.ts";
import { Progress } from "./progress.ts";
import { type AnyTool, type CallSettings, define, isTime } from "./tool.ts";

type Create = (request: never, options?: never) => PromiseLike<unknown>;
/** A client of chat completions: `ChatCompletionsClient`, or one in the form of npm `openai`. */
export type ChatModel = { complete: Create } | { chat: { completions: { create: Create } } };
/** A client of responses, in the form of npm `openai`. */
export interface ResponsesModel {
  responses: { create: Create };
}

/** A tool that the service runs by itself, as `{ type: "web_search" }`. */
export interface HostedTool {
  type: string;
  execute?: never;
  [member: string]: unknown;
}

interface RunRequest {
  tools: readonly (AnyTool | HostedTool)[];
  /** Whether text comes as it's written, as `text-delta` events. */
  stream?: boolean | null | undefined;
  /** One that forces a call counts for the first answer only; with it the model could never come to an end. */
  tool_choice?: unknown;
  /** What else the service takes. */
  [member: string]: unknown;
}

/** A chat call with tools that can be run. */
export interface ChatRunRequest extends RunRequest {
  messages: readonly ChatMessage[];
}

/** A call of responses with tools that can be run. It goes on by `previous_response_id`, or by items if `store` is false. */
export interface ResponsesRunRequest extends RunRequest {
  input: string | readonly object[];
}

/** Options of {@link runTools}. */
export interface RunOptions {
  /** Aborts the run: the request under way and every tool. */
  signal?: AbortSignal | undefined;
  /** Most answers to ask the model for. Default 10. */
  maxSteps?: number | undefined;
  /** What happens when the last of them still calls tools: an {@link OutputError}, or a result as it is. Default `"throw"`. */
  atLimit?: "throw" | "stop" | undefined;
  /** Most tools at work at once. Default 8. */
  maxParallel?: number | undefined;
  /** How long a tool may take, in milliseconds; then the model is told so. Default 60 000. */
  toolTimeoutMs?: number | undefined;
  /** What the model is told of an error. Default: its message, at most 1 000 characters, never its stack. */
  describeError?: CallSettings["describeError"];
  /** Observes each run of a tool: the `trace` of `enableTelemetry`. Requests are observed by the client's own. */
  trace?: CallSettings["trace"];
  /** Told each event as it happens. An error it throws ends the run. */
  onEvent?: ((event: ToolEvent) => void) | undefined;
  /** Options for each request, as the client takes them: `timeoutMs`, `headers`. */
  call?: object | undefined;
}

/** What a run came to. */
export interface ToolResult<Whole = WholeAnswer> {
  /** The last answer. */
  final: Whole;
  /** Its text. */
  text: string;
  /** The whole conversation, in the wire's form: ready to be sent with one more question. */
  messages: object[];
  /** The usage of all answers, added up member by member. */
  usage: Record<string, unknown> | undefined;
  /** Every answer with the calls it led to. */
  steps: { answer: Whole; calls: ToolCallResult[] }[];
  /** The last answer calls tools that were not run, because of `maxSteps`. */
  stopped: boolean;
}

/** The events of a run, and its result. */
export type ToolRun<Whole = WholeAnswer> = Progress<ToolEvent, ToolResult<Whole>>;

/**
 * Lets a model call tools until it answers. The run begins when its events are read or its result is asked for; leaving
 * the loop ends it.
 *
 * A call's failure is told to the model, which may try again: a tool that doesn't exist, arguments that aren't JSON or
 * not what the schema asks for, a tool that throws or takes too long. Reading throws a {@link LatchkeyError}: those of
 * the client, `aborted`, and `output` when the model never comes to an end (`steps`), or when its answer is cut in the
 * middle of a call (`length`, `content_filter`), which is then not run.
 *
 * @throws {TypeError} when the client can't answer the request, or a tool or an option is wrong.
 *
 * @example
 * ```ts
 * import { ChatCompletionsClient } from "latchkey";
 * import { runTools, tool } from "latchkey/tools";
 *
 * const client = new ChatCompletionsClient("https://example.services.ai.azure.com/models", { key: "…" }, { model: "gpt-4.1" });
 * const time = tool({ name: "get_time", description: "The time now.", execute: () => new Date().toISOString() });
 * const run = runTools(client, { messages: [{ role: "user", content: "What time is it?" }], tools: [time], stream: true });
 * for await (const event of run) if (event.type === "text-delta") console.log(event.delta);
 * const { messages, usage } = await run.final();
 * ```
 */
export function runTools(
  client: ChatModel,
  request: ChatRunRequest,
  options?: RunOptions,
): ToolRun<ChatCompletions>;
export function runTools(
  client: ResponsesModel,
  request: ResponsesRunRequest,
  options?: RunOptions,
): ToolRun<ResponseAnswer>;
export function runTools(
  client: ChatModel | ResponsesModel,
  request: ChatRunRequest | ResponsesRunRequest,
  options: RunOptions = {},
): ToolRun<never> {
  const { signal, ...rest } = options;
  const { maxSteps = 10, maxParallel = 8, toolTimeoutMs = 60_000 } = rest;
  const bounds = { maxSteps, maxParallel, toolTimeoutMs };
  for (const [name, value] of Object.entries(bounds)) {
    const good = name === "toolTimeoutMs" ? isTime(value) : Number.isSafeInteger(value) && value > 0;
    if (!good) throw new TypeError(`${name} must be above 0, a whole number or a time that a timer takes.`);
  }
  const create = creator(client, "input" in request);
  const tools = new Map<string, AnyTool>();
  const definitions = request.tools.map((tool: AnyTool | HostedTool): object => {
    if (!isRunnable(tool)) return tool;
    if (tools.has(tool.name)) throw new TypeError(`There are two tools named ${tool.name}.`);
    tools.set(tool.name, tool);
    return define(tool, "input" in request);
  });
  const body = { ...request, tools: definitions as HostedTool[] };
  return new Progress(async function* (inner): AsyncGenerator<ToolEvent, ToolResult<never>> {
    const events = loop(create, body, tools, { ...rest, ...bounds, signal: inner });
    for (;;) {
      const { done, value } = await events.next();
      if (done) return value as ToolResult<never>;
      rest.onEvent?.(value);
      yield value;
    }
  }, signal);
}

function isRunnable(tool: AnyTool | HostedTool): tool is AnyTool {
  return typeof tool.execute === "function";
}

type Settings = CallSettings &
  Pick<RunOptions, "atLimit" | "call"> & { maxSteps: number; maxParallel: number };
type Ask = (body: object, options: object) => PromiseLike<unknown>;

/** The client's function that answers a request; it keeps its object. */
function creator(client: ChatModel | ResponsesModel, isResponses: boolean): Ask {
  const { complete, chat, responses } = Object(client) as Record<string, never>;
  const holder = (isResponses ? responses : complete ? client : Object(chat).completions) as Record<
    string,
    Ask
  >;
  const create = complete && !isResponses ? "complete" : "create";
  if (typeof holder?.[create] !== "function") {
    throw new TypeError(
      `client must have ${isResponses ? "responses.create for input" : "complete or chat.completions.create for messages"}.`,
    );
  }
  return (body, options) => holder[create]!(body, options);
}

async function* loop(
  ask: Ask,
  request: RunRequest,
  tools: ReadonlyMap<string, AnyTool>,
  settings: Settings,
): AsyncGenerator<ToolEvent, ToolResult> {
  const { signal, call, maxSteps } = settings;
  const { input, messages: given } = request;
  const isChat = given !== undefined;
  const first = typeof input === "string" ? [{ role: "user", content: input }] : (given ?? input);
  const messages = [...(first as object[])];
  const result = { messages, steps: [], stopped: false, text: "" } as unknown as ToolResult;
  let body: object = request;
  for (let step = 1; ; step++) {
    yield { type: "step-start", step };
    const asked = ask(body, { ...call, signal });
    const answer = yield* readAnswer(asked, signal, (delta): ToolEvent => ({ ...delta, step }));
    const { whole, text, cut, calls, usage, said } = answer;
    messages.push(...said);
    result.final = whole;
    result.text = text;
    if (usage) result.usage = sum(result.usage, usage);
    const outcomes: ToolCallResult[] = [];
    result.steps.push({ answer: whole, calls: outcomes });
    yield { type: "step-end", step, answer: whole, calls };
    if (!calls.length) return result;
    if (cut) throw new OutputError(cut, { partial: result });
    if (step >= maxSteps) {
      if (settings.atLimit !== "stop") throw new OutputError("steps", { partial: result });
      result.stopped = true;
      return result;
    }
    yield* answerCalls(calls, tools, settings, step, outcomes);
    const results = outcomes.map(({ callId, output }) =>
      isChat
        ? { role: "tool", tool_call_id: callId, content: output }
        : { type: "function_call_output", call_id: callId, output },
    );
    messages.push(...results);
    body = isChat ? { ...request, messages: [...messages] } : nextInput(request, whole, messages, results);
    body = { ...body, ...unforced(request.tool_choice) };
  }
}

/** How responses go on: the service remembers, unless it was asked not to. */
function nextInput(request: RunRequest, whole: WholeAnswer, messages: object[], results: object[]): object {
  if (request.conversation) return { ...request, input: results };
  if (request.store === false) return { ...request, input: [...messages] };
  return { ...request, input: results, previous_response_id: whole.id };
}

function unforced(choice: unknown): object | undefined {
  const { type, mode } = Object(choice) as { type?: unknown; mode?: unknown };
  return choice === "required" || type === "function" || mode === "required"
    ? { tool_choice: "auto" }
    : undefined;
}

/** Adds up numbers member by member, as deep as they are. */
function sum(total: Record<string, unknown> = {}, more: object): Record<string, unknown> {
  const added = new Map(Object.entries(total));
  for (const [name, value] of Object.entries(more)) {
    const before = added.get(name);
    if (typeof value === "number") added.set(name, ((before as number | undefined) ?? 0) + value);
    else if (value && typeof value === "object")
      added.set(name, sum(before as Record<string, unknown>, value));
  }
  return Object.fromEntries(added);
}
