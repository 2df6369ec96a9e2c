// Pieces of an event stream -> whole events, some of them changed. What has only half arrived is held until the rest of
// it comes, so what is passed always ends between two events. Knows bytes and blocks of lines, and no dialect.

export interface EventRules {
  /** What is sent in place of an event's data. The same text when nothing changes; undefined leaves the event out. */
  readonly tell: (event: string, data: string) => string | undefined;
  /** Does this event have to be looked at? By its text, because most are words of the model and need no parsing. */
  readonly matters: (block: string) => boolean;
  /** Past it `push` throws. */
  readonly eventBytes: number;
  /**
   * An event that is longer, and of which nothing matters so far, passes as it comes: what is looked for stands at the
   * beginning. Default: every event is held until it is whole.
   */
  readonly longBytes?: number;
}

export interface EventPass {
  /** Adds a piece; gives what may pass now. The piece's own buffer may be used again. */
  push(piece: Uint8Array): Uint8Array<ArrayBuffer> | undefined;
  /** The stream has ended: what was held only for a line feed that could have belonged to it. */
  rest(): Uint8Array<ArrayBuffer> | undefined;
  /** What is held, as it came. Nothing is held then. */
  release(): Uint8Array<ArrayBuffer>;
}

const LF = 10;
const CR = 13;
const COLON = 58;
/** Lines beside the data that hold a word of the protocol, or a number. */
const PLAIN = /^(?:event: ?[a-z_.]{1,64}|id: ?\d{1,16}|retry: ?\d{1,10})$/;
/** A blank line that two pieces share is seen when this much of the first is still there. */
const OVERLAP = 3;
const encoder = new TextEncoder();

export function createEventPass({ tell, matters, eventBytes, longBytes }: EventRules): EventPass {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let held = new Uint8Array(8 * 1024);
  let length = 0;
  /** A byte order mark means nothing at the very start, and hides a field anywhere else. */
  let atStart = true;
  /** Is the rest of a long event on its way? */
  let isLong = false;
  /** A long event that matters is not looked at again with each piece. */
  let mustHold = false;

  function push(piece: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
    const before = length;
    hold(piece);
    if (isLong) return pushLong(Math.max(0, before - OVERLAP));
    const end = lastBlankLine(held, Math.max(0, before - OVERLAP), length);
    if (end > 0) {
      mustHold = false;
      return told(end);
    }
    // A comment says nothing but that somebody is there, and that now.
    const comments = held[0] === COLON && hasLineEnd(piece) ? commentLines(held, length) : 0;
    if (comments > 0) return take(comments);
    if (longBytes !== undefined && length > longBytes && !mustHold) {
      mustHold = matters(decoder.decode(held.subarray(0, length)));
      isLong = !mustHold;
      if (isLong) return take(length - OVERLAP);
    }
    if (length > eventBytes) throw new Error("An event is too large.");
    return undefined;
  }

  function pushLong(from: number): Uint8Array<ArrayBuffer> | undefined {
    const end = firstBlankLine(held, from, length);
    if (end === 0) return length > OVERLAP ? take(length - OVERLAP) : undefined;
    isLong = false;
    const long = take(end);
    const others = take(length);
    const more = others.byteLength === 0 ? undefined : push(others);
    return more === undefined ? long : joined(long, more);
  }

  function hold(piece: Uint8Array): void {
    const needed = length + piece.byteLength;
    if (needed > held.byteLength) {
      const grown = new Uint8Array(Math.max(needed, held.byteLength * 2));
      grown.set(held.subarray(0, length));
      held = grown;
    }
    held.set(piece, length);
    length = needed;
  }

  function take(bytes: number): Uint8Array<ArrayBuffer> {
    const taken = held.slice(0, bytes);
    held.copyWithin(0, bytes, length);
    length -= bytes;
    atStart = false;
    return taken;
  }

  /** The events in the first of what is held. */
  function told(count: number): Uint8Array<ArrayBuffer> {
    const whole = decoder.decode(held.subarray(0, count));
    const text = atStart ? whole.replace(/^\uFEFF/, "") : whole;
    const bytes = take(count);
    if (!matters(text)) return bytes;
    const parts = text.split(/((?:\r\n|\n|\r(?!\n)){2,})/);
    let changed = "";
    for (let at = 0; at < parts.length; at += 2) {
      const block = parts[at]!;
      const passed = matters(block) ? tellBlock(block) : block;
      if (passed !== undefined) changed += passed + (parts[at + 1] ?? "");
    }
    return changed === text ? bytes : encoder.encode(changed);
  }

  function tellBlock(block: string): string | undefined {
    const lines = block.split(/\r\n|\n|\r/);
    const valuesOf = (field: string) =>
      lines
        .filter((line) => line === field || line.startsWith(`${field}:`))
        .map((line) => line.slice(field.length + 1).replace(/^ /, ""));
    const data = valuesOf("data");
    if (data.length === 0) return block;
    const before = data.join("\n");
    const after = tell(valuesOf("event").at(-1) ?? "", before);
    if (after === before) return block;
    if (after === undefined) return undefined;
    // Of a changed event nothing else passes that somebody could have written something into.
    return [...lines.filter((line) => PLAIN.test(line)), `data: ${after}`].join("\n");
  }

  return {
    push,
    rest() {
      const isWhole = isLong || (length > 0 && lastBlankLine(held, 0, length, true) === length);
      if (!isWhole || length === 0) return undefined;
      return isLong ? take(length) : told(length);
    },
    release: () => take(length),
  };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.byteLength + b.byteLength);
  both.set(a);
  both.set(b, a.byteLength);
  return both;
}

/** Where the last blank line ends, or 0. Looks at nothing before `from`. */
function lastBlankLine(bytes: Uint8Array, from: number, end: number, atEnd = false): number {
  for (let at = end - 1; at > from; at -= 1) {
    if (endsBlankLine(bytes, at, end, atEnd)) return at + 1;
  }
  return 0;
}

function firstBlankLine(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from + 1; at < end; at += 1) {
    if (endsBlankLine(bytes, at, end, false)) return at + 1;
  }
  return 0;
}

function endsBlankLine(bytes: Uint8Array, at: number, end: number, atEnd: boolean): boolean {
  if (bytes[at] !== LF && bytes[at] !== CR) return false;
  const before = bytes[at] === LF && bytes[at - 1] === CR ? at - 2 : at - 1;
  if (before < 0 || (bytes[before] !== LF && bytes[before] !== CR)) return false;
  // After CR LF a CR alone is the first half of another one, which the next piece brings.
  const half = bytes[at] === CR && bytes[before] === LF && at === end - 1;
  return !half || atEnd;
}

function hasLineEnd(piece: Uint8Array): boolean {
  return piece.includes(LF) || piece.includes(CR);
}

/** How many bytes at the beginning are whole lines of comments. */
function commentLines(bytes: Uint8Array, end: number): number {
  let whole = 0;
  for (let at = 0; at < end && whole < end && bytes[whole] === COLON; at += 1) {
    if (bytes[at] === LF) whole = at + 1;
    // A CR at the very end may be the first half of CR LF.
    else if (bytes[at] === CR && at + 1 < end && bytes[at + 1] !== LF) whole = at + 1;
  }
  return whole;
}
