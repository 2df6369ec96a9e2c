/** The streams that benches parse: chunks as Azure OpenAI sends them, of about 340 bytes, and how they may be cut. */

export type Bytes = Uint8Array<ArrayBuffer>;

const SAFE = { filtered: false, severity: "safe" };
const WORDS = {
  ascii: ["The", " quick", " brown", " fox", " jumps", " over", " the", " lazy", " dog", "."],
  "CJK and emoji": ["敏捷", "的", "棕色", "狐狸", "🦊", "跳过", "懒狗", "。", "速い", "👩‍👩‍👧‍👦"],
} as const;

export type Script = keyof typeof WORDS;
export const SCRIPTS = Object.keys(WORDS) as Script[];

/** What is in the events. */
export function payloadsOf(script: Script, count = 20_000): string[] {
  const words = WORDS[script];
  return Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      choices: [
        {
          content_filter_results: { hate: SAFE, self_harm: SAFE, sexual: SAFE, violence: SAFE },
          delta: { content: words[index % words.length] },
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
}

export const FRAMINGS = ["one event", "16 KiB", "whole"] as const;
export type Framing = (typeof FRAMINGS)[number];

/** The stream in pieces: each of one event, of 16 KiB wherever that cuts, or in one. */
export function framed(payloads: readonly string[]): Record<Framing, Bytes[]> {
  const encoder = new TextEncoder();
  const events = [...payloads, "[DONE]"].map((payload) => encoder.encode(`data: ${payload}\n\n`));
  const whole = join(events);
  return { "one event": events, "16 KiB": pieces(whole, 16 * 1024), whole: [whole] };
}

/** One chunk whose text has so many bytes, in pieces of 1 KiB. */
export function longEvent(bytes: number): { payload: string; list: Bytes[] } {
  const payload = payloadsOf("ascii", 1)[0]!.replace("The", "x".repeat(bytes));
  const text = `data: ${payload}\n\ndata: [DONE]\n\n`;
  return { payload, list: pieces(new TextEncoder().encode(text), 1024) };
}

/** Cuts bytes into pieces. */
export function pieces(bytes: Bytes, size: number): Bytes[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.slice(index * size, (index + 1) * size),
  );
}

/** A body that hands out pieces as they are asked for. */
export function bodyOf(list: readonly Bytes[]): ReadableStream<Bytes> {
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

function join(list: readonly Uint8Array[]): Bytes {
  const joined = new Uint8Array(list.reduce((length, bytes) => length + bytes.length, 0));
  let at = 0;
  for (const bytes of list) {
    joined.set(bytes, at);
    at += bytes.length;
  }
  return joined;
}
