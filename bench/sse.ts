/** The bare parser, fed directly and with `JSON.parse` of each event, against parsing the payloads alone. */
import { getBytes, getLines, getMessages } from "@microsoft/fetch-event-source/lib/cjs/parse.js";
import { createParser as createOther } from "eventsource-parser";
import { createParser } from "latchkey/sse";
import { by16KiB, byEvent, payloads, pieces } from "./chunks.ts";
import type { Candidate, Section } from "./timed.ts";

type Pieces = Uint8Array<ArrayBuffer>[];

/** What is parsed is counted, so that no engine can leave the work out. */
let sink = 0;
const use = (data: string) => {
  if (data !== "[DONE]") sink += JSON.parse(data).choices.length;
};

const floor: Candidate = {
  name: "JSON.parse of the payloads alone",
  run() {
    for (const payload of payloads) use(payload);
  },
};

const parsers: Record<string, (list: Pieces) => void> = {
  latchkey(list) {
    const parser = createParser({ onEvent: (event) => use(event.data) });
    for (const piece of list) parser.feed(piece);
  },
  "eventsource-parser"(list) {
    const parser = createOther({ onEvent: (event) => use(event.data) });
    const decoder = new TextDecoder();
    for (const piece of list) parser.feed(decoder.decode(piece, { stream: true }));
  },
  "fetch-event-source"(list) {
    const onLine = getLines(
      getMessages(
        () => {},
        () => {},
        (message: { data: string }) => message.data && use(message.data),
      ),
    );
    for (const piece of list) onLine(piece);
  },
};

const longLine = (size: number): Pieces => {
  const line = new TextEncoder().encode(`data: ${"x".repeat(size)}\n\n`);
  return pieces(line, 1024);
};

function overLine(list: Pieces): void {
  const parser = createParser({
    onEvent: (event) => {
      sink += event.data.length;
    },
  });
  for (const piece of list) parser.feed(piece);
}

export function sse(): Section[] {
  const framing = (title: string, goal: string, list: Pieces): Section => ({
    title: `SSE, 20,000 events, ${title}`,
    goal,
    candidates: [
      floor,
      ...Object.entries(parsers).map(([name, parse]) => ({ name, run: () => parse(list) })),
    ],
  });
  const small = longLine(1024 * 1024);
  const large = longLine(4 * 1024 * 1024);
  return [
    framing("pieces of 16 KiB", "at most x 1.22", by16KiB),
    framing("one event in each piece", "at most x 1.35", byEvent),
    {
      title: "SSE, one line in pieces of 1 KiB",
      goal: "4 MiB at most x 6",
      candidates: [
        { name: "latchkey, 1 MiB", run: () => overLine(small) },
        { name: "latchkey, 4 MiB", run: () => overLine(large) },
      ],
    },
  ];
}

// Kept referenced: fetch-event-source's third step reads a body, which the direct feed replaces.
void getBytes;
void sink;
