import { streamText } from "@xsai/stream-text";
import { type ClientCandidate, KEY, MESSAGES } from "../candidate.ts";

export default {
  name: "xsai",
  packages: ["@xsai/stream-text"],
  connect: (origin) => async (model, onText) => {
    const { textStream } = streamText({ apiKey: KEY, baseURL: `${origin}/v1/`, model, messages: MESSAGES });
    for await (const text of textStream) onText(text);
  },
} satisfies ClientCandidate;
