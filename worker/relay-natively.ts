// The answer on its way to the caller, on workerd: the bytes cross natively. A tee; one branch is piped to the
// caller without running JavaScript, the other is read here now and then for metering and deadlines.
// Where comments are wanted or errors told in our words, the first events are passed by hand (relay-opening.ts).
// What that costs and which other ways were measured is in docs/decisions/012-streaming.md.
import { watchSilence } from "./heartbeat.ts";
import type { Meter } from "./meter.ts";
import type { IdentityTransformStream } from "./platform.ts";
import {
  AFTER_DONE_MS,
  type Cut,
  endOf,
  endOfBroken,
  type Relay,
  type RelayOptions,
  type StreamOutcome,
} from "./relay.ts";
import { passOpening } from "./relay-opening.ts";

/** Between two looks at the side branch. 100 ms costs half of 25 ms and a fifth of every chunk (measured). */
const LOOK_MS = 100;
/** A side branch this far behind is looked at again at once, so that what waits in it stays small. */
const MAX_LAG_BYTES = 256 * 1024;
const HURRIED_LOOK_MS = 5;
const BUFFER_BYTES = 64 * 1024;
/** For the side branch to take what has already arrived, when the caller has gone. */
const DRAIN_MS = 30;
/** For a caller to take the last frame. One who reads nothing gets none. */
const LAST_FRAME_MS = 1000;

export function relayNatively(
  Identity: IdentityTransformStream,
  source: ReadableStream<Uint8Array>,
  options: RelayOptions,
): Relay {
  const { readable, writable } = new Identity();
  const ended = passAll(source, writable, options)
    .catch((): StreamOutcome => "client_gone") // only writing to a caller can fail here
    .finally(() => options.closeUpstream());
  return { body: readable, ended };
}

async function passAll(
  source: ReadableStream<Uint8Array>,
  writable: WritableStream<Uint8Array>,
  options: RelayOptions,
): Promise<StreamOutcome> {
  if (options.heartbeat === undefined && options.opening === undefined) {
    return passNatively(source, writable, options);
  }
  const { meter, frame, streamMs } = options;
  const started = Date.now();
  const opening = await passOpening(source, writable, options);
  switch (opening) {
    case "flowing":
      return passNatively(source, writable, {
        ...options,
        streamMs: Math.max(1, streamMs - (Date.now() - started)),
      });
    case "left":
      return meter.isDone() ? "complete" : "client_gone";
    case "done":
      return endWhole(writable, options);
    case "failed":
      await within(LAST_FRAME_MS, writeLast(writable, meter, frame("upstream_error")));
      return endOfBroken(meter);
    default:
      await within(LAST_FRAME_MS, writeLast(writable, meter, frame(opening)));
      return meter.isDone() ? "complete" : opening;
  }
}

/** The upstream has ended its answer, and all of it has been passed. */
async function endWhole(
  writable: WritableStream<Uint8Array>,
  { meter, frame }: RelayOptions,
): Promise<StreamOutcome> {
  const outcome = endOf(meter, "truncated");
  if (outcome === "truncated") await writeLast(writable, meter, frame(outcome));
  else await writable.close();
  return outcome;
}

async function passNatively(
  source: ReadableStream<Uint8Array>,
  writable: WritableStream<Uint8Array>,
  options: RelayOptions,
): Promise<StreamOutcome> {
  const { meter, callerSignal, closeUpstream, frame } = options;
  const [forCaller, forMeter] = source.tee();
  const wake = createWake();
  let cut: Cut | undefined;
  const stop = (why: Cut) => {
    cut ??= why;
    closeUpstream();
    wake.now();
  };

  // preventAbort and preventClose: how the answer ends is decided below, not by the pipe.
  const piped = forCaller.pipeTo(writable, { preventAbort: true, preventClose: true }).then(
    () => true,
    () => false,
  );
  const watched = watch(forMeter, meter, wake, options, stop);
  const callerGone = () => wake.now();
  callerSignal?.addEventListener("abort", callerGone, { once: true });

  const settle = async (): Promise<StreamOutcome> => {
    // A pipe to a caller who reads nothing does not stop by itself: a cut or the caller leaving has the last word.
    const whole = await Promise.race([
      piped,
      wake.when(() => cut !== undefined || callerSignal?.aborted === true).then(() => false),
    ]);
    wake.now();
    if (whole) {
      await watched;
      return endWhole(writable, options);
    }
    if (cut !== undefined) {
      await watched;
      await within(
        LAST_FRAME_MS,
        piped.then(() => writeLast(writable, meter, frame(cut!))),
      );
      return meter.isDone() ? "complete" : cut;
    }
    // The pipe broke. Had the source failed, the side branch fails too; if that is still fine, the caller left.
    const side = callerSignal?.aborted
      ? "open"
      : await Promise.race([watched, delay(DRAIN_MS).then(() => "open" as const)]);
    if (side === "open") await delay(callerSignal?.aborted ? DRAIN_MS : 0);
    closeUpstream();
    wake.now();
    await watched;
    if (side === "open") return meter.isDone() ? "complete" : "client_gone";
    await within(LAST_FRAME_MS, writeLast(writable, meter, frame("upstream_error")));
    return endOfBroken(meter);
  };

  return settle().finally(() => callerSignal?.removeEventListener("abort", callerGone));
}

