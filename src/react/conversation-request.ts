/** The shown path and the settings -> what the model is asked. Pure. */
import type { ChatMessage, ContentPart } from "../chat/types.ts";
import type { AssistantMessage, Attachment, ChatSettings, Message, UserMessage } from "./message.ts";

/** What a model is asked that did not come to its end. */
export const CONTINUE =
  "Your last message broke off. Go on exactly where it ended, in the middle of a word if need be. Repeat nothing of it.";

/** The whole body. @throws {SyntaxError} when the schema of the settings is no JSON. */
export function requestOf(
  path: readonly Message[],
  settings: ChatSettings,
): Record<string, unknown> & {
  messages: ChatMessage[];
  stream: boolean;
  stream_options: { include_usage: boolean };
} {
  const messages = messagesOf(path, settings);
  return { ...settingsOf(settings), messages, stream: true, stream_options: { include_usage: true } };
}

/**
 * The messages for an answer to the last question of `path`, or, where `path` ends with an answer, for the rest of it.
 * Questions that got no text are left out with their answers, because services refuse two questions in a row.
 */
function messagesOf(path: readonly Message[], { systemPrompt }: ChatSettings): ChatMessage[] {
  const messages: ChatMessage[] = [];
  if (systemPrompt.trim() !== "") messages.push({ role: "system", content: systemPrompt });
  for (let at = 0; at < path.length; at += 1) {
    const message = path[at]!;
    if (message.role === "assistant") continue;
    const answer = path[at + 1] as AssistantMessage | undefined;
    if (answer && !answer.text && !answer.refusal) continue;
    messages.push(questionOf(message));
    if (answer) messages.push(...answerOf(answer));
  }
  if (path.at(-1)?.role === "assistant") messages.push({ role: "user", content: CONTINUE });
  return messages;
}

/** The members of a request that the settings decide. */
function settingsOf(settings: ChatSettings): Record<string, unknown> {
  const { model, temperature, maxTokens, jsonSchema } = settings;
  return {
    model,
    ...(temperature !== null && { temperature }),
    ...(maxTokens !== null && { max_tokens: maxTokens }),
    ...(jsonSchema.trim() !== "" && {
      response_format: {
        type: "json_schema",
        json_schema: { name: "answer", schema: JSON.parse(jsonSchema) },
      },
    }),
  };
}

function questionOf({ text, attachments }: UserMessage): ChatMessage {
  if (attachments.length === 0) return { role: "user", content: text };
  const parts = attachments.map(partOf);
  return { role: "user", content: text === "" ? parts : [{ type: "text", text }, ...parts] };
}

function partOf({ kind, name, mediaType, data }: Attachment): ContentPart {
  if (kind === "image") return { type: "image_url", image_url: { url: data } };
  if (kind === "audio") {
    const format = /mpeg|mp3/.test(mediaType) ? "mp3" : (/(?:x-)?([a-z0-9]+)$/.exec(mediaType)?.[1] ?? "wav");
    return { type: "input_audio", input_audio: { data: data.replace(/^data:[^,]*,/, ""), format } };
  }
  return { type: "text", text: `File ${JSON.stringify(name)} (${mediaType}):\n\n${data}` };
}

/** An answer with the calls that led to it, as the model would have it. */
function answerOf({ text, refusal, toolCalls }: AssistantMessage): ChatMessage[] {
  const said: ChatMessage = { role: "assistant", content: text || refusal };
  const calls = toolCalls.filter(({ result }) => result !== null);
  if (calls.length === 0) return [said];
  return [
    {
      role: "assistant",
      content: null,
      tool_calls: calls.map((call) => ({
        id: call.id,
        type: "function",
        function: { name: call.name, arguments: call.arguments },
      })),
    },
    ...calls.map(
      ({ id, result }): ChatMessage => ({ role: "tool", tool_call_id: id, content: result ?? "" }),
    ),
    said,
  ];
}
