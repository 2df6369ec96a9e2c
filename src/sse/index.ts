/** Entry point `latchkey/sse`: the parser, a `TransformStream` of it, and an async iterable. */
export type { Parser, ParserOptions, ServerSentEvent } from "./parser.ts";
export { createParser, SseLimitError } from "./parser.ts";
export { type EventsOptions, events, SseStream } from "./stream.ts";
