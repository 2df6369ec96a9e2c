/** A chat completion while it streams. What a chunk means is here; how a stream is read is in `http/event-stream.ts`. */
import { MalformedResponseError, StreamTruncatedError, streamError } from "../http/errors.ts";
import { END, SKIP } from "../http/event-stream.ts";
import { parseLoosely, parseObject, readObject, settling } from "../http/response.ts";
import { ResultStream, streamBody } from "../http/result-stream.ts";
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
 * (`final`: tool calls, refusals, reasoning, filter results and usage put together) or as a web stream. Leaving a loop
 * closes the connection.
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
export class ChatStream extends ResultStream<ChatCompletionsChunk, ChatCompletions> {
  /** @internal */
  constructor(sent: Sent, body: ReadableStream<Uint8Array>) {
    const assembler = new Assembler();
    const { secrets } = sent;
    const { streamEnd } = sent.call;
    const { result } = assembler;
    super(sent, body, {
      result,
      decode({ event, data }, cut) {
        if (data === "[DONE]") {
          if (!result.choices.length) throw new MalformedResponseError("The stream ended without an answer.");
          assembler.finish();
          return END;
        }
        if (!data) return SKIP;
        if (event === "error") throw streamError(parseLoosely(data), secrets);
        // The last event without its blank line may be half an event: never taken by default, else if it's whole JSON.
        if (cut && (streamEnd === "done" || typeof parseLoosely(data) === "string"))
          throw new StreamTruncatedError();
        const chunk = parseObject(data) as ChatCompletionsChunk;
        if (chunk.error) throw streamError(chunk, secrets);
        assembler.add(chunk);
        return chunk;
      },
      complete() {
        const whole =
          result.choices.length > 0 &&
          (streamEnd === "eof" || (streamEnd === "finish_reason" && assembler.finished));
        if (whole) assembler.finish();
        return whole;
      },
    });
  }

  /** The text of the first choice, piece by piece; empty pieces are left out. */
  text(): AsyncIterableIterator<string> {
    return this.mapped((chunk) => {
      const { choices } = chunk;
      for (let at = 0; at < choices.length; at++) {
        const { index, delta } = choices[at]!;
        if (!index && delta.content) return delta.content;
      }
      return SKIP;
    });
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
  return settling(sent, async () => new ChatStream(sent, await streamBody(sent, asChunks, readCompletion)));
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
function asChunks({ choices, ...rest }: ChatCompletions): object[] {
  return [{ ...rest, choices: choices.map(asDelta) }];
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
