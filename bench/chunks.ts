/** The stream that the SSE benches parse: 20,000 chunks as Azure OpenAI sends them, of about 340 bytes. */

const SAFE = { filtered: false, severity: "safe" };
const WORDS = ["The", " quick", " brown", " fox", " jumps", " over", " the", " lazy", " dog", "."];

export const payloads: string[] = Array.from({ length: 20_000 }, (_, index) =>
  JSON.stringify({
    choices: [
      {
        content_filter_results: { hate: SAFE, self_harm: SAFE, sexual: SAFE, violence: SAFE },
        delta: { content: WORDS[index % WORDS.length] },
        finish_reason: null,
        index: 0,
      },
    ],
    created: 1_763_640_000,
    id: "chatcmpl-7Qq",
    model: "gpt-4.1",
    object: "chat.completion.chunk",
  }),
);

const encoder = new TextEncoder();
const framed = payloads.map((payload) => encoder.encode(`data: ${payload}\n\n`));
const done = encoder.encode("data: [DONE]\n\n");

/** One event in each piece. */
export const byEvent: Uint8Array<ArrayBuffer>[] = [...framed, done];

/** The same bytes in pieces of 16 KiB. */
export const by16KiB: Uint8Array<ArrayBuffer>[] = pieces(join(byEvent), 16 * 1024);

/** Cuts bytes into pieces. */
export function pieces(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer>[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.slice(index * size, (index + 1) * size),
  );
}

/** A body that hands out pieces as they are asked for. */
export function bodyOf(list: Uint8Array<ArrayBuffer>[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  let next = 0;
  return new ReadableStream(
    {
      pull(controller) {
        const piece = list[next++];
        if (piece) controller.enqueue(piece);
        else controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

function join(list: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(list.reduce((length, bytes) => length + bytes.length, 0));
  let at = 0;
  for (const bytes of list) {
    joined.set(bytes, at);
    at += bytes.length;
  }
  return joined;
}
