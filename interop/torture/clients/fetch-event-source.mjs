/** Microsoft's fetch-event-source: it wants a page around it, of which it gets as little as it needs. */
import { fetchEventSource } from "@microsoft/fetch-event-source";

const nobody = { addEventListener() {}, removeEventListener() {} };
globalThis.window ??= globalThis;
globalThis.document ??= { hidden: false, ...nobody };

export async function ask({ origin, key, prompt, signal, onText }) {
  const answer = {};
  await fetchEventSource(`${origin}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", "api-key": key },
    body: JSON.stringify({
      model: "gpt-test",
      messages: [{ role: "user", content: prompt }],
      stream: true,
    }),
    signal,
    onmessage({ data }) {
      if (data === "[DONE]" || data === "") return;
      const text = JSON.parse(data).choices[0]?.delta?.content;
      if (text) onText(text);
    },
  });
  return answer;
}
