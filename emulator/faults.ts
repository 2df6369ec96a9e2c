// How the records of an answer become chunks on the wire: plainly, or broken in one named way. Each writer is a
// generator of steps (body.ts runs them) and reports the tokens of a record at the moment it hands it over.
// Which scenario uses which writer, with which parameters, is the table in scenarios.ts.

import { RESET, SILENCE, type Step } from "./body.ts";
import { encodeText, namedRecord, PING_RECORD } from "./encode.ts";
import type { StreamRecord } from "./stream.ts";

export interface Writing {
  readonly records: Iterable<StreamRecord>;
  /** Called with the completion tokens of each record as it is handed over. */
  readonly emitted: (tokens: number) => void;
}

export type Writer = Generator<Step, void>;

function bytesOf(record: StreamRecord): Uint8Array {
  return record.bytes ?? encodeText(record.text);
}

function stepOf({ bytes, text }: StreamRecord): Step {
  return bytes === undefined ? encodeText(text) : { lent: bytes };
}

export function* writePlainly({ records, emitted }: Writing): Writer {
  for (const record of records) {
    emitted(record.tokens);
    yield stepOf(record);
  }
}

const TERMINAL: readonly string[] = ["finish", "usage", "done"] satisfies StreamRecord["kind"][];

/**
 * The first `count` records, fewer when the answer is shorter: never the finish, usage or [DONE] record. Returns the
 * record that would have come next.
 */
function* writeFirst(
  count: number,
  { records, emitted }: Writing,
): Generator<Step, StreamRecord | undefined> {
  let written = 0;
  for (const record of records) {
    if (written >= count || TERMINAL.includes(record.kind)) return record;
    written++;
    emitted(record.tokens);
    yield stepOf(record);
  }
  return undefined;
}

export function* writeThenStall(writing: Writing, after: number): Writer {
  yield* writeFirst(after, writing);
  yield SILENCE;
}

export function* writeThenPing(writing: Writing, after: number, pauseMs: number): Writer {
  yield* writeFirst(after, writing);
  for (;;) {
    yield { pauseMs };
    yield encodeText(PING_RECORD);
  }
}

export function* writeThenEnd(writing: Writing, after: number): Writer {
  yield* writeFirst(after, writing);
}

export function* writeThenReset(writing: Writing, after: number): Writer {
  yield* writeFirst(after, writing);
  yield RESET;
}

export function* writeHalfRecord(writing: Writing, after: number, bytes: number): Writer {
  const next = yield* writeFirst(after, writing);
  if (next !== undefined) yield new Uint8Array(bytesOf(next).subarray(0, bytes));
}

export function* writeWithoutDone({ records, emitted }: Writing): Writer {
  for (const record of records) {
    if (record.kind === "done") return;
    emitted(record.tokens);
    yield stepOf(record);
  }
}

export function* writeThenHoldOpen(writing: Writing): Writer {
  yield* writePlainly(writing);
  yield SILENCE;
}

export function* writeThenError(writing: Writing, after: number, error: unknown, named: boolean): Writer {
  yield* writeFirst(after, writing);
  const json = JSON.stringify({ error });
  yield encodeText(named ? namedRecord("error", json) : `data: ${json}\n\n`);
}

/** After `after` records one whose data is not JSON; then the answer goes on. */
export function* writeMalformed({ records, emitted }: Writing, after: number, data: string): Writer {
  let written = 0;
  for (const record of records) {
    if (written++ === after) yield encodeText(`data: ${data}\n\n`);
    emitted(record.tokens);
    yield stepOf(record);
  }
}

/** Chunk boundaries fall behind the lead byte of each record's first multi-byte character. */
export function* writeSplitCharacters({ records, emitted }: Writing): Writer {
  let held = new Uint8Array(0);
  for (const record of records) {
    emitted(record.tokens);
    const bytes = bytesOf(record);
    const lead = bytes.findIndex((byte) => byte >= 0xc0);
    const joined = join(held, lead < 0 ? bytes : bytes.subarray(0, lead + 1));
    held = lead < 0 ? new Uint8Array(0) : new Uint8Array(bytes.subarray(lead + 1));
    yield joined;
  }
  if (held.byteLength > 0) yield held;
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(first.byteLength + second.byteLength);
  joined.set(first);
  joined.set(second, first.byteLength);
  return joined;
}

export function* writeInPieces({ records, emitted }: Writing, bytes: number): Writer {
  for (const record of records) {
    emitted(record.tokens);
    const encoded = bytesOf(record);
    // Copies: a byte stream takes over the buffer of what it is given.
    for (let at = 0; at < encoded.byteLength; at += bytes)
      yield new Uint8Array(encoded.subarray(at, at + bytes));
  }
}

export function* writeRewritten({ records, emitted }: Writing, rewrite: (text: string) => string): Writer {
  for (const record of records) {
    emitted(record.tokens);
    yield encodeText(rewrite(record.text));
  }
}

export function* writeWithByteOrderMark(writing: Writing): Writer {
  let first = true;
  for (const record of writing.records) {
    writing.emitted(record.tokens);
    yield encodeText(first ? `\ufeff${record.text}` : record.text);
    first = false;
  }
}

export function* writeSlowly(writing: Writing, pauseMs: number): Writer {
  let first = true;
  for (const step of writePlainly(writing)) {
    if (!first) yield { pauseMs };
    first = false;
    yield step;
  }
}

export function* writeUsageLate({ records, emitted }: Writing, pauseMs: number): Writer {
  for (const record of records) {
    if (record.kind === "usage") yield { pauseMs };
    emitted(record.tokens);
    yield stepOf(record);
  }
}

/** `bytes` bytes of an error page, made as they are read. ASCII, so that characters are bytes. */
export function* writePage(opening: string, bytes: number): Writer {
  const block = "The emulator was asked for a very long page. ".repeat(1456);
  let left = bytes;
  let text = opening;
  while (left > 0) {
    const piece = text.slice(0, left);
    left -= piece.length;
    yield encodeText(piece);
    text = block;
  }
}
