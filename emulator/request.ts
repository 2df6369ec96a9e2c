// A chat request after validation: complete, every default filled in, no `unknown` left but JSON schemas.
// validate.ts makes it; the answer, the completion and the token count read it.

export interface ImagePart {
  readonly detail: "auto" | "low" | "high";
  /** For a data URL: media type and decoded size. For any other URL: its host. The bytes are not looked at. */
  readonly source:
    | { readonly kind: "data"; readonly mediaType: string; readonly bytes: number }
    | { readonly kind: "remote"; readonly host: string };
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

export interface ChatMessage {
  readonly role: "system" | "developer" | "user" | "assistant" | "tool";
  /** All text parts, joined by newlines. */
  readonly text: string;
  readonly images: readonly ImagePart[];
  readonly audioParts: number;
  readonly toolCalls: readonly ToolCall[];
  readonly toolCallId: string | undefined;
}

export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly parameters: unknown;
}

export type ToolChoice = "auto" | "none" | "required" | { readonly name: string };

export type ResponseFormat =
  | { readonly type: "text" }
  | { readonly type: "json_object" }
  | { readonly type: "json_schema"; readonly schema: unknown };

export interface ChatRequest {
  readonly model: string | undefined;
  readonly messages: readonly ChatMessage[];
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly n: number;
  readonly maxTokens: number | undefined;
  readonly stop: readonly string[];
  readonly seed: number | undefined;
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice;
  readonly parallelToolCalls: boolean;
  readonly responseFormat: ResponseFormat;
}
