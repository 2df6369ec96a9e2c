import { createParser } from "../../../src/sse/index.ts";
import type { SseCandidate } from "../candidate.ts";

/** As the loop around eventsource-parser: no iteration, a callback for each event. */
export default {
  name: "latchkey/sse, loop by hand",
  async read(body, use) {
    const parser = createParser({ onEvent: ({ data }) => use(data) });
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      parser.feed(value);
    }
  },
} satisfies SseCandidate;
