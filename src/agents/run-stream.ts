/** A run while it streams, over as many streams as the calls of its functions need. */
import { hide, LatchkeyError } from "../http/errors.ts";
import { settling } from "../http/response.ts";
import { ResultStream, streamBody } from "../http/result-stream.ts";
import type { Sent } from "../http/send.ts";
import { streamOf } from "../http/web-stream.ts";
import { leaving, Progress } from "../tools/progress.ts";
import type { AgentRunState } from "./assemble.ts";
import { decodeRun } from "./decode-run.ts";
import { type AgentEventHandler, checkHandler, tell } from "./event-handler.ts";
import { textOfDelta } from "./messages.ts";
import type { ThreadRun } from "./run-types.ts";
import { type AgentStreamEvent, kindOf } from "./stream-events.ts";

/** What a run has come to: {@link AgentRunState}, with the run in it. */
export interface AgentRunResult extends AgentRunState {
  run: ThreadRun;
}

/** One stream of a run. */
export type RunEvents = ResultStream<AgentStreamEvent, AgentRunState>;

/**
 * How a run goes on that requires action: the next stream, or the run that was cancelled instead. Nothing: the rest is
 * the caller's.
 */
export type GoOn = (
  run: ThreadRun,
  state: AgentRunState,
  signal: AbortSignal,
) => Promise<RunEvents | ThreadRun | undefined>;

/** What a stream of a run is made with. */
export interface RunStreamParts {
  goOn: GoOn;
  signal: AbortSignal | undefined;
  eventHandler: AgentEventHandler | undefined;
}

/** Reads the answer to one streaming call. A server that ignores `stream` gives a stream of one event. */
export function readRunEvents(sent: Sent, state: AgentRunState): Promise<RunEvents> {
  return settling(
    sent,
    async () =>
      new ResultStream(sent, await streamBody(sent, (run: ThreadRun) => [run]), decodeRun(state, sent)),
  );
}

/**
 * The events of a run, to be read once: as events (`for await`), as text ({@link text}), by the callbacks of an
 * `eventHandler` ({@link untilDone}), or as the whole ({@link final}). Nothing is read before one of these is asked for.
 * Calls of functions that a tool set knows are answered and the next stream is joined on, so that one reader sees the
 * whole run. Leaving a loop closes the connection; the run goes on at the service, and can be polled or cancelled by its id.
 *
 * Reading throws a {@link LatchkeyError} whose `partial` is what had come ({@link AgentRunState}): `truncated` when a stream
 * ends without `done`, `api` for an `error` event, `output` (reason `steps`) when functions are called without an end,
 * `timeout`, `connection`, `aborted`, `limit` or `malformed`. A run that failed is no error here: its `status` says so.
 */
export class AgentRunStream extends Progress<AgentStreamEvent, AgentRunResult> {
  /** The service's id of the request whose stream is being read, else the one that was sent. */
  requestId: string | undefined;
  /** What has been assembled so far: the live object, not a copy. */
  readonly snapshot: AgentRunState;
  readonly #at: Place;

  /** @internal */
  constructor(first: RunEvents, { goOn, signal, eventHandler }: RunStreamParts) {
    const at: Place = { source: first, handler: eventHandler, read: false };
    super((inner) => {
      at.read = true;
      return follow(at, goOn, inner, (id) => {
        this.requestId = id;
      });
    }, signal);
    this.requestId = first.requestId;
    this.snapshot = first.snapshot;
    this.#at = at;
  }

  /** The text of the messages, piece by piece. */
  text(): AsyncGenerator<string, void> {
    const events = this[Symbol.asyncIterator]();
    return leaving(texts(events), () => events.return());
  }

  /**
   * Reads to the end, telling the event handler, and gives what {@link final} gives.
   *
   * @param eventHandler in place of the option of that name.
   * @throws {TypeError} when there is a handler already, or the stream is being read.
   */
  async untilDone(eventHandler?: AgentEventHandler): Promise<AgentRunResult> {
    if (eventHandler) {
      checkHandler(eventHandler);
      if (this.#at.handler || this.#at.read)
        throw new TypeError("The stream has an event handler, or is being read.");
      this.#at.handler = eventHandler;
    }
    return this.final();
  }

  /** The events as a web stream; cancelling it closes the connection. */
  toReadableStream(): ReadableStream<AgentStreamEvent> {
    return streamOf(this[Symbol.asyncIterator]());
  }

  /** Ends the stream and what its functions do; its reader is thrown an {@link AbortError} with this cause. */
  override abort(reason?: unknown): void {
    this.#at.source.abort(reason);
    super.abort(reason);
  }

  /** Closes the connection if the stream hasn't ended, so `await using` leaves nothing open. */
  async [Symbol.asyncDispose](): Promise<void> {
    super.abort();
    await this.#at.source[Symbol.asyncDispose]();
  }
}

/** Where a run is being read. */
interface Place {
  source: RunEvents;
  handler: AgentEventHandler | undefined;
  read: boolean;
}

async function* texts(events: AsyncGenerator<AgentStreamEvent, void>): AsyncGenerator<string, void> {
  for await (const { event, data } of events) {
    const text = event === "thread.message.delta" && textOfDelta(data);
    if (text) yield text;
  }
}

async function* follow(
  at: Place,
  goOn: GoOn,
  signal: AbortSignal,
  onRequest: (id: string | undefined) => void,
): AsyncGenerator<AgentStreamEvent, AgentRunResult> {
  const state = at.source.snapshot;
  // What is left meanwhile ends like a whole stream; which of them it is, the signal tells.
  signal.addEventListener("abort", () => at.source[Symbol.asyncDispose]());
  try {
    for (;;) {
      let required: ThreadRun | undefined;
      for await (const event of at.source) {
        // Of this stream: the one before has been answered.
        if (kindOf(event.event) === "run") required = event.data as ThreadRun;
        if (at.handler) await tell(at.handler, event);
        yield event;
      }
      signal.throwIfAborted();
      const next =
        required && state.run?.status === "requires_action" && (await goOn(required, state, signal));
      if (!next) break;
      if (next instanceof ResultStream) {
        at.source = next;
        onRequest(next.requestId);
        continue;
      }
      state.run = next;
      const event = { event: `thread.run.${next.status}`, data: next } as AgentStreamEvent;
      if (at.handler) await tell(at.handler, event);
      yield event;
      break;
    }
    await at.handler?.onDone?.();
    return state as AgentRunResult;
  } catch (error) {
    if (LatchkeyError.is(error)) {
      if (error.partial === undefined) hide(error, "partial", state);
      await at.handler?.onError?.(error);
    }
    throw error;
  }
}
