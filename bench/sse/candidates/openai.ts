import { Stream } from "openai/streaming";
import type { SseCandidate } from "../candidate.ts";

export default {
  name: "openai, Stream.fromSSEResponse",
  packages: ["openai"],
  async readJson(body, use) {
    const stream = Stream.fromSSEResponse<{ choices: unknown[] }>(new Response(body), new AbortController());
    for await (const chunk of stream) use(chunk);
  },
} satisfies SseCandidate;
