/**
 * What a conversation is made of: a tree of messages. Each names the one it follows, so that an edited question or a
 * second answer is a sibling of the first and nothing is ever overwritten. Plain JSON, to be stored as it is.
 */

/** Something that goes along with a question. */
export interface Attachment {
  readonly id: string;
  readonly kind: "image" | "audio" | "file";
  readonly name: string;
  readonly mediaType: string;
  /** In bytes. */
  readonly size: number;
  /** A `data:` URL; of a text file its text. */
  readonly data: string;
}

export interface UserMessage {
  readonly id: string;
  /** The answer it follows; null at the beginning. */
  readonly parentId: string | null;
  readonly role: "user";
  readonly text: string;
  readonly attachments: readonly Attachment[];
  /** Milliseconds since 1970 by the clock of whoever wrote it. For show: order comes from ids. */
  readonly createdAt: number;
}

/**
 * How an answer stands. It ends as `done`, `stopped` (somebody asked for that), `cut` (it broke off after it had begun)
 * or `failed`.
 */
export type Phase = "waiting" | "streaming" | "done" | "stopped" | "cut" | "failed";

/** A call of a tool by the model. */
export interface AnswerToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON as the model wrote it, so it may be wrong JSON. */
  readonly arguments: string;
  /** What the model was told; null while the tool is at work. */
  readonly result: string | null;
  readonly failed: boolean;
}

export interface AnswerCitation {
  readonly title: string;
  readonly url: string | null;
  readonly content: string;
}

/** What a content filter stopped, of the question or of the answer. */
export interface FilteredContent {
  readonly category: string;
  readonly severity: string | null;
}

/** In tokens. */
export interface AnswerUsage {
  readonly prompt: number;
  readonly completion: number;
  /** Of `completion`, what the model thought. */
  readonly reasoning: number;
  /** Of `prompt`, what the service had seen before. */
  readonly cached: number;
}

/** What went wrong, as a sentence and a next step. `detail` is for whoever runs the service. */
export interface AnswerFailure {
  readonly title: string;
  readonly advice: string;
  readonly detail: string;
}

export interface AssistantMessage {
  readonly id: string;
  /** The question it answers. */
  readonly parentId: string;
  readonly role: "assistant";
  readonly model: string;
  readonly createdAt: number;
  readonly phase: Phase;
  readonly text: string;
  readonly reasoning: string;
  readonly refusal: string;
  readonly toolCalls: readonly AnswerToolCall[];
  readonly citations: readonly AnswerCitation[];
  readonly filtered: readonly FilteredContent[];
  readonly usage: AnswerUsage | null;
  /** The service's word for why it ended, as `stop`, `length` or `content_filter`. */
  readonly finishReason: string | null;
  readonly firstTokenMs: number | null;
  /** From the first reasoning to the first text. */
  readonly reasoningMs: number | null;
  readonly durationMs: number | null;
  /** The id to quote to the service's support. */
  readonly requestId: string | null;
  /** The proxy's budget headers of this answer, by their names. */
  readonly budget: Readonly<Record<string, string>> | null;
  readonly failure: AnswerFailure | null;
}

export type Message = UserMessage | AssistantMessage;

/** Every message by its id, and the last one of the path that is shown. */
export interface ChatTree {
  readonly messages: Readonly<Record<string, Message>>;
  readonly leaf: string | null;
}

/** A message among those that follow the same one. */
export interface Siblings {
  /** Oldest first; at least the message itself. */
  readonly ids: readonly string[];
  readonly index: number;
}

/** How the next answer is asked for. */
export interface ChatSettings {
  readonly model: string;
  /** "" for none. */
  readonly systemPrompt: string;
  readonly temperature: number | null;
  readonly maxTokens: number | null;
  /** A JSON schema as text that the answer must follow; "" for none. */
  readonly jsonSchema: string;
  /** Names of the tools that are switched on. */
  readonly tools: readonly string[];
}
