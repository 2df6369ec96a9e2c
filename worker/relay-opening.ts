// The beginning of a native stream, passed by hand. A pipe of workerd can't be paused: aborted, it errors its source
// even with preventCancel (test/workerd/facts.test.ts), so nothing can be written between the events that cross one.
// But models are silent before they begin, and services that fail mostly do so at the beginning: so the first events are
// read and written here, with comments in between while nothing comes and errors told in our words, and what follows is
// left to the pipe.
import { createEventPass } from "./event-pass.ts";
import { watchSilence } from "./heartbeat.ts";
import { AFTER_DONE_MS, type Cut, type RelayOptions } from "./relay.ts";

/** Events after which the answer flows. Services open with up to seven that say nothing yet (the Responses API). */
const OPENING_EVENTS = 8;
const BUFFER_BYTES = 16 * 1024;

/** `flowing`: the rest may pass natively. `done`: the source has ended. `failed`: it broke. `left`: the caller has gone. */
export type Opening = "flowing" | "done" | "failed" | "left" | Cut;

export async function passOpening(
  source: ReadableStream<Uint8Array>,
  writable: WritableStream<Uint8Array>,
  options: RelayOptions,
): Promise<Opening> {
  const { meter, idleMs, streamMs, stallMs, heartbeat, callerSignal, closeUpstream, opening } = options;
  const { streamBytes = Number.POSITIVE_INFINITY } = options;
  const pass = opening && createEventPass(opening);
  const reader = source.getReader({ mode: "byob" });
  reader.closed.catch(() => {}); // told by the read that fails
  const writer = writable.getWriter();
  writer.closed.catch(() => {}); // told by the write that fails
  let ended: "left" | Cut | undefined;
  let stopped: () => void = () => {};
  const stopping = new Promise<"stopped">((resolve) => {
    stopped = () => resolve("stopped");
  });
  const stop = (why: "left" | Cut) => {
    if (ended !== undefined) return;
    ended = why;
    closeUpstream();
    stopped();
  };
  const left = () => stop("left");

  /** Writes under way. A caller who reads nothing gets no comments on top. */
  let writing = 0;
  const write = (bytes: Uint8Array) => {
    if (bytes.byteLength === 0) return undefined;
    writing += 1;
    return writer.write(bytes).then(() => {
      writing -= 1;
    }, left);
  };
  const silence = watchSilence({
    heartbeat,
    stallMs,
    events: () => meter.totals().events,
    beat: () => {
      if (writing === 0 && meter.isBetweenEvents() && !meter.isDone()) void write(heartbeat!.bytes);
    },
    stall: () => stop("stalled"),
  });
  let idle: ReturnType<typeof setTimeout> | undefined;
  const restart = () => {
    clearTimeout(idle);
    idle = setTimeout(stop, meter.isDone() ? AFTER_DONE_MS : idleMs, "idle");
  };
  const longest = setTimeout(stop, streamMs, "max_duration");
  if (callerSignal?.aborted) left();
  else callerSignal?.addEventListener("abort", left, { once: true });

  const passOn = async (bytes: Uint8Array) => {
    meter.feed(bytes);
    restart();
    await Promise.race([write(bytes), stopping]);
    silence.broken();
    if (meter.totals().bytes > streamBytes) stop("max_bytes");
  };

  let buffer = new ArrayBuffer(BUFFER_BYTES);
  try {
    while (ended === undefined && meter.totals().events < OPENING_EVENTS) {
      restart();
      const piece = await Promise.race([reader.read(new Uint8Array(buffer)), stopping]);
      if (piece === "stopped") break;
      const passed = pass === undefined ? piece.value : piece.done ? pass.rest() : pass.push(piece.value);
      if (passed !== undefined) await passOn(passed);
      if (piece.done) return ended ?? "done";
      // A write that was stopped still holds its bytes.
      if (ended === undefined) buffer = piece.value.buffer as ArrayBuffer;
    }
    // The beginning of the next event, with which the answer flows.
    if (ended === undefined && pass !== undefined) await passOn(pass.release());
    return ended ?? "flowing";
  } catch {
    return ended ?? "failed";
  } finally {
    silence.stop();
    clearTimeout(idle);
    clearTimeout(longest);
    callerSignal?.removeEventListener("abort", left);
    // With a read under way (stopped) the source is at its end anyhow: the upstream is closed.
    if (ended === undefined) reader.releaseLock();
    else reader.cancel().catch(() => {});
    writer.releaseLock();
  }
}