/** Reads the side branch into one buffer, now and then; ends with the branch. Calls `stop` at a deadline. */
async function watch(
  branch: ReadableStream<Uint8Array>,
  meter: Meter,
  wake: Wake,
  { idleMs, streamMs, stallMs, streamBytes = Number.POSITIVE_INFINITY }: RelayOptions,
  stop: (why: Cut) => void,
): Promise<"done" | "failed"> {
  const reader = branch.getReader({ mode: "byob" });
  reader.closed.catch(() => {}); // told by the read that fails; workerd would report this one as unhandled
  let buffer = new ArrayBuffer(BUFFER_BYTES);
  let idle: ReturnType<typeof setTimeout> | undefined;
  const longest = setTimeout(stop, streamMs, "max_duration");
  const events = () => meter.totals().events;
  const silence = watchSilence({ stallMs, events, beat: () => {}, stall: () => stop("stalled") });
  const restart = () => {
    clearTimeout(idle);
    idle = setTimeout(stop, meter.isDone() ? AFTER_DONE_MS : idleMs, "idle");
  };
  try {
    restart();
    for (let behind = 0; ; ) {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      if (done) return "done";
      meter.feed(value);
      if (meter.totals().bytes > streamBytes) stop("max_bytes");
      restart();
      buffer = value.buffer as ArrayBuffer;
      behind += value.byteLength;
      if (value.byteLength === BUFFER_BYTES) continue; // more is waiting
      await wake.sleep(behind > MAX_LAG_BYTES ? HURRIED_LOOK_MS : LOOK_MS);
      behind = 0;
    }
  } catch {
    return "failed";
  } finally {
    clearTimeout(idle);
    clearTimeout(longest);
    silence.stop();
  }
}

/** In the middle of an event a frame would be read as part of it: then the answer breaks off instead. */
async function writeLast(
  writable: WritableStream<Uint8Array>,
  meter: Meter,
  last: Uint8Array,
): Promise<void> {
  if (meter.isDone() || meter.hasError()) return writable.close();
  if (!meter.isBetweenEvents()) return writable.abort(new Error("The answer was cut inside an event."));
  const writer = writable.getWriter();
  await writer.write(last);
  await writer.close();
}

interface Wake {
  /** Waits, but no longer than until the next `now`; after the first `now` it hardly waits at all. */
  sleep(ms: number): Promise<void>;
  now(): void;
  /** Resolves at the first `now` at which the condition holds. */
  when(condition: () => boolean): Promise<void>;
}

function createWake(): Wake {
  let awake = false;
  let resume: () => void = () => {};
  const waiting: (() => void)[] = [];
  return {
    sleep: (ms) =>
      awake
        ? Promise.resolve()
        : new Promise((resolve) => {
            const timer = setTimeout(resolve, ms);
            resume = () => {
              clearTimeout(timer);
              resolve();
            };
          }),
    now: () => {
      awake = true;
      resume();
      for (const check of waiting) check();
    },
    when: (condition) =>
      new Promise((resolve) => {
        waiting.push(() => condition() && resolve());
        if (condition()) resolve();
      }),
  };
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The promise, or its failure, or the end of patience. */
async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([
    promise.then(
      () => {},
      () => {},
    ),
    patience,
  ]);
  clearTimeout(timer);
}
