/** eventsource-parser behind `fetch`, as its README shows: a parser, judged for bytes alone. */
import { EventSourceParserStream } from "eventsource-parser/stream";
import { LEAVE } from "../scenario.ts";

export async function ask({ origin, key, prompt, signal, onText }) {
  const response = await fetch(`${origin}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", "api-key": key },
    body: JSON.stringify({ model: "gpt-test", messages: [{ role: "user", content: prompt }], stream: true }),
    signal,
  });
  const events = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  for await (const { data } of events) {
    if (data === "[DONE]") return {};
    const text = JSON.parse(data).choices[0]?.delta?.content;
    if (text && (await onText(text)) === LEAVE) return {};
  }
  return {};
}
