import { type ClientCandidate, KEY, MESSAGES } from "../candidate.ts";

/** The floor: what is left when nothing is done for a bad day. */
export default {
  name: "bare fetch loop",
  connect: (origin) => async (model, onText) => {
    const response = await fetch(`${origin}/v1/chat/completions`, {
      method: "POST",
      headers: { "api-key": KEY, "content-type": "application/json" },
      body: JSON.stringify({ model, messages: MESSAGES, stream: true }),
    });
    const decoder = new TextDecoder();
    const reader = response.body!.getReader();
    for (let rest = ""; ; ) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        if (!line.startsWith("data: ") || line === "data: [DONE]") continue;
        const text = JSON.parse(line.slice(6)).choices[0]?.delta.content;
        if (text) onText(text);
      }
    }
  },
} satisfies ClientCandidate;
