// The events of a run on their way to the caller: whole events only. Each is looked at before it passes, for what was
// made (it is remembered first) and for what is the operator's (it is taken out). An event that the upstream leaves
// half written is not passed, so the last frame of a broken stream can always follow.

export interface EventPass {
  /** What is sent in place of an event's data. The same text when nothing changes; undefined leaves the event out. */
  readonly tell: (event: string, data: string) => string | undefined;
  /** Does this event have to be looked at? By its text, because most are words of the model and need no parsing. */
  readonly matters: (block: string) => boolean;
  /** Resolves when what was made by the events is remembered. Rejects: they must not pass. */
  readonly remember: () => Promise<void> | undefined;
  /** Past it the stream breaks off. */
  readonly eventBytes: number;
  /** Asked after each piece: bytes that end the stream now, in place of all that the source would still give. */
  readonly ending?: () => Uint8Array<ArrayBuffer> | undefined;
}

const LF = 10;
const CR = 13;
const encoder = new TextEncoder();

export function passEvents(
  source: ReadableStream<Uint8Array>,
  { tell, matters, remember, eventBytes, ending }: EventPass,
): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  const decoder = new TextDecoder();
  let held = new Uint8Array(8 * 1024);
  let length = 0;

  /** Adds a piece; gives the whole events that there are now. */
  function push(piece: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
    const needed = length + piece.byteLength;
    if (needed > held.byteLength) {
      const grown = new Uint8Array(Math.max(needed, held.byteLength * 2));
      grown.set(held.subarray(0, length));
      held = grown;
    }
    held.set(piece, length);
    const end = lastBlankLine(held, Math.max(0, length - 3), needed);
    length = needed;
    if (end === 0) {
      if (length > eventBytes) throw new Error("An event is too large.");
      return undefined;
    }
    const events = held.slice(0, end);
    held.copyWithin(0, end, length);
    length -= end;
    return events;
  }

  /** What was held only for a line feed that could have belonged to it. */
  function rest(): Uint8Array<ArrayBuffer> | undefined {
    const whole = length > 0 && lastBlankLine(held, 0, length, true) === length;
    return whole ? held.slice(0, length) : undefined;
  }

  function told(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const text = decoder.decode(bytes);
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
        .filter((line) => line.startsWith(`${field}:`))
        .map((line) => line.slice(field.length + 1).replace(/^ /, ""));
    const data = valuesOf("data");
    if (data.length === 0) return block;
    const before = data.join("\n");
    const after = tell(valuesOf("event").at(-1) ?? "", before);
    if (after === before) return block;
    if (after === undefined) return undefined;
    return [...lines.filter((line) => !line.startsWith("data:")), `data: ${after}`].join("\n");
  }

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        for (;;) {
          const { done, value } = await reader.read();
          const events = done ? rest() : push(value);
          if (done && events === undefined) return controller.close();
          if (events === undefined) continue;
          const passed = told(events);
          await remember();
          if (passed.byteLength > 0) controller.enqueue(passed);
          const last = ending?.();
          if (last !== undefined) {
            reader.cancel().catch(() => {});
            if (last.byteLength > 0) controller.enqueue(last);
            return controller.close();
          }
          if (passed.byteLength === 0 && !done) continue;
          return done ? controller.close() : undefined;
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/** Where the last blank line ends, or 0. Looks at nothing before `from`. */
function lastBlankLine(bytes: Uint8Array, from: number, end: number, atEnd = false): number {
  for (let at = end - 1; at > from; at -= 1) {
    if (bytes[at] !== LF && bytes[at] !== CR) continue;
    const before = bytes[at] === LF && bytes[at - 1] === CR ? at - 2 : at - 1;
    if (before < 0 || (bytes[before] !== LF && bytes[before] !== CR)) continue;
    // After CR LF a CR alone is the first half of another one, which the next piece brings.
    const half = bytes[at] === CR && bytes[before] === LF && at === end - 1;
    if (!half || atEnd) return at + 1;
  }
  return 0;
}
