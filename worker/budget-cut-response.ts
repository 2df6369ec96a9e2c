// The ending of a stream of the Responses API whose budget has ended: what is open is closed with what it has, in the
// service's order, and `response.incomplete` tells the whole answer so far. Of the events that pass only their pieces of
// text are taken, unparsed, so a stream that is never cut costs a search in each; past a bound the text is left out.
import type { Cut, CutUsage } from "./budget-cut.ts";

/** Kept of one stream at most, in characters: far above the longest answers. Past it an ending repeats no text. */
const MAX_KEPT = 4 * 1024 * 1024;
/** The type comes first in an event that has no name. */
const TYPE_CHARS = 200;

// An unescaped member name is one of the protocol: inside a text its quotes are escaped.
const TYPE = /"type"\s*:\s*"(response\.[a-z_.]{1,80})"/;
const SEQUENCE = /"sequence_number"\s*:\s*(\d{1,15})/;
const OUTPUT_INDEX = /"output_index"\s*:\s*(\d{1,9})/;
const CONTENT_INDEX = /"content_index"\s*:\s*(\d{1,9})/;
const DELTA = /"delta"\s*:\s*"([^"\\]*(?:\\.[^"\\]*)*)"/;
const LAST = /^response\.(?:completed|failed|incomplete)$/;

type Json = Record<string, unknown>;
const encoder = new TextEncoder();

/** One item of the answer, in the service's own text. */
interface Item {
  added?: string;
  /** With this nothing else is needed. */
  done?: string;
  /** Pieces of a function's arguments, as they stand between the quotes. */
  arguments: string;
  readonly parts: Map<number, Part>;
}

interface Part {
  added?: string;
  /** Pieces of text or refusal, as they stand between the quotes. */
  said: string;
  isSaid: boolean;
  isDone: boolean;
}

export function createResponseCut(): Cut {
  let created: string | undefined;
  let sequence = -1;
  let done = false;
  let kept = 0;
  const items = new Map<number, Item>();

  /** Notes what an event says of an item; gives how many characters that keeps. */
  function noteItem(type: string, data: string): number {
    const place = Number(OUTPUT_INDEX.exec(data)?.[1] ?? 0);
    const item = items.get(place) ?? { arguments: "", parts: new Map<number, Part>() };
    if (type.startsWith("output_item.")) {
      if (type.endsWith("added")) items.set(place, { ...item, added: data });
      else items.set(place, { done: data, arguments: "", parts: new Map() });
      return data.length;
    }
    if (item.added === undefined) return 0;
    const delta = type.endsWith(".delta") ? (DELTA.exec(data)?.[1] ?? "") : "";
    if (type === "function_call_arguments.delta") {
      item.arguments += delta;
      return delta.length;
    }
    const at = Number(CONTENT_INDEX.exec(data)?.[1] ?? 0);
    const part = item.parts.get(at) ?? { said: "", isSaid: false, isDone: false };
    item.parts.set(at, part);
    if (type === "content_part.added") part.added = data;
    if (type === "content_part.done") part.isDone = true;
    if (/^(?:output_text|refusal)\.done$/.test(type)) part.isSaid = true;
    if (/^(?:output_text|refusal)\.delta$/.test(type)) part.said += delta;
    return delta.length + (part.added === data ? data.length : 0);
  }

  return {
    note(event, data) {
      const type = event.startsWith("response.")
        ? event
        : (TYPE.exec(data.slice(0, TYPE_CHARS))?.[1] ?? event);
      sequence = Math.max(sequence, Number(SEQUENCE.exec(data)?.[1] ?? sequence + 1));
      if (LAST.test(type) || type === "error") done = true;
      if (type === "response.created" || type === "response.in_progress") created ??= data;
      const about = type.slice("response.".length);
      if (!/^(?:output_item|content_part|output_text|refusal|function_call_arguments)\./.test(about)) return;
      if (kept < MAX_KEPT) kept += noteItem(about, data);
      if (kept >= MAX_KEPT) items.clear();
    },

    ending({ usage }) {
      if (done) return new Uint8Array();
      const closing: Json[] = [];
      const output = [...items]
        .sort(([a], [b]) => a - b)
        .map(([place, item]) => {
          if (item.done !== undefined) return parse(item.done).item;
          const closed = closeItem(place, item);
          closing.push(...closed.events);
          return closed.item;
        });
      closing.push(incomplete(parse(created ?? "{}").response, output, usage));
      return encoder.encode(closing.map((event, after) => frame(event, sequence + 1 + after)).join(""));
    },
  };
}

/** An open item with what it has, and the events that close it. */
function closeItem(place: number, { added, parts, arguments: pieces }: Item): { item: Json; events: Json[] } {
  const begun = Object(parse(added ?? "{}").item) as Json;
  const item: Json = { ...begun, status: "incomplete" };
  const events: Json[] = [];
  if (begun.type === "function_call") item.arguments = unquote(pieces);
  if (begun.type === "message") {
    item.content = [...parts].map(([index, open]) => {
      const at = { item_id: begun.id, output_index: place, content_index: index };
      const said = unquote(open.said);
      const begunPart = Object(parse(open.added ?? "{}").part) as Json;
      const isRefusal = begunPart.type === "refusal";
      const part = { ...begunPart, ...(isRefusal ? { refusal: said } : { text: said }) };
      const last = isRefusal
        ? { type: "response.refusal.done", ...at, refusal: said }
        : { type: "response.output_text.done", ...at, text: said, logprobs: [] };
      if (!open.isSaid) events.push(last);
      if (!open.isDone) events.push({ type: "response.content_part.done", ...at, part });
      return part;
    });
  }
  events.push({ type: "response.output_item.done", output_index: place, item });
  return { item, events };
}

function incomplete(response: unknown, output: readonly unknown[], { tokensIn, tokensOut }: CutUsage): Json {
  return {
    type: "response.incomplete",
    response: {
      object: "response",
      ...(Object(response) as Json),
      status: "incomplete",
      error: null,
      incomplete_details: { reason: "max_output_tokens" },
      output,
      usage: {
        input_tokens: tokensIn,
        input_tokens_details: { cached_tokens: 0 },
        output_tokens: tokensOut,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: tokensIn + tokensOut,
      },
    },
  };
}

function frame({ type, ...members }: Json, sequence: number): string {
  return `event: ${type as string}\ndata: ${JSON.stringify({ type, sequence_number: sequence, ...members })}\n\n`;
}

/** What stood between the quotes of JSON. */
function unquote(pieces: string): string {
  try {
    return JSON.parse(`"${pieces}"`) as string;
  } catch {
    return "";
  }
}

function parse(data: string): Json {
  try {
    return Object(JSON.parse(data)) as Json;
  } catch {
    return {};
  }
}
