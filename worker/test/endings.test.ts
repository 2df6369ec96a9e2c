// Stream endings in Node, where the relay reads chunk by chunk.
import { describe } from "vitest";
import { describeEndings } from "./endings.ts";

const encoder = new TextEncoder();

describe("stream endings", () => {
  describeEndings((signal) => {
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
  });
});
