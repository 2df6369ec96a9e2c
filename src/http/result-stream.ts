/**
 * A stream as its caller sees it: values to loop over, the whole of it, or a web stream. What a value means is the
 * decoder's business, how a stream is read is `event-stream.ts`.
 */
import { AbortError, MalformedResponseError } from "./errors.ts";
import { type Decoder, type EventStream, eventStream, type SKIP } from "./event-stream.ts";
import { isJson, mediaType, readObject, unexpected } from "./response.ts";
import type { Sent } from "./send.ts";
import { streamOf } from "./web-stream.ts";

/**
 * The events of one answer, to be read once: one by one (`for await`), as the whole ({@link final}) or as a web
 * stream. Leaving a loop closes the connection.
 *
 * Reading throws a {@link LatchkeyError} whose `partial` is what had come: `truncated` when the stream ends
 * without its terminal signal, `timeout`, `connection`, `aborted`, `limit`, `malformed`, or `api` when the service
 * reports an error in the middle.
 */
export class ResultStream<T, R> implements AsyncIterable<T> {
  /** The service's id of the request, else the one that was sent. */
  readonly requestId: string | undefined;
  /** What has been assembled so far: the live object, not a copy. */
  readonly snapshot: R;
  readonly #events: EventStream<T, R>;

  /** Streams come from a client's methods; this is public for the package only. @internal */
  constructor(sent: Sent, body: ReadableStream<Uint8Array>, decoder: Decoder<T, R>) {
    this.requestId = sent.requestId;
    this.snapshot = decoder.result;
    this.#events = eventStream(sent, body, decoder);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this.#events.iterate();
  }

  /** Values made of the events, in place of the events. */
  protected mapped<U>(map: (value: T) => U | typeof SKIP): AsyncIterableIterator<U> {
    return this.#events.iterate(map);
  }

  /**
   * The whole answer, put together. Reads the stream if nobody has, else waits for its reader; rejects with the same
   * error as the reader's.
   */
  final(): Promise<R> {
    return this.#events.whole();
  }

  /** The events as a web stream, one ahead of its reader at most; cancelling it closes the connection. */
  toReadableStream(): ReadableStream<T> {
    return streamOf(this[Symbol.asyncIterator]());
  }

  /** Ends the stream and closes its connection; its reader is thrown an {@link AbortError} with this cause. */
  abort(reason?: unknown): void {
    this.#events.fail(new AbortError(reason));
  }

  /** Closes the connection if the stream hasn't ended, so `await using` leaves nothing open. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#events.close();
  }
}

/**
 * The body of the answer to a streaming call. A server that ignores `stream` and answers with a whole object gives
 * the events that say the same, then `[DONE]`.
 *
 * @throws {ApiError} when the answer is an error despite its status.
 * @throws {MalformedResponseError} when it's neither a stream nor JSON, as a login page.
 */
export async function streamBody<W extends object>(
  sent: Sent,
  asEvents: (whole: W) => object[],
  read: (sent: Sent) => Promise<W> = readObject,
): Promise<ReadableStream<Uint8Array>> {
  const { response } = sent;
  const type = mediaType(response);
  if (type && isJson(type)) {
    const records = asEvents(await read(sent)).map((event) => `data: ${JSON.stringify(event)}\n\n`);
    return new Blob([...records, "data: [DONE]\n\n"]).stream();
  }
  if (type && type !== "text/event-stream") throw unexpected(type, "an event stream");
  if (response.body) return response.body;
  throw new MalformedResponseError("The service answered a streaming call with an empty body.");
}
