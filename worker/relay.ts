// The answer on its way to the caller, watched as it passes. Two ways with one meaning: native streams on
// workerd, a reader elsewhere. Both end honestly: an answer that we cut, or that the upstream left without its end mark,
// gets a last typed error frame. (Breaking the connection off instead would say so too, but a browser that is behind
// then throws away what it has received and not read.) Only in the middle of an event, where a frame would be read as
// part of it, the answer breaks off.
import type { EventRules } from "./event-pass.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { Meter } from "./meter.ts";
import { identityTransformStream } from "./platform.ts";
import { relayByReader } from "./relay-by-reader.ts";
import { relayNatively } from "./relay-natively.ts";

export type StreamOutcome =
  | "complete"
  | "truncated"
  | "client_gone"
  | "upstream_error"
  | "idle"
  | "stalled"
  | "max_duration"
  | "max_bytes";

export type Cut = "idle" | "stalled" | "max_duration" | "max_bytes";

/** Why an answer gets a last frame. */
export type Unfinished = Cut | "truncated" | "upstream_error";

export interface RelayOptions {
  readonly meter: Meter;
  readonly idleMs: number;
  readonly streamMs: number;
  /** Without a new event, however many comments come. Default: as long as the stream may take. */
  readonly stallMs?: number;
  /** The answer is cut once more than this has passed. Default: no bound. */
  readonly streamBytes?: number;
  /**
   * Comments between events while the upstream is silent. A native stream has them only before it flows; where they
   * matter inside an answer too, it is passed by a reader.
   */
  readonly heartbeat?: Heartbeat | undefined;
  /**
   * How the first events of a native stream are told, before it flows. What is passed by a reader is changed before it
   * comes here.
   */
  readonly opening?: EventRules | undefined;
  /** Fires when the runtime knows that the caller has gone. */
  readonly callerSignal: AbortSignal | undefined;
  /** Closes the upstream; called once, on every path. */
  readonly closeUpstream: () => void;
  /**
   * Does the source come from the runtime's own fetch? Only then is it known to be a stream that workerd can pipe:
   * "Inter-TransformStream ReadableStream.pipeTo() is not implemented".
   */
  readonly native: boolean;
  /**
   * Runs after the meter has seen a piece and before the caller gets it. Only a reader can wait, so with this the
   * stream is not passed natively.
   */
  readonly beforePassing?: () => Promise<void> | undefined;
  /** The last event of a stream that is not whole. */
  readonly frame: (why: Unfinished) => Uint8Array<ArrayBuffer>;
}

export interface Relay {
  readonly body: ReadableStream<Uint8Array>;
  /** Resolves once, after the last byte and the last count. Never rejects. */
  readonly ended: Promise<StreamOutcome>;
}

/** For an upstream to close by itself after [DONE]. Some leave the socket open. */
export const AFTER_DONE_MS = 1000;

export function relay(source: ReadableStream<Uint8Array>, options: RelayOptions): Relay {
  const Identity = identityTransformStream();
  return options.native &&
    options.beforePassing === undefined &&
    Identity !== undefined &&
    isByteStream(source)
    ? relayNatively(Identity, source, options)
    : relayByReader(source, options);
}

/** Can this runtime pass the source natively, if everything else allows it? */
export function canPassNatively(source: ReadableStream<Uint8Array>): boolean {
  return identityTransformStream() !== undefined && isByteStream(source);
}

/** A body of the network can be read into a buffer of ours; a stream that somebody wrote in JavaScript often can't. */
function isByteStream(source: ReadableStream<Uint8Array>): boolean {
  try {
    source.getReader({ mode: "byob" }).releaseLock();
    return true;
  } catch {
    return false;
  }
}

/** How an answer that the upstream ended has ended. An `error` event is an honest end, but no success. */
export function endOf(meter: Meter, otherwise: StreamOutcome): StreamOutcome {
  if (meter.hasError()) return "upstream_error";
  return meter.isComplete() ? "complete" : otherwise;
}

/** How an answer that broke off has ended. Only [DONE] says that nothing was to come. */
export function endOfBroken(meter: Meter): StreamOutcome {
  return meter.isDone() ? endOf(meter, "upstream_error") : "upstream_error";
}
