import { createParser, events } from "../../../src/sse/index.ts";
import type { SseCandidate } from "../candidate.ts";

export default {
  name: "latchkey/sse",
  feed(pieces, use) {
    const parser = createParser({ onEvent: (event) => use(event.data) });
    for (const piece of pieces) parser.feed(piece);
  },
  async read(body, use) {
    for await (const { data } of events(body)) use(data);
  },
} satisfies SseCandidate;
