// Events on their way to the caller, each looked at before it passes: for what was made (it is remembered first), for
// what is the operator's (it is taken out), for what a budget has to count. Whole events only: one that the upstream
// leaves half written is not passed, so the last frame of a broken stream can always follow.
import { createEventPass, type EventRules } from "./event-pass.ts";

export interface PassOptions extends EventRules {
  /** Resolves when what was made by the events is remembered. Rejects: they must not pass. */
  readonly remember?: () => Promise<void> | undefined;
  /** Asked after each piece: bytes that end the stream now, in place of all that the source would still give. */
  readonly ending?: () => Uint8Array<ArrayBuffer> | undefined;
}

export function passEvents(
  source: ReadableStream<Uint8Array>,
  { remember, ending, ...rules }: PassOptions,
): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  const pass = createEventPass(rules);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        for (;;) {
          const { done, value } = await reader.read();
          const passed = done ? pass.rest() : pass.push(value);
          if (done && passed === undefined) return controller.close();
          if (passed === undefined) continue;
          await remember?.();
          if (passed.byteLength > 0) controller.enqueue(passed);
          const last = ending?.();
          if (last !== undefined) {
            reader.cancel().catch(() => {});
            if (last.byteLength > 0) controller.enqueue(last);
            return controller.close();
          }
          if (passed.byteLength === 0 && !done) continue;
          return done ? controller.close() : undefined;
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
