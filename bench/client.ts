/** The client's own iteration with everything on (deadlines, assembly, errors) over a stream in this process. */
import { createParser as createOther } from "eventsource-parser";
import { ChatCompletionsClient } from "latchkey";
import { bodyOf, by16KiB, byEvent, payloads } from "./chunks.ts";
import type { Section } from "./timed.ts";

type Pieces = Uint8Array<ArrayBuffer>[];

let sink = 0;

async function iterate(list: Pieces): Promise<void> {
  const respond: typeof fetch = async () =>
    new Response(bodyOf(list), { headers: { "content-type": "text/event-stream" } });
  const client = new ChatCompletionsClient("http://127.0.0.1/models", "a-key", { fetch: respond });
  const stream = await client.complete({ messages: [{ role: "user", content: "Hello" }], stream: true });
  for await (const chunk of stream) sink += chunk.choices.length;
}

async function bareReader(list: Pieces): Promise<void> {
  const decoder = new TextDecoder();
  const parser = createOther({
    onEvent({ data }) {
      if (data !== "[DONE]") sink += JSON.parse(data).choices.length;
    },
  });
  const reader = bodyOf(list).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    parser.feed(decoder.decode(value, { stream: true }));
  }
}

export function client(): Section[] {
  return [
    { title: "pieces of 16 KiB", goal: "latchkey at most x 1.4", list: by16KiB },
    { title: "one event in each piece", goal: "latchkey at most x 2.0", list: byEvent },
  ].map(({ title, goal, list }) => ({
    title: `Client, 20,000 chunks, ${title}`,
    goal,
    candidates: [
      {
        name: "JSON.parse of the payloads alone",
        run() {
          for (const payload of payloads) sink += JSON.parse(payload).choices.length;
        },
      },
      { name: "latchkey: for await (… of stream)", run: () => iterate(list) },
      { name: "eventsource-parser on a reader, no client", run: () => bareReader(list) },
    ],
  }));
}

void sink;
