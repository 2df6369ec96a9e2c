// An upstream's body that a test writes by hand, as a byte stream: what the native relay takes.
import type { Source } from "../endings.ts";

const encoder = new TextEncoder();

/** Fails when the proxy closes the upstream, as the body of a fetch does. */
export function openSource(signal: AbortSignal): Source {
  let controller!: ReadableByteStreamController;
  // A byte stream is taken by the native relay like the body of a fetch.
  const body = new ReadableStream({
    type: "bytes",
    start(given) {
      controller = given;
    },
  });
  const quietly = (act: () => void) => {
    try {
      act();
    } catch {
      // already ended
    }
  };
  signal.addEventListener("abort", () => quietly(() => controller.error(signal.reason)));
  return {
    body,
    write: async (text) => controller.enqueue(encoder.encode(text)),
    close: async () => {
      controller.close();
      quietly(() => controller.byobRequest?.respond(0)); // lets a waiting BYOB read end
    },
    fail: async () => controller.error(new TypeError("reset")),
  };
}
