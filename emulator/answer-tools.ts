// Tool calls: which tools the question is about, their arguments by schema, and the answer once a result is there.

import type { Conversation } from "./answer.ts";
import { excerpt, keywords } from "./answer-prose.ts";
import { isObject, type JsonObject } from "./json.ts";
import { properNouns, sampleValue } from "./json-schema.ts";
import { type Random, randomId } from "./random.ts";
import type { ChatRequest, Tool, ToolCall } from "./request.ts";

const MAX_PARALLEL_CALLS = 4;

/** Empty when the answer is to be spoken. After a tool's result the emulator never calls again: it answers. */
export function callTools(
  request: ChatRequest,
  conversation: Conversation,
  ids: Random,
): readonly ToolCall[] {
  const { toolChoice, tools } = request;
  if (toolChoice === "none" || tools.length === 0 || request.messages.at(-1)?.role === "tool") return [];
  const chosen = chooseTools(request, conversation.text);
  const calls: ToolCall[] = [];
  for (const tool of chosen) {
    for (const text of subjects(tool, conversation.text, request.parallelToolCalls && chosen.length === 1)) {
      const value = sampleValue(tool.parameters, text, conversation.random);
      calls.push({ id: `call_${randomId(ids, 24)}`, name: tool.name, arguments: JSON.stringify(value) });
    }
  }
  return calls.slice(0, request.parallelToolCalls ? MAX_PARALLEL_CALLS : 1);
}

function chooseTools({ toolChoice, tools, parallelToolCalls }: ChatRequest, text: string): readonly Tool[] {
  if (typeof toolChoice === "object")
    return tools.filter((tool) => tool.name === toolChoice.name).slice(0, 1);
  const ranked = tools
    .map((tool) => ({ tool, score: relevance(tool, text) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ tool }) => tool);
  if (ranked.length === 0) return toolChoice === "required" ? tools.slice(0, 1) : [];
  // Several tools at once only when each is asked for in its own right: "the weather and the time in Paris".
  return parallelToolCalls && /\band\b|,/.test(text) ? ranked : ranked.slice(0, 1);
}

/** Words of the tool's own name count most; those of its description decide between tools. */
function relevance(tool: Tool, text: string): number {
  const said = new Set(keywords(text, 100).map(stem));
  const spokenName = text.toLowerCase().includes(tool.name.toLowerCase());
  const name = tool.name.split(/[_-]|(?<=[a-z])(?=[A-Z])/).map(stem);
  const inName = name.filter((word) => word.length > 2 && !VERBS.has(word) && said.has(word)).length;
  const inDescription = keywords(tool.description, 30)
    .map(stem)
    .filter((word) => word.length > 3 && said.has(word)).length;
  if (inName === 0 && !spokenName) return inDescription >= 2 ? inDescription : 0;
  return (spokenName ? 100 : 0) + inName * 10 + inDescription;
}

const VERBS = new Set([
  "get",
  "set",
  "fetch",
  "find",
  "look",
  "lookup",
  "run",
  "call",
  "make",
  "do",
  "current",
]);

function stem(word: string): string {
  return word.toLowerCase().replace(/(?:es|s|ing)$/, "");
}

/** One call for each thing named ("Paris and London") when the tool takes a single name. */
function subjects(tool: Tool, text: string, parallel: boolean): readonly string[] {
  const names = properNouns(text);
  if (!parallel || names.length < 2 || !takesOneName(tool.parameters)) return [text];
  return names.map(
    (name) => `${text.replace(/\p{Lu}[\p{L}'-]*/gu, (word) => word.toLowerCase())} for ${name}`,
  );
}

function takesOneName(parameters: unknown): boolean {
  if (!isObject(parameters) || !isObject(parameters.properties)) return false;
  const free = Object.values(parameters.properties).filter(
    (property): property is JsonObject =>
      isObject(property) && property.type === "string" && !("enum" in property),
  );
  return free.length === 1;
}

/** undefined unless the conversation ends with tool results. */
export function answerToolResults({ messages }: ChatRequest): string | undefined {
  if (messages.at(-1)?.role !== "tool") return undefined;
  const calls = new Map(messages.flatMap((message) => message.toolCalls).map((call) => [call.id, call]));
  const firstOfRun = messages.findLastIndex((message) => message.role !== "tool") + 1;
  const lines = messages.slice(firstOfRun).map((message) => {
    const call = calls.get(message.toolCallId ?? "");
    return `- **${call?.name ?? "tool"}**${argumentText(call)}: ${resultText(message.text)}`;
  });
  const question = messages.findLast((message) => message.role === "user")?.text ?? "";
  const asked = question === "" ? "" : ` to “${excerpt(question, 100)}”`;
  const source = lines.length === 1 ? "the tool says" : `the ${lines.length} tools say`;
  return `Here is what ${source}${asked}:\n\n${lines.join("\n")}`;
}

function argumentText(call: ToolCall | undefined): string {
  const given = parse(call?.arguments ?? "");
  if (!isObject(given)) return "";
  const values = Object.values(given).filter(
    (value) => typeof value === "string" || typeof value === "number",
  );
  return values.length === 0 ? "" : ` (${values.join(", ")})`;
}

function resultText(text: string): string {
  const result = parse(text);
  if (isObject(result)) {
    const facts = Object.entries(result).map(([name, value]) => {
      const shown = typeof value === "object" ? JSON.stringify(value) : String(value);
      return `${name.replaceAll("_", " ")} ${excerpt(shown, 200)}`;
    });
    return `${facts.join(", ")}.`;
  }
  return text === "" ? "nothing." : excerpt(text, 1000);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
