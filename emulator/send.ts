// Answers that are not chat completions: JSON, events and bytes. All of them pass through the scenario's writer, so
// that any operation's answer can be cut, reset or slowed as a chat stream can.

import type { Step } from "./body.ts";
import { dataRecord, namedRecord } from "./encode.ts";
import { type Exchange, headersOf, respond } from "./exchange.ts";
import { type Writing, writePlainly } from "./faults.ts";
import type { StreamRecord } from "./stream.ts";

export interface Head {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Completion tokens in the answer, for the ledger. */
  readonly tokens?: number;
}

/** undefined when nothing is to be broken. */
export function faultyWriter({
  entry,
  scenario: asked,
}: Exchange): ((writing: Writing) => Iterator<Step, void>) | undefined {
  if (asked === undefined || (asked.scenario.streamOnly && !entry.stream)) return undefined;
  const { write } = asked.scenario;
  return write === undefined ? undefined : (writing) => write(asked.call, writing);
}

export function sendRecords(exchange: Exchange, records: Iterable<StreamRecord>, head: Head): Response {
  const { entry } = exchange;
  const writing: Writing = {
    records,
    emitted: (tokens) => {
      entry.completionTokens += tokens;
    },
  };
  const write = faultyWriter(exchange) ?? writePlainly;
  return respond(exchange, head.status ?? 200, { ...headersOf(exchange), ...head.headers }, write(writing));
}

export function sendText(exchange: Exchange, type: string, text: string, head: Head = {}): Response {
  const pieces = faultyWriter(exchange) === undefined ? 1 : FAULT_PIECES;
  return sendRecords(exchange, textRecords(text, pieces, head.tokens), {
    ...head,
    headers: { "content-type": type, ...head.headers },
  });
}

export function sendJson(exchange: Exchange, body: unknown, head: Head = {}): Response {
  return sendText(exchange, "application/json", JSON.stringify(body), head);
}

/** A fault of the body needs a middle to happen in. */
const FAULT_PIECES = 8;

export function* textRecords(text: string, pieces: number, tokens = 0): Generator<StreamRecord, void> {
  const length = Math.ceil(text.length / pieces);
  const share = Math.floor(tokens / pieces);
  for (let i = 0; i < pieces - 1; i++) {
    yield { kind: "delta", text: text.slice(i * length, (i + 1) * length), tokens: share };
  }
  yield { kind: "done", text: text.slice((pieces - 1) * length), tokens: tokens - share * (pieces - 1) };
}

export interface Event {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** Events with their type inside the data, and beside it as `event:` where the service sends that; no [DONE]. */
export function sendEvents(exchange: Exchange, events: Iterable<Event>, form: EventForm): Response {
  return sendRecords(exchange, eventRecords(events, form), { headers: EVENT_STREAM_HEADERS });
}

export interface EventForm {
  readonly named: boolean;
  /** Types that end the stream. */
  readonly last: (type: string) => boolean;
  /** Types that carry one token. */
  readonly tokens?: (type: string) => boolean;
}

export const EVENT_STREAM_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, must-revalidate",
};

function* eventRecords(events: Iterable<Event>, form: EventForm): Generator<StreamRecord, void> {
  for (const event of events) {
    const json = JSON.stringify(event);
    yield {
      kind: form.last(event.type) ? "done" : "delta",
      text: form.named ? namedRecord(event.type, json) : dataRecord(json),
      tokens: form.tokens?.(event.type) ? 1 : 0,
    };
  }
}

/** Bytes by position. What is read is only lent: nobody may change it or hand its buffer over. */
export interface ByteSource {
  readonly length: number;
  readonly read: (start: number, end: number) => Uint8Array;
}

export function bytesSource(bytes: Uint8Array): ByteSource {
  return { length: bytes.byteLength, read: (start, end) => bytes.subarray(start, end) };
}

export function sendBytes(
  exchange: Exchange,
  type: string,
  source: ByteSource,
  { start = 0, end = source.length, ...head }: Head & { start?: number; end?: number } = {},
): Response {
  return sendRecords(exchange, byteRecords(source, start, end), {
    ...head,
    headers: { "content-type": type, ...head.headers },
  });
}

const CHUNK_BYTES = 64 * 1024;

function* byteRecords(source: ByteSource, start: number, end: number): Generator<StreamRecord, void> {
  const size = Math.max(1, Math.min(CHUNK_BYTES, Math.ceil((end - start) / FAULT_PIECES)));
  for (let at = start; at < end; at += size) {
    const next = Math.min(at + size, end);
    const kind = next === end ? "done" : "delta";
    yield { kind, text: "", bytes: source.read(at, next), tokens: 0 };
  }
}
