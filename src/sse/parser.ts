/**
 * Server-sent events, the grammar only: bytes in, events out, as written in
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 * It knows no fetch, no JSON and no `[DONE]`; those are the business of whoever feeds it.
 */

/** One dispatched event. */
export interface ServerSentEvent {
  /** The event's name: `"message"` when the stream gave none. */
  event: string;
  /** Its `data` lines joined by a line feed, each with one leading space removed. */
  data: string;
  /** The last `id` the stream has set so far, in this event or an earlier one; `""` when none. */
  id: string;
}

/** What {@link createParser} reports, and how much it may hold. */
export interface ParserOptions {
  /** Called for each event, synchronously, in order. An error it throws leaves {@link Parser.feed}. */
  onEvent: (event: ServerSentEvent) => void;
  /** Called for each comment line with the text after the colon and one optional space. */
  onComment?: ((text: string) => void) | undefined;
  /** Called with the reconnection time in milliseconds whenever the stream sets a valid one (at most 2^31-1). */
  onRetry?: ((milliseconds: number) => void) | undefined;
  /** Largest line and largest event, in bytes (of an event's joined data: UTF-16 code units). Default 16 MiB. */
  maxEventBytes?: number | undefined;
}

/** An incremental parser; feed it the bytes in any pieces. */
export interface Parser {
  /** Takes the next bytes. They are copied where they must be kept, so the caller may reuse the array. */
  feed(bytes: Uint8Array): void;
  /**
   * Says that no more bytes will come. The specification drops an event that no blank line has ended, and so
   * does this; what was dropped is returned, so that a caller who must be lenient can look at it.
   */
  end(): ServerSentEvent | undefined;
  /** Forgets everything, the last id included: ready for a new stream. */
  reset(): void;
}

/** A line or an event grew past `maxEventBytes`. The parser is spent until {@link Parser.reset}. */
export class SseLimitError extends RangeError {
  override readonly name = "SseLimitError";
  /** The limit that was passed. */
  readonly limit: number;

  constructor(limit: number) {
    super(`The event stream exceeds maxEventBytes (${limit}).`);
    this.limit = limit;
  }
}

/** Above any event a model service sends today (an inlined image is a few MiB), below what hurts. */
const DEFAULT_LIMIT = 0x1000000;
/** A waiting line this long is looked at once: is it of a field that counts, or can its bytes be dropped? */
const INSPECT_BYTES = 1024;
const MAX_RETRY_MS = 0x7fffffff;
const BLOCK_BYTES = 0x4000;
/** Enough of a line to know its field by: a byte order mark and the longest name. */
const HEAD_BYTES = 9;
const FIELDS = new Set(["data", "event", "id", "retry"]);
const LF = 10;
const CR = 13;
const SPACE = 32;
const BOM = 0xfeff;

/**
 * Makes a parser for one event stream. Work is linear in the bytes fed, whatever their pieces: lines are decoded
 * only when whole, so no piece is ever decoded or searched twice, and no UTF-8 sequence is ever split.
 *
 * @throws {SseLimitError} from `feed`, when a line or an event grows past its limit.
 * @throws {TypeError} when the limit isn't a number above 0.
 *
 * @example
 * ```ts
 * import { createParser } from "latchkey/sse";
 *
 * const parser = createParser({ onEvent: (event) => console.log(event.data) });
 * parser.feed(new TextEncoder().encode("data: hello\n\n"));
 * ```
 */
