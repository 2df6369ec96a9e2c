// The body of a run's creation, with what its agent says where the body is silent. Throws Refused.

import {
  type AgentToolChoice,
  readResources,
  readResponseFormat,
  readToolChoice,
  readTools,
} from "./agent-tools.ts";
import { findAgent } from "./agents.ts";
import type { Exchange } from "./exchange.ts";
import { isObject, type JsonObject, Refused, refuse, refuseDeep } from "./json.ts";
import { bool, elsewhere, integer, list, metadata, number, object, oneOf, text } from "./members.ts";
import { type Members, readMembers } from "./read-members.ts";
import type { ResponseFormat } from "./request.ts";
import { type NewMessage, readNewMessage } from "./thread-message.ts";
import { type NewThread, readNewThread } from "./threads.ts";

const MEMBERS: Members = {
  assistant_id: text,
  model: text,
  instructions: text,
  tools: list,
  stream: bool,
  temperature: number(0, 2),
  top_p: number(0, 1),
  max_prompt_tokens: integer(256),
  max_completion_tokens: integer(1),
  truncation_strategy: object,
  tool_choice: elsewhere,
  response_format: elsewhere,
  parallel_tool_calls: bool,
  metadata,
};
const IN_A_THREAD: Members = { ...MEMBERS, additional_instructions: text, additional_messages: list };
const WITH_A_THREAD: Members = { ...MEMBERS, thread: object, tool_resources: object };

/** What does not change from the run's creation to its end. */
export interface RunSettings {
  readonly assistantId: string;
  readonly model: string;
  readonly instructions: string;
  readonly tools: readonly JsonObject[];
  /** Of the agent, or those that came with the run. */
  readonly resources: JsonObject;
  readonly maxPromptTokens: number | undefined;
  readonly maxCompletionTokens: number | undefined;
  readonly lastMessages: number | undefined;
  readonly toolChoice: AgentToolChoice;
  readonly format: ResponseFormat;
  readonly parallel: boolean;
  /** Whether the stream shows what a file search has found. */
  readonly includesResults: boolean;
  /** Members that the run object repeats. */
  readonly echoed: JsonObject;
}

export interface RunRequest {
  readonly settings: RunSettings;
  readonly stream: boolean;
  readonly messages: readonly NewMessage[];
  readonly metadata: unknown;
}

export function readRunRequest(exchange: Exchange): RunRequest {
  const body = readMembers(exchange.dialect, exchange.record.body, IN_A_THREAD);
  refuseDeep(body);
  const additional = (body.additional_messages ?? []) as unknown[];
  const messages = additional.map((message, index) =>
    readNewMessage(exchange, message, `additional_messages[${index}].`),
  );
  return { ...readRun(exchange, body), messages };
}

export function readThreadAndRun(exchange: Exchange): RunRequest & { readonly thread: NewThread } {
  const body = readMembers(exchange.dialect, exchange.record.body, WITH_A_THREAD);
  refuseDeep(body);
  // The thread comes last: its resources may make a vector store, which a refusal should not leave behind.
  const run = readRun(exchange, body);
  return { ...run, messages: [], thread: readNewThread(exchange, JSON.stringify(body.thread ?? {})) };
}

function readRun(exchange: Exchange, body: JsonObject): Omit<RunRequest, "messages"> {
  const { assistant_id: assistantId } = body;
  if (assistantId === undefined) refuse("missing-parameter", "assistant_id", assistantId, "an agent's id");
  const agent = findAgent(exchange, assistantId)?.object;
  if (agent === undefined) {
    const message = `No assistant found with id '${assistantId}'.`;
    throw new Refused({ reason: "not-found", message });
  }
  const tools = body.tools === undefined ? agent.tools : readTools(body.tools);
  const said = [body.instructions ?? agent.instructions, body.additional_instructions];
  const toolChoice = readToolChoice(body.tool_choice, tools);
  const format = readResponseFormat(body.response_format ?? agent.response_format ?? undefined);
  const truncation = readTruncation(body.truncation_strategy);
  const resources =
    body.tool_resources === undefined
      ? (agent.tool_resources ?? {})
      : readResources(exchange, body.tool_resources);
  const parallel = body.parallel_tool_calls !== false;
  return {
    stream: body.stream === true,
    metadata: body.metadata ?? {},
    settings: {
      assistantId: agent.id,
      model: (body.model as string | undefined) ?? agent.model,
      instructions: said.filter((part) => typeof part === "string" && part !== "").join("\n"),
      tools,
      resources,
      maxPromptTokens: body.max_prompt_tokens as number | undefined,
      maxCompletionTokens: body.max_completion_tokens as number | undefined,
      lastMessages: truncation.type === "last_messages" ? truncation.last_messages : undefined,
      toolChoice,
      format,
      parallel,
      includesResults: readInclude(exchange),
      echoed: {
        temperature: body.temperature ?? agent.temperature,
        top_p: body.top_p ?? agent.top_p,
        max_prompt_tokens: body.max_prompt_tokens ?? null,
        max_completion_tokens: body.max_completion_tokens ?? null,
        truncation_strategy: truncation,
        tool_choice: body.tool_choice ?? "auto",
        response_format: body.response_format ?? agent.response_format,
        tool_resources: resources,
        parallel_tool_calls: parallel,
      },
    },
  };
}

interface Truncation {
  readonly type: string;
  readonly last_messages: number | undefined;
}

function readTruncation(value: unknown): { type: string; last_messages: number | undefined } {
  if (!isObject(value)) return { type: "auto", last_messages: undefined } satisfies Truncation;
  const { type, last_messages: last } = value;
  oneOf("auto", "last_messages")(type, "truncation_strategy.type");
  const given = last ?? undefined;
  if (given !== undefined) integer(1)(given, "truncation_strategy.last_messages");
  if (type === "last_messages" && given === undefined) {
    refuse("missing-parameter", "truncation_strategy.last_messages", given, "an integer");
  }
  return { type: type as string, last_messages: given as number | undefined };
}

const INCLUDE = "step_details.tool_calls[*].file_search.results[*].content";

/** Throws Refused for anything but the one value that there is. */
export function readInclude({ url }: Exchange): boolean {
  const given = ["include[]", "include"].flatMap((name) => url.searchParams.getAll(name));
  const asked = given.flatMap((one) => one.split(",")).filter((one) => one !== "");
  for (const one of asked) oneOf(INCLUDE)(one, "include[]");
  return asked.length > 0;
}
