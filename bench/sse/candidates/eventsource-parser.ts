import { createParser } from "eventsource-parser";
import { EventSourceParserStream } from "eventsource-parser/stream";
import type { SseCandidate } from "../candidate.ts";

export default {
  name: "eventsource-parser",
  packages: ["eventsource-parser"],
  feed(pieces, use) {
    const parser = createParser({ onEvent: ({ data }) => use(data) });
    const decoder = new TextDecoder();
    for (const piece of pieces) parser.feed(decoder.decode(piece, { stream: true }));
  },
  async read(body, use) {
    const reader = body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream())
      .getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      use(value.data);
    }
  },
} satisfies SseCandidate;
