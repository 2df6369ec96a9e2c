/**
 * What is said -> attributes (conventions 1.41) or events (1.30). Attributes are made only where content is recorded; events
 * are told in either case, without it bare: who spoke, and the ids of tool calls.
 */
import { type Attributes, wordOf } from "./attributes.ts";
import { type Message, messageOf, messagesOf, partsOf } from "./messages.ts";
import { listOf, type Members, membersOf, type Subject } from "./subject.ts";

/** An event of a span. */
export interface SpanEvent {
  name: string;
  content: Members;
}

/** Messages in what is sent. */
function asked({ kind, body }: Subject): unknown[] {
  switch (kind) {
    case "chat":
      return typeof body.input === "string"
        ? [{ role: "user", content: body.input }]
        : [...listOf(body.messages), ...listOf(body.input)];
    case "text_completion":
      return [body.prompt].flat().map((content) => ({ role: "user", content }));
    case "create_message":
      return [body];
    case "create_thread":
      return listOf(body.messages);
    default:
      return [...listOf(membersOf(body.thread).messages), ...listOf(body.additional_messages)];
  }
}

function instructions({ body }: Subject): string[] {
  const given = [body.instructions, body.additional_instructions, membersOf(body.definition).instructions];
  return given.filter((text) => typeof text === "string" && text !== "") as string[];
}

/** Choices, items or messages of an answer, each a message with why it ended. */
function answered(subject: Subject, result: unknown): { value: Members; reason: unknown }[] {
  const answer = membersOf(result);
  if (subject.kind === "chat" || subject.kind === "text_completion") {
    const items = listOf(answer.output).map((item) => ({ value: membersOf(item), reason: answer.status }));
    const choices = listOf(answer.choices).map((choice) => {
      const { message, text, finish_reason: reason } = membersOf(choice);
      return { value: membersOf(message ?? { role: "assistant", content: text }), reason };
    });
    return [...choices, ...items.filter(({ value }) => /^(message|function_call)$/.test(`${value.type}`))];
  }
  const messages =
    subject.kind === "list_messages" ? listOf(answer.data) : listOf(membersOf(result).messages);
  return messages.map((message) => ({ value: membersOf(message), reason: membersOf(message).status }));
}

/** For 1.41: what was sent, as the opt-in attributes. */
export function requestContent(subject: Subject): Attributes {
  const { body } = subject;
  const texts = instructions(subject);
  const messages = messagesOf(asked(subject));
  const outputs = listOf(body.tool_outputs).map((output) => {
    const { tool_call_id: id, output: response } = membersOf(output);
    return { role: "tool", parts: [{ type: "tool_call_response", id, response }] } satisfies Message;
  });
  const tools = body.tools ?? membersOf(body.definition).tools;
  return {
    ...(texts.length > 0 && { "gen_ai.system_instructions": JSON.stringify(texts.flatMap(partsOf)) }),
    ...(messages.length + outputs.length > 0 && {
      "gen_ai.input.messages": JSON.stringify([...messages, ...outputs]),
    }),
    ...(Array.isArray(tools) && { "gen_ai.tool.definitions": JSON.stringify(tools) }),
  };
}

/** For 1.41: what was answered. */
export function answerContent(subject: Subject, result: unknown): Attributes {
  const messages = answered(subject, result).map(({ value, reason }) => ({
    ...messageOf(value),
    ...(typeof reason === "string" && { finish_reason: reason }),
  }));
  return messages.length > 0 ? { "gen_ai.output.messages": JSON.stringify(messages) } : {};
}

const ROLES = /^(system|user|assistant|tool)$/;

/** For 1.30: what was sent, as events. */
export function requestEvents(subject: Subject, recordContent: boolean): SpanEvent[] {
  const texts = instructions(subject);
  const system = { role: "system", content: texts.join(" ") };
  const outputs = listOf(subject.body.tool_outputs).map((output) => ({
    role: "tool",
    tool_call_id: membersOf(output).tool_call_id,
    content: membersOf(output).output,
  }));
  const all = [...(texts.length > 0 ? [system] : []), ...asked(subject), ...outputs];
  return all.map((message) => messageEvent(membersOf(message), recordContent));
}

/** For 1.30: what was answered, as events. */
export function answerEvents(subject: Subject, result: unknown, recordContent: boolean): SpanEvent[] {
  return answered(subject, result).map(({ value, reason }, index) => {
    const { content } = messageEvent(value, recordContent);
    if (subject.provider === "agents" && subject.kind !== "chat") return messageEvent(value, recordContent);
    return { name: "gen_ai.choice", content: { finish_reason: wordOf(reason), index, message: content } };
  });
}

function messageEvent(message: Members, recordContent: boolean): SpanEvent {
  const { role: given, content, tool_call_id: id } = message;
  const role =
    given === "developer" ? "system" : typeof given === "string" && ROLES.test(given) ? given : "user";
  const calls = listOf(message.tool_calls).map((value) => {
    const { id, function: called } = membersOf(value);
    return { id, type: "function", ...(recordContent && { function: called }) };
  });
  return {
    name: `gen_ai.${role}.message`,
    content: {
      role,
      ...(recordContent && content !== undefined && { content }),
      ...(typeof id === "string" && { id }),
      ...(calls.length > 0 && { tool_calls: calls }),
    },
  };
}
