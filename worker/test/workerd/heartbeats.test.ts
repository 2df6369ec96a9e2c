// Comments in silence inside workerd, where the first events are passed by hand and the rest natively.
import { describe } from "vitest";
import { describeHeartbeats } from "../heartbeats.ts";

const encoder = new TextEncoder();

describe("heartbeats", () => {
  describeHeartbeats((signal) => {
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
  }, true);
});
