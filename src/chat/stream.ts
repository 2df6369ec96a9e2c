/** A chat completion while it streams. What a chunk means is here; how a stream is read is in `http/event-stream.ts`. */
import { AbortError, apiError, MalformedResponseError, StreamTruncatedError } from "../http/errors.ts";
import { END, type EventStream, eventStream, SKIP } from "../http/event-stream.ts";
import {
  isJson,
  mediaType,
  parseLoosely,
  parseObject,
  readObject,
  settling,
  unexpected,
} from "../http/response.ts";
import type { Sent } from "../http/send.ts";
import { Assembler } from "./assemble.ts";
import type {
  ChatChoice,
  ChatChunkChoice,
  ChatCompletions,
  ChatCompletionsChunk,
  ChatDelta,
} from "./types.ts";

/**
 * The chunks of one answer, to be read once: as chunks (`for await`), as text ({@link text}), as the whole
 * ({@link final}) or as a web stream. Leaving a loop closes the connection.
 *
 * Reading throws a {@link LatchkeyError} whose `partial` is what had come: `truncated` when the stream ends
 * without its terminal signal, `timeout`, `connection`, `aborted`, `limit`, `malformed`, or `api` when the service
 * reports an error in the middle.
 *
 * @example
 * ```ts
 * import { ChatCompletionsClient } from "latchkey";
 *
 * const client = new ChatCompletionsClient("https://example.services.ai.azure.com/models", { key: "…" });
 * const stream = await client.complete({ messages: [{ role: "user", content: "Hello" }], stream: true });
 * for await (const text of stream.text()) console.log(text);
 * const { usage } = await stream.final();
 * ```
 */
export class ChatStream implements AsyncIterable<ChatCompletionsChunk> {
  /** The service's id of the request, else the one that was sent. */
  readonly requestId: string | undefined;
  /** What has been assembled so far: the live object, not a copy. */
  readonly snapshot: ChatCompletions;
  readonly #events: EventStream<ChatCompletionsChunk, ChatCompletions>;

  /** Streams come from `complete`; this is public for other services of the package only. @internal */
  constructor(sent: Sent, body: ReadableStream<Uint8Array>) {
    this.requestId = sent.requestId;
    const assembler = new Assembler();
    this.snapshot = assembler.result;
    const { secrets } = sent;
    const { streamEnd } = sent.call;
    let started = false;
    this.#events = eventStream(sent, body, {
      result: assembler.result,
      decode({ event, data }, cut) {
        if (data === "[DONE]") {
          if (!started) throw new MalformedResponseError("The stream ended without an answer.");
          assembler.finish();
          return END;
        }
        if (!data) return SKIP;
        if (event === "error") throw apiError({ status: undefined, body: parseLoosely(data), secrets });
        // The last event without its blank line may be half an event: never taken by default, else if it's whole JSON.
        if (cut && (streamEnd === "done" || typeof parseLoosely(data) === "string"))
          throw new StreamTruncatedError();
        const chunk = parseObject(data) as ChatCompletionsChunk;
        if (chunk.error) throw apiError({ status: undefined, body: chunk, secrets });
        assembler.add(chunk);
        started = true;
        return chunk;
      },
      complete() {
        const whole =
          started && (streamEnd === "eof" || (streamEnd === "finish_reason" && assembler.finished));
        if (whole) assembler.finish();
        return whole;
      },
    });
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<ChatCompletionsChunk> {
    return this.#events.iterate();
  }

  /** The text of the first choice, piece by piece; empty pieces are left out. */
  text(): AsyncIterableIterator<string> {
    return this.#events.iterate((chunk) => {
      for (const { index, delta } of chunk.choices) if (!index && delta.content) return delta.content;
      return SKIP;
    });
  }

  /**
   * The whole answer: tool calls, refusals, reasoning, filter results and usage put together. Reads the stream if
   * nobody has begun to, else waits for its reader to reach the end or leave; rejects with the reader's error.
   */
  final(): Promise<ChatCompletions> {
    return this.#events.whole();
  }

  /** The chunks as a web stream, one chunk ahead of its reader at most; cancelling it closes the connection. */
  toReadableStream(): ReadableStream<ChatCompletionsChunk> {
    const iterator = this[Symbol.asyncIterator]();
    return new ReadableStream(
      {
        async pull(controller) {
          const { done, value } = await iterator.next();
          if (done) controller.close();
          else controller.enqueue(value);
        },
        async cancel() {
          await iterator.return?.();
        },
      },
      { highWaterMark: 0 },
    );
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
 * Reads the answer to a streaming call. A server that ignores `stream` and answers with a whole completion gives a
 * stream of one chunk.
 *
 * @throws {ApiError} when the answer is an error despite its status.
 * @throws {MalformedResponseError} when it's neither a stream nor JSON, as a login page.
 */
export function readChatStream(sent: Sent): Promise<ChatStream> {
  return settling(sent, async () => {
    const { response } = sent;
    const type = mediaType(response);
    if (type && isJson(type)) return new ChatStream(sent, asStream(await readCompletion(sent)));
    if (type && type !== "text/event-stream") throw unexpected(type, "an event stream");
    if (!response.body)
      throw new MalformedResponseError("The service answered a streaming call with an empty body.");
    return new ChatStream(sent, response.body);
  });
}

/**
 * Reads a whole completion.
 *
 * @throws {MalformedResponseError} when it has no choice with a message: an answer that isn't one.
 */
export async function readCompletion(sent: Sent): Promise<ChatCompletions> {
  const completion = await readObject<ChatCompletions>(sent);
  const { choices } = completion;
  if (Array.isArray(choices) && choices[0] && choices.every((choice) => choice?.message)) return completion;
  throw new MalformedResponseError("The service answered with an object that is no completion.");
}

/** A whole completion as the stream it should have been. */
function asStream({ choices, ...rest }: ChatCompletions): ReadableStream<Uint8Array> {
  const chunk = {
    ...rest,
    choices: choices.map(asDelta),
  };
  return new Blob([`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`]).stream();
}

/** Tool calls get the index that tells them apart in a stream. */
function asDelta({ message, ...choice }: ChatChoice): ChatChunkChoice {
  const { tool_calls } = message;
  if (!Array.isArray(tool_calls)) return { ...choice, delta: message as ChatDelta };
  return {
    ...choice,
    delta: { ...message, tool_calls: tool_calls.map((call, index) => ({ index, ...call })) },
  };
}
