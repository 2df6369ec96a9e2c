/**
 * The parser on Web Streams: a `TransformStream`, and an async iterable over a body.
 * Deadlines, content types and terminal signals are the business of `http/event-stream.ts`.
 */
import { createParser, type ParserOptions, type ServerSentEvent } from "./parser.ts";

/** The parser's options but for `onEvent`: the events come out of the stream instead. */
export type EventsOptions = Omit<ParserOptions, "onEvent">;

/**
 * A `TransformStream` from bytes to {@link ServerSentEvent}s.
 *
 * @throws {SseLimitError} as the stream's error when a line or an event grows past its limit.
 *
 * @example
 * ```ts
 * import { SseStream } from "latchkey/sse";
 *
 * const response = new Response("data: hello\n\n");
 * for await (const event of response.body!.pipeThrough(new SseStream())) console.log(event.data);
 * ```
 */
export class SseStream extends TransformStream<Uint8Array, ServerSentEvent> {
  constructor(options: EventsOptions = {}) {
    let emit: (event: ServerSentEvent) => void;
    const parser = createParser({ ...options, onEvent: (event) => emit(event) });
    super({
      start(controller) {
        emit = (event) => controller.enqueue(event);
      },
      transform(bytes) {
        parser.feed(bytes);
      },
    });
  }
}

/**
 * Iterates the events of a body. Leaving the loop early cancels the body; a body that fails fails the loop.
 * An event without its blank line at the end of the body is dropped, as the specification says.
 *
 * @throws {SseLimitError} when a line or an event grows past its limit; the body is cancelled first.
 *
 * @example
 * ```ts
 * import { events } from "latchkey/sse";
 *
 * const response = new Response("event: greeting\ndata: hello\n\n");
 * for await (const { event, data } of events(response.body!)) console.log(event, data);
 * ```
 */
export async function* events(
  body: ReadableStream<Uint8Array>,
  options: EventsOptions = {},
): AsyncGenerator<ServerSentEvent, void, undefined> {
  const queue: ServerSentEvent[] = [];
  const parser = createParser({ ...options, onEvent: (event) => queue.push(event) });
  const reader = body.getReader();
  let open = true;
  let failure: { error: unknown } | undefined;
  try {
    while (open) {
      const { done, value } = await reader.read();
      open = !done;
      try {
        if (value) parser.feed(value);
      } catch (error) {
        failure = { error };
      }
      // What came before a failure is delivered before it is told.
      for (const event of queue) yield event;
      queue.length = 0;
      if (failure) throw failure.error;
    }
  } finally {
    // Not awaited: a source may take its time to cancel, and a loop that was left has nothing to wait for.
    if (open) reader.cancel().catch(() => {});
    reader.releaseLock();
  }
}
