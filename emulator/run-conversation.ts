// A run's conversation as a chat request: what the thread says, what the agent is told, which functions it may call,
// and what its calls have brought.

import type { Exchange } from "./exchange.ts";
import { isObject, type JsonObject } from "./json.ts";
import type { ChatMessage, ChatRequest, Tool, ToolCall } from "./request.ts";
import type { Run } from "./run.ts";
import type { PlannedStep } from "./run-leg.ts";
import type { RunSettings } from "./run-request.ts";
import { chatMessage } from "./thread-message.ts";
import type { Thread } from "./threads.ts";
import { countPrompt } from "./tokens.ts";

/** Conversation so far, without what this run has done. */
export function chatRequest(exchange: Exchange, thread: Thread, run: Run): ChatRequest {
  const { settings } = run;
  const said = [...thread.messages.values()].filter(({ content }) => content.length > 0);
  const kept = settings.lastMessages === undefined ? said : said.slice(-settings.lastMessages);
  const system = settings.instructions === "" ? [] : [plain("system", settings.instructions)];
  return {
    model: settings.model,
    messages: [...system, ...kept.map((message) => chatMessage(exchange, message))],
    stream: false,
    includeUsage: true,
    n: 1,
    maxTokens: undefined,
    stop: [],
    seed: undefined,
    tools: [...functionsOf(settings), ...connectedOf(settings)],
    toolChoice: choiceOf(settings),
    parallelToolCalls: true,
    responseFormat: settings.format,
  };
}

export function plain(role: ChatMessage["role"], text: string, more: Partial<ChatMessage> = {}): ChatMessage {
  return { role, text, images: [], audioParts: 0, toolCalls: [], toolCallId: undefined, ...more };
}

/** The oldest messages go first; undefined when even the last one is too much. */
export function fitted(request: ChatRequest, settings: RunSettings, spent: number): ChatRequest | undefined {
  const most = (settings.maxPromptTokens ?? Number.POSITIVE_INFINITY) - spent;
  let { messages } = request;
  for (;;) {
    const shorter = { ...request, messages };
    if (countPrompt(shorter) <= most) return shorter;
    const oldest = messages.findIndex(({ role }) => role !== "system");
    if (oldest < 0 || oldest === messages.length - 1) return undefined;
    messages = messages.toSpliced(oldest, 1);
  }
}

function functionsOf({ tools }: RunSettings): readonly Tool[] {
  return tools.flatMap((tool) =>
    tool.type === "function" && isObject(tool.function) ? [toolFrom(tool.function)] : [],
  );
}

function toolFrom({ name, description, parameters }: JsonObject): Tool {
  return {
    name: name as string,
    description: typeof description === "string" ? description : "",
    parameters: parameters ?? { type: "object", properties: {} },
  };
}

const QUERY = { type: "object", properties: { query: { type: "string" } }, required: ["query"] };

export function connectedOf({ tools }: RunSettings): readonly Tool[] {
  return tools.flatMap(({ type, connected_agent: other }) =>
    type === "connected_agent" && isObject(other) ? [toolFrom({ ...other, parameters: QUERY })] : [],
  );
}

function choiceOf(settings: RunSettings): ChatRequest["toolChoice"] {
  const { toolChoice } = settings;
  if (typeof toolChoice === "string") return toolChoice;
  if (toolChoice.type === "function") return { name: toolChoice.name ?? "" };
  const [other] = connectedOf(settings);
  return toolChoice.type === "connected_agent" && other !== undefined ? { name: other.name } : "none";
}

/** What all calls of the run have brought, told as one round, so that the answer knows of each. */
export function toolMessages(run: Run, planned: readonly PlannedStep[]): readonly ChatMessage[] {
  const calls: ToolCall[] = [];
  const results: ChatMessage[] = [];
  const outputs = new Map(run.steps.flatMap((step) => [...step.outputs]));
  for (const step of [...run.steps.map(({ plan }) => plan), ...planned]) {
    if (step.type === "functions") {
      for (const call of step.calls) {
        calls.push(call);
        results.push(plain("tool", outputs.get(call.id) ?? "", { toolCallId: call.id }));
      }
    } else if (step.type === "hosted" && isObject(step.hosted.call.connected_agent)) {
      const { name, arguments: args, output } = step.hosted.call.connected_agent as Record<string, string>;
      calls.push({ id: step.hosted.call.id, name: name ?? "", arguments: args ?? "" });
      results.push(plain("tool", output ?? "", { toolCallId: step.hosted.call.id }));
    }
  }
  return calls.length === 0 ? [] : [plain("assistant", "", { toolCalls: calls }), ...results];
}
