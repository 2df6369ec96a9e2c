// An upstream's body that a test writes by hand, as a stream of JavaScript's.
import type { Source } from "./endings.ts";

const encoder = new TextEncoder();

/** Fails when the proxy closes the upstream, as the body of a fetch does. */
export function openSource(signal: AbortSignal): Source {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({
    start(given) {
      controller = given;
    },
  });
  signal.addEventListener("abort", () => {
    try {
      controller.error(signal.reason);
    } catch {
      // already ended
    }
  });
  return {
    body,
    write: async (text) => controller.enqueue(encoder.encode(text)),
    close: async () => controller.close(),
    fail: async () => controller.error(new TypeError("reset")),
  };
}
