import { createParser } from "eventsource-parser";
import type { SseCandidate } from "../candidate.ts";

/** What people write who want it quicker than its stream. */
export default {
  name: "eventsource-parser, loop by hand",
  packages: ["eventsource-parser"],
  async read(body, use) {
    const parser = createParser({ onEvent: ({ data }) => use(data) });
    const decoder = new TextDecoder();
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
    }
  },
} satisfies SseCandidate;
