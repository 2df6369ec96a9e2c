import { createSseStream } from "@azure/core-sse";
import type { SseCandidate } from "../candidate.ts";

export default {
  name: "@azure/core-sse",
  packages: ["@azure/core-sse"],
  async read(body, use) {
    const reader = createSseStream(body).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      use(value.data);
    }
  },
} satisfies SseCandidate;
