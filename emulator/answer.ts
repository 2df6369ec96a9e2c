// What the emulator says. One table of intents, first match wins; each intent's words live in a file of their own.
// Deterministic: the same conversation and random source give the same answer. It understands nothing: it matches.

import { codeAnswer, wantsCode } from "./answer-code.ts";
import { listAnswer, showcase, tableAnswer } from "./answer-markdown.ts";
import { arithmetic } from "./answer-maths.ts";
import {
  farewellAnswer,
  greetingAnswer,
  imagesAnswer,
  memoryAnswer,
  plainAnswer,
  wordsAnswer,
} from "./answer-prose.ts";
import { answerToolResults, callTools } from "./answer-tools.ts";
import { sampleValue } from "./json-schema.ts";
import type { Deployment } from "./options.ts";
import type { Random } from "./random.ts";
import type { ChatMessage, ChatRequest, ToolCall } from "./request.ts";

export interface Answer {
  readonly reasoning_content?: string;
  readonly content?: string;
  readonly refusal?: string;
  readonly toolCalls: readonly ToolCall[];
}

/** A conversation as the intents see it. */
export interface Conversation {
  /** The last thing the user said. */
  readonly text: string;
  /** What the user said before, oldest first. */
  readonly earlier: readonly string[];
  /** System and developer messages, joined. */
  readonly system: string;
  readonly images: ChatMessage["images"];
  readonly audioParts: number;
  readonly model: string;
  readonly random: Random;
}

/** Returns undefined when it is not the intent. */
type Intent = (conversation: Conversation) => string | undefined;

const when =
  (pattern: RegExp, write: (conversation: Conversation) => string): Intent =>
  (conversation) =>
    pattern.test(conversation.text) ? write(conversation) : undefined;

const ECHO =
  /^\s*(?:please\s+)?(?:echo|repeat after me|repeat|say)\b(?:\s+(?:exactly|this))?\s*[:,-]?\s*(?=\S)/i;
/** The longest answer by word count; more would only be a way to fill a disk. */
const MAX_WORDS = 50_000;

const INTENTS: readonly Intent[] = [
  ({ text }) =>
    ECHO.test(text) ? text.replace(ECHO, "").replace(/^(["'“])([\s\S]*)["'”]\s*$/, "$2") : undefined,
  (conversation) =>
    conversation.images.length > 0 || conversation.audioParts > 0 ? imagesAnswer(conversation) : undefined,
  (conversation) => {
    const count = /\b(\d{1,3}(?:,\d{3})+|\d{1,6})[- ]words?\b/i.exec(conversation.text)?.[1];
    if (count === undefined) return undefined;
    return wordsAnswer(conversation, Math.min(MAX_WORDS, Number(count.replaceAll(",", ""))));
  },
  memoryAnswer,
  when(/\b(?:markdown|formatting|everything you can (?:show|render))\b/i, showcase),
  when(/\b(?:table|tabular|spreadsheet)\b/i, tableAnswer),
  (conversation) => (wantsCode(conversation.text) ? codeAnswer(conversation) : undefined),
  ({ text }) => arithmetic(text),
  when(/\b(?:list|bullets?|bullet points|steps|checklist|ideas|tips|reasons)\b/i, listAnswer),
  when(
    /^\W*(?:hi|hello|hey|hiya|howdy|good (?:morning|afternoon|evening)|bonjour|hola|hallo|ciao|salut|servus)\b.{0,40}$/i,
    greetingAnswer,
  ),
  when(/^\W*(?:thanks|thank you|thx|cheers|bye|goodbye|see you)\b.{0,40}$/i, farewellAnswer),
];

export function answerRequest(
  request: ChatRequest,
  deployment: Required<Deployment>,
  random: Random,
  ids: Random,
): Answer {
  const conversation = conversationOf(request, deployment, random);
  const toolCalls = callTools(request, conversation, ids);
  if (toolCalls.length > 0) return { toolCalls };
  const content = contentOf(request, conversation);
  if (!deployment.reasoning) return { content, toolCalls: [] };
  return { reasoning_content: reasoning(conversation), content, toolCalls: [] };
}

function contentOf(request: ChatRequest, conversation: Conversation): string {
  const { responseFormat } = request;
  if (responseFormat.type === "json_schema") {
    return JSON.stringify(sampleValue(responseFormat.schema, conversation.text, conversation.random));
  }
  const said = answerToolResults(request) ?? spoken(conversation);
  const wantsJson = responseFormat.type === "json_object" || asksForJson(conversation.system);
  if (wantsJson) return JSON.stringify({ question: conversation.text, answer: said }, null, 2);
  return /\b(?:brief|briefly|concise|short|one sentence|single sentence)\b/i.test(conversation.system)
    ? firstParagraph(said)
    : said;
}

function spoken(conversation: Conversation): string {
  for (const intent of INTENTS) {
    const said = intent(conversation);
    if (said !== undefined) return said;
  }
  return plainAnswer(conversation);
}

function asksForJson(system: string): boolean {
  return /\b(?:answer|respond|reply|return|output|speak)\b[^.]{0,40}\bjson\b/i.test(system);
}

function firstParagraph(text: string): string {
  return text.split("\n\n", 1)[0] ?? text;
}

function reasoning({ text, earlier }: Conversation): string {
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  const history = earlier.length === 0 ? "" : ` This is message ${earlier.length + 1} of the conversation.`;
  return `The user wrote: "${shown}".${history} First I look for a request I know: an echo, code, a table, a list, a sum, a number of words. Then I write the answer that fits it best, and keep it readable.`;
}

function conversationOf(
  request: ChatRequest,
  deployment: Required<Deployment>,
  random: Random,
): Conversation {
  const users = request.messages.filter((message) => message.role === "user");
  const last = users.at(-1);
  return {
    text: last?.text.trim() ?? "",
    earlier: users.slice(0, -1).map((message) => message.text.trim()),
    system: request.messages
      .filter((message) => message.role === "system" || message.role === "developer")
      .map((message) => message.text)
      .join("\n"),
    images: last?.images ?? [],
    audioParts: last?.audioParts ?? 0,
    model: deployment.name,
    random,
  };
}
