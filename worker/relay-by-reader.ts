// The answer on its way to the caller, on runtimes without native identity streams (Node, Deno, Bun), and
// everywhere when something must happen before a piece may pass.
import { watchSilence } from "./heartbeat.ts";
import {
  AFTER_DONE_MS,
  type Cut,
  endOf,
  endOfBroken,
  type Relay,
  type RelayOptions,
  type StreamOutcome,
  type Unfinished,
} from "./relay.ts";

/**
 * Chunk by chunk: metering and deadlines see every chunk as it
 * passes. A caller who reads nothing pulls nothing, so the upstream waits too, until the idle deadline.
 */
export function relayByReader(source: ReadableStream<Uint8Array>, options: RelayOptions): Relay {
  const { meter, idleMs, streamMs, callerSignal, closeUpstream, frame } = options;
  let bytesLeft = options.streamBytes ?? Number.POSITIVE_INFINITY;
  const reader = source.getReader();
  let outcome: StreamOutcome | undefined;
  let settled: (outcome: StreamOutcome) => void = () => {};
  const ended = new Promise<StreamOutcome>((resolve) => {
    settled = resolve;
  });
  let caller: ReadableStreamDefaultController<Uint8Array>;
  let idle: ReturnType<typeof setTimeout> | undefined;
  /** Does a piece that the meter has seen wait for `beforePassing`? Then what the meter knows has not been passed. */
  let held = false;
  /** Is the upstream asked for more? Then the caller waits, and all that has come has been passed. */
  let asking = false;

  const end = (how: StreamOutcome) => {
    if (outcome !== undefined) return;
    outcome = how;
    clearTimeout(idle);
    clearTimeout(longest);
    silence.stop();
    callerSignal?.removeEventListener("abort", callerGone);
    closeUpstream();
    reader.cancel().catch(() => {});
    settled(how);
  };
  const cut = (why: Cut) => {
    if (outcome !== undefined) return;
    if (held) {
      caller.error(new Error("The answer was cut before it could be passed on."));
      return end(why);
    }
    passLast(why);
    end(meter.isDone() ? "complete" : why);
  };
  const passLast = (why: Unfinished) => {
    if (meter.isDone() || meter.hasError()) {
      caller.close();
    } else if (meter.isBetweenEvents()) {
      caller.enqueue(frame(why));
      caller.close();
    } else {
      caller.error(new Error("The answer was cut inside an event."));
    }
  };
  const left = () => end(meter.isDone() ? "complete" : "client_gone");
  const callerGone = () => {
    if (outcome !== undefined) return;
    caller.error(new Error("The caller has gone."));
    left();
  };
  const restart = () => {
    clearTimeout(idle);
    idle = setTimeout(cut, meter.isDone() && !held ? AFTER_DONE_MS : idleMs, "idle");
  };
  const longest = setTimeout(cut, streamMs, "max_duration");
  const silence = watchSilence({
    heartbeat: options.heartbeat,
    stallMs: options.stallMs,
    events: () => meter.totals().events,
    beat: () => {
      // One that is not taken is enough.
      const taken = asking && caller.desiredSize === 0;
      if (taken && meter.isBetweenEvents() && !meter.isDone()) caller.enqueue(options.heartbeat!.bytes);
    },
    stall: () => cut("stalled"),
  });

  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        caller = controller;
        restart();
        callerSignal?.addEventListener("abort", callerGone, { once: true });
      },
      async pull() {
        let piece: ReadableStreamReadResult<Uint8Array>;
        try {
          asking = true;
          piece = await reader.read();
        } catch {
          if (outcome !== undefined) return;
          passLast("upstream_error");
          return end(endOfBroken(meter));
        } finally {
          asking = false;
          silence.broken();
        }
        if (outcome !== undefined) return;
        if (piece.done) {
          const how = endOf(meter, "truncated");
          if (how === "truncated") passLast(how);
          else caller.close();
          return end(how);
        }
        meter.feed(piece.value);
        const before = options.beforePassing?.();
        held = before !== undefined;
        restart();
        if (before !== undefined) {
          try {
            await before;
          } catch {
            if (outcome !== undefined) return;
            caller.error(new Error("The answer could not be passed on."));
            return end("upstream_error");
          }
          held = false;
          if (outcome === undefined) restart();
        }
        if (outcome !== undefined) return;
        caller.enqueue(piece.value);
        bytesLeft -= piece.value.byteLength;
        if (bytesLeft < 0) cut("max_bytes");
      },
      cancel: left,
    },
    { highWaterMark: 0 },
  );
  return { body, ended };
}
