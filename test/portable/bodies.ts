// Hand-made services and bodies: a `fetch` that answers byte for byte what a test says, and what readers make of it.

const encoder = new TextEncoder();
export const bytes = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text);

export type Piece = string | Uint8Array<ArrayBuffer>;
type Bytes = Uint8Array<ArrayBuffer>;

export interface Source extends ReadableStream<Bytes> {
  /** How often the reader asked for more, and whether it gave up. */
  readonly state: { pulled: number; cancelled: boolean };
}

/** A body in the given pieces; then it ends, stays open for ever, or fails. */
export function source(
  pieces: Iterable<Piece>,
  end: "close" | "open" | { error: unknown } = "close",
): Source {
  const state = { pulled: 0, cancelled: false };
  const rest = pieces[Symbol.iterator]();
  const stream = new ReadableStream<Bytes>(
    {
      pull(controller) {
        state.pulled++;
        const { done, value } = rest.next();
        if (!done) controller.enqueue(typeof value === "string" ? bytes(value) : value);
        else if (end === "close") controller.close();
        else if (end === "open") return new Promise(() => {});
        else controller.error(end.error);
        return undefined;
      },
      cancel() {
        state.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return Object.assign(stream, { state });
}

export const eventStream = (
  content: string | ReadableStream<Bytes>,
  headers: Record<string, string> = {},
): Response => new Response(content, { headers: { "content-type": "text/event-stream", ...headers } });

export const json = (value: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(value), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });

export const record = (value: unknown): string =>
  `data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`;
export const DONE: string = record("[DONE]");

/** A chunk of a chat, as a record. */
export const chunk = (delta: unknown, choice: object = {}, more: object = {}): string =>
  record({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1_700_000_000,
    model: "gpt-5-mini",
    choices: [{ index: 0, delta, finish_reason: null, ...choice }],
    ...more,
  });
export const says = (content: string): string => chunk({ content });
export const finishes = (reason = "stop"): string => chunk({}, { finish_reason: reason });

export const COMPLETION = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1_700_000_000,
  model: "gpt-5-mini",
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "Hello" } }],
  usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
};

/** What arrived at a hand-made service. */
export interface Arrival {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string;
  readonly signal: AbortSignal | undefined;
}

type Answer = (arrival: Arrival) => Response | Promise<Response>;

/** Gives its answers in turn, the last one for ever. */
export function made(...answers: Answer[]): { fetch: typeof fetch; arrivals: Arrival[] } {
  const arrivals: Arrival[] = [];
  const fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const { url, method, headers } = request;
    // Taken from the caller: a Request that is made of another one has a signal of its own, which may be collected.
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    const arrival = { url: new URL(url), method, headers, body: await request.text(), signal };
    const answer = answers[Math.min(arrivals.push(arrival), answers.length) - 1];
    if (answer === undefined) throw new Error("This service has no answer.");
    return answer(arrival);
  };
  return { fetch: fetch as typeof globalThis.fetch, arrivals };
}

/** Reads everything; the items that came before a failure, and the failure. */
export async function drain<T>(
  items: AsyncIterable<T> | PromiseLike<AsyncIterable<T>>,
): Promise<{ items: T[]; error: unknown }> {
  const seen: T[] = [];
  try {
    for await (const item of await items) seen.push(item);
  } catch (error) {
    return { items: seen, error };
  }
  return { items: seen, error: undefined };
}

/**
 * Reads a stream that breaks. A reset of the connection may take with it what was sent and not read yet, even the head:
 * then nothing has come (`lost`), and the error is one of the connection.
 */
export async function readBroken<T>(
  open: PromiseLike<AsyncIterable<T>>,
  how: string,
): Promise<{ items: T[]; error: unknown; lost: boolean }> {
  const { items, error } = await drain(open);
  const { kind } = Object(error) as { kind?: unknown };
  const lost =
    how.startsWith("reset") && items.length === 0 && (kind === "connection" || kind === "truncated");
  return { items, error, lost };
}

export async function all<T>(items: AsyncIterable<T> | PromiseLike<AsyncIterable<T>>): Promise<T[]> {
  const { items: seen, error } = await drain(items);
  if (error !== undefined) throw error;
  return seen;
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks again until it holds, for what happens on the other side of a connection. */
export async function until<T>(ask: () => T | Promise<T>, good: (value: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries++) {
    const value = await ask();
    if (good(value) || tries === 100) return value;
    await sleep(20);
  }
}
