// Hand-made services for the client's tests: a `fetch` that records what it is sent and answers byte for byte what a
// test says. Where a real service's behaviour counts, tests take the emulator instead.
import { ChatCompletionsClient, type ChatCompletionsClientOptions, LatchkeyError } from "latchkey";

export const ENDPOINT = "https://service.example/models";
/** Searched for in everything that is printed, thrown or logged. */
export const KEY = "canary-key-7f3a9c";
export const PROMPT = "canary-prompt-51b2d8";
export const MESSAGES = [{ role: "user" as const, content: PROMPT }];

const encoder = new TextEncoder();

export const bytesOf = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text);

export type Piece = string | Uint8Array<ArrayBuffer>;

export interface Body extends ReadableStream<Uint8Array<ArrayBuffer>> {
  /** How often the reader asked for more, and whether it gave up. */
  readonly state: { pulled: number; cancelled: boolean };
}

/** A body in the given pieces; then it ends, stays open for ever, or fails. */
export function body(pieces: Iterable<Piece>, end: "close" | "open" | { error: unknown } = "close"): Body {
  const state = { pulled: 0, cancelled: false };
  const rest = pieces[Symbol.iterator]();
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull(controller) {
        state.pulled++;
        const { done, value } = rest.next();
        if (!done) controller.enqueue(typeof value === "string" ? bytesOf(value) : value);
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
  content: string | ReadableStream<Uint8Array<ArrayBuffer>> | null,
  headers: Record<string, string> = {},
): Response =>
  new Response(content, { headers: { "content-type": "text/event-stream; charset=utf-8", ...headers } });

export const json = (value: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(value), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });

/** One record of a stream, as text. */
export const record = (value: unknown): string =>
  `data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`;

export const DONE = "data: [DONE]\n\n";

/** A chunk with one choice. */
export const chunk = (delta: unknown, choice: object = {}, more: object = {}): object => ({
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  created: 1_700_000_000,
  model: "gpt-5-mini",
  choices: [{ index: 0, delta, finish_reason: null, ...choice }],
  ...more,
});

/** A record that says something. */
export const says = (content: string): string => record(chunk({ content }));

/** A record that finishes the first choice. */
export const finishes = (reason = "stop"): string => record(chunk({}, { finish_reason: reason }));

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
  url: URL;
  method: string;
  headers: Headers;
  body: string;
  signal: AbortSignal;
  redirect: string;
}

type Answer = Response | ((arrival: Arrival) => Response | Promise<Response>);

export interface Service {
  fetch: typeof fetch;
  arrivals: Arrival[];
}

/** A service that gives its answers in turn, the last one for ever (so that one must be a function to be used twice). */
export function service(...answers: Answer[]): Service {
  const arrivals: Arrival[] = [];
  return {
    arrivals,
    async fetch(input, init) {
      const request = new Request(input, init);
      const { url, method, headers, signal, redirect } = request;
      const text = await request.text();
      const arrival = { url: new URL(url), method, headers, body: text, signal, redirect };
      const answer = answers[Math.min(arrivals.push(arrival), answers.length) - 1]!;
      return typeof answer === "function" ? answer(arrival) : answer;
    },
  };
}

/** A client of a hand-made service, with the canary key and no retries unless told otherwise. */
export function clientOf(
  { fetch }: { fetch: typeof globalThis.fetch },
  options: ChatCompletionsClientOptions = {},
): ChatCompletionsClient {
  return new ChatCompletionsClient(ENDPOINT, KEY, { maxRetries: 0, fetch, ...options });
}

/** What a promise rejects with; it's a failure of the test if it doesn't. */
export async function thrownBy(work: PromiseLike<unknown> | (() => unknown)): Promise<unknown> {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    return error;
  }
  throw new Error("Nothing was thrown.");
}

/** The same for an error of the package. */
export async function failureOf<E extends LatchkeyError = LatchkeyError>(
  work: PromiseLike<unknown> | (() => unknown),
): Promise<E> {
  const error = await thrownBy(work);
  if (!LatchkeyError.is(error)) throw error;
  return error as E;
}

/** Reads everything; the items that came before a failure, and the failure. */
export async function drain<T>(items: AsyncIterable<T>): Promise<{ items: T[]; error: unknown }> {
  const seen: T[] = [];
  try {
    for await (const item of items) seen.push(item);
  } catch (error) {
    return { items: seen, error };
  }
  return { items: seen, error: undefined };
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