export function createParser(options: ParserOptions): Parser {
  const { onEvent, onComment, onRetry, maxEventBytes: limit = DEFAULT_LIMIT } = options;
  if (typeof limit !== "number" || !(limit > 0))
    throw new TypeError("maxEventBytes must be a number above 0.");
  const inspectBytes = Math.max(HEAD_BYTES, Math.min(INSPECT_BYTES, limit));
  // The byte order mark is removed by hand, at the very start only; a decoder would do it for every region.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  /** Bytes of a line whose end has not come yet, in blocks: each byte is copied once, however long the line gets. */
  let blocks: Uint8Array[];
  /** How much of the last block is in use, and how much is waiting in all. */
  let used: number;
  let waiting: number;
  /** The waiting line has been looked at; its bytes are being dropped. */
  let inspected: boolean;
  let dropping: boolean;
  let atStart: boolean;
  let skipLineFeed: boolean;
  let spent: SseLimitError | undefined;
  let data: string | undefined;
  let eventName: string;
  let lastId: string;
  reset();

  function reset(): void {
    blocks = [];
    used = waiting = 0;
    inspected = dropping = skipLineFeed = false;
    atStart = true;
    eventName = lastId = "";
    data = spent = undefined;
  }

  function checkSize(size: number): void {
    if (size <= limit) return;
    reset();
    spent = new SseLimitError(limit);
    throw spent;
  }

  function feed(bytes: Uint8Array): void {
    if (spent) throw spent;
    const length = bytes.length;
    if (length === 0) return;
    let start = skipLineFeed && bytes[0] === LF ? 1 : 0;
    // The end of the last whole line. A CR ends a line by itself; an LF that follows in the next piece is its other half.
    let end = bytes[length - 1] === LF ? length : bytes.lastIndexOf(LF) + 1;
    if (end < length) end += bytes.subarray(end).lastIndexOf(CR) + 1;
    skipLineFeed = bytes[length - 1] === CR;
    if (dropping && end > start) {
      // The first line end in this piece ends the line that was being dropped, and goes with it.
      while (bytes[start] !== LF && bytes[start] !== CR) start++;
      start += bytes[start] === CR && bytes[start + 1] === LF ? 2 : 1;
      dropping = inspected = false;
    }
    if (end > start) {
      inspected = false;
      if (waiting) {
        // Only the line that was cut is joined, not the whole piece.
        const first = bytes.indexOf(LF, start) + 1 || end;
        region(takeWaiting(bytes.subarray(start, first)));
        start = first;
      }
      if (end > start)
        region(decoder.decode(start === 0 && end === length ? bytes : bytes.subarray(start, end)));
    }
    if (end < length) keep(bytes.subarray(Math.max(start, end)));
  }

  /** Keeps bytes of an unfinished line, unless it's a line whose content nobody will see. */
  function keep(bytes: Uint8Array): void {
    if (dropping) return;
    waiting += bytes.length;
    while (bytes.length > 0) {
      let block = blocks.at(-1);
      if (!block || used === BLOCK_BYTES) {
        block = new Uint8Array(BLOCK_BYTES);
        blocks.push(block);
        used = 0;
      }
      const part = bytes.subarray(0, BLOCK_BYTES - used);
      block.set(part, used);
      used += part.length;
      bytes = bytes.subarray(part.length);
    }
    // Before more than a block is held: is it of a field that counts, or can its bytes be dropped?
    if (waiting > inspectBytes && !inspected) {
      inspected = true;
      const head = decoder.decode(blocks[0]!.subarray(0, HEAD_BYTES)).replace(/^\ufeff/, "");
      if (!/^(data|event|id|retry):/.test(head) && !(onComment && head[0] === ":")) {
        dropping = true;
        atStart = false;
        blocks.length = 1;
        used = waiting = 0;
      }
    }
    checkSize(waiting);
  }

  /** Decodes what is waiting and the bytes that end it; one block is kept for the next line. */
  function takeWaiting(rest: Uint8Array): string {
    let text = "";
    const last = blocks.at(-1)!.subarray(0, used);
    if (blocks.length === 1) {
      // The usual case, a line cut by the end of a piece: decoders are several times quicker on whole input.
      const joined = new Uint8Array(used + rest.length);
      joined.set(last);
      joined.set(rest, used);
      text = decoder.decode(joined);
    } else {
      blocks[blocks.length - 1] = last;
      for (const block of blocks) text += decoder.decode(block, { stream: true });
      text += decoder.decode(rest);
      blocks.length = 1;
    }
    used = waiting = 0;
    return text;
  }

  /** Takes whole lines. */
  function region(text: string): void {
    const unmarked = withoutMark(text);
    lines(unmarked.indexOf("\r") === -1 ? unmarked : unmarked.replace(/\r\n?/g, "\n"));
  }

  function withoutMark(text: string): string {
    const marked = atStart && text.charCodeAt(0) === BOM;
    atStart = false;
    return marked ? text.slice(1) : text;
  }

  function lines(text: string): void {
    let from = 0;
    while (from < text.length) {
      const to = text.indexOf("\n", from);
      if (
        data === undefined &&
        isData(text, from) &&
        text.charCodeAt(from + 5) === SPACE &&
        text.charCodeAt(to + 1) === LF &&
        (to - from) * 3 <= limit
      ) {
        // `data: …` and a blank line, what every model service sends: the whole event in one step.
        const event = eventName || "message";
        eventName = "";
        onEvent({ event, data: text.slice(from + 6, to), id: lastId });
        from = to + 2;
        continue;
      }
      if (to === from) dispatch();
      else line(text.slice(from, to));
      from = to + 1;
    }
  }

  function line(text: string): void {
    const colon = text.indexOf(":");
    const field = colon === -1 ? text : text.slice(0, colon);
    // One space after the colon is not part of the value.
    const value = colon === -1 ? "" : text.slice(text[colon + 1] === " " ? colon + 2 : colon + 1);
    // A line whose content nobody sees may have any length, as when it comes in pieces.
    if (colon !== 0 ? FIELDS.has(field) : onComment) {
      // In bytes, as when it waits in pieces; counted only where it could matter.
      if (text.length * 3 > limit) checkSize(new TextEncoder().encode(text).length);
    }
    if (field === "data") {
      data = data === undefined ? value : `${data}\n${value}`;
      checkSize(data.length);
    } else if (field === "event") eventName = value;
    else if (field === "id") {
      if (!value.includes("\0")) lastId = value;
    } else if (field === "retry") {
      if (/^[0-9]+$/.test(value)) onRetry?.(Math.min(Number(value), MAX_RETRY_MS));
    } else if (colon === 0) onComment?.(value);
  }

  function pending(): ServerSentEvent | undefined {
    return data === undefined ? undefined : { event: eventName || "message", data, id: lastId };
  }

  function dispatch(): void {
    const event = pending();
    eventName = "";
    data = undefined;
    if (event) onEvent(event);
  }

  function end(): ServerSentEvent | undefined {
    if (spent) throw spent;
    if (waiting) line(withoutMark(takeWaiting(new Uint8Array())));
    const dropped = pending();
    reset();
    return dropped;
  }

  return { feed, end, reset };
}

/** Whether `data:` stands at an offset; comparing codes is several times quicker than `startsWith` in V8. */
function isData(text: string, at: number): boolean {
  return (
    text.charCodeAt(at) === 100 &&
    text.charCodeAt(at + 1) === 97 &&
    text.charCodeAt(at + 2) === 116 &&
    text.charCodeAt(at + 3) === 97 &&
    text.charCodeAt(at + 4) === 58
  );
}
