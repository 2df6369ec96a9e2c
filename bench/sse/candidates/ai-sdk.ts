import { jsonSchema, parseJsonEventStream } from "ai";
import type { SseCandidate } from "../candidate.ts";

export default {
  name: "AI SDK, parseJsonEventStream",
  packages: ["ai"],
  async readJson(body, use) {
    const schema = jsonSchema<{ choices: unknown[] }>({});
    const reader = parseJsonEventStream({ stream: body, schema }).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (value.success) use(value.value);
    }
  },
} satisfies SseCandidate;
