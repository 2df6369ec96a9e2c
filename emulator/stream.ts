// A completion as the records of its event stream, in the order and shape of the service. Lazy: a record is made when
// the reader asks for it. The parts of a chunk that never change are joined once, before the first record.

import {
  BLOCKED_RESULTS,
  type Choice,
  type Completion,
  type Part,
  PROMPT_FILTER_RESULTS,
  SAFE_RESULTS,
  usageOf,
} from "./chat.ts";
import type { Dialect } from "./dialects.ts";
import { DONE_RECORD, dataRecord } from "./encode.ts";

export type RecordKind = "filter" | "role" | "delta" | "finish" | "usage" | "done";

export interface StreamRecord {
  readonly kind: RecordKind;
  readonly text: string;
  /** Instead of `text`, where the answer is not text; only lent. */
  readonly bytes?: Uint8Array;
  /** Completion tokens in this record. */
  readonly tokens: number;
}

/** What surrounds the choices of every chunk: `data: ${open}[…choices…]${close}\n\n`. */
export interface Envelope {
  readonly open: string;
  readonly close: string;
}

export function envelopeOf(completion: Completion, dialect: Dialect): Envelope {
  const { id, created, model, fingerprint } = completion;
  const head = JSON.stringify({
    id,
    object: "chat.completion.chunk",
    created,
    model,
    ...(dialect.name !== "inference" && { system_fingerprint: fingerprint }),
  });
  return {
    open: `${head.slice(0, -1)},"choices":[`,
    close: completion.includeUsage ? `],"usage":null}` : "]}",
  };
}

export function chunkRecord(envelope: Envelope, choices: string): string {
  return dataRecord(envelope.open + choices + envelope.close);
}

const SAFE_JSON = JSON.stringify(SAFE_RESULTS);

export function* streamRecords(completion: Completion, dialect: Dialect): Generator<StreamRecord, void> {
  const envelope = envelopeOf(completion, dialect);
  if (dialect.contentFilters) yield { kind: "filter", text: filterRecord(), tokens: 0 };
  if (completion.choices.length === 1) {
    yield* choiceRecords(completion, dialect, envelope, 0);
  } else {
    yield* inTurns(completion.choices.map((_, index) => choiceRecords(completion, dialect, envelope, index)));
  }
  if (completion.includeUsage) yield usageRecord(completion, envelope, dialect);
  yield { kind: "done", text: DONE_RECORD, tokens: 0 };
}

function filterRecord(): string {
  return dataRecord(
    JSON.stringify({
      id: "",
      object: "",
      created: 0,
      model: "",
      choices: [],
      prompt_filter_results: PROMPT_FILTER_RESULTS,
    }),
  );
}

export function usageRecord(completion: Completion, envelope: Envelope, dialect: Dialect): StreamRecord {
  const text = dataRecord(`${envelope.open}],"usage":${JSON.stringify(usageOf(completion, dialect))}}`);
  return { kind: "usage", text, tokens: 0 };
}

/** Several choices speak in turns, one record each. */
function* inTurns(sources: Iterator<StreamRecord>[]): Generator<StreamRecord, void> {
  let speaking = sources;
  while (speaking.length > 0) {
    const still: Iterator<StreamRecord>[] = [];
    for (const source of speaking) {
      const next = source.next();
      if (next.done) continue;
      yield next.value;
      still.push(source);
    }
    speaking = still;
  }
}

function* choiceRecords(
  completion: Completion,
  dialect: Dialect,
  envelope: Envelope,
  index: number,
): Generator<StreamRecord, void> {
  const { parts, finish } = completion.choices[index] as Choice;
  const openai = dialect.name !== "inference";
  const filtered = dialect.contentFilters && !completion.asyncFilter;
  const extras = openai ? `,"logprobs":null` : "";
  const safe = filtered ? `,"content_filter_results":${SAFE_JSON}` : "";
  const before = `data: ${envelope.open}{"index":${index},"delta":{`;
  const after = `}${extras},"finish_reason":null${safe}}${envelope.close}\n\n`;
  // Azure filters text; the role, tool calls and the end carry an empty result.
  const unfiltered = filtered ? `,"content_filter_results":{}` : "";
  const afterUnfiltered = `}${extras},"finish_reason":null${unfiltered}}${envelope.close}\n\n`;
  const asynchronous = dialect.contentFilters && completion.asyncFilter;

  const role = `"role":"assistant","content":${opensWithTools(parts) ? "null" : `""`}${openai ? `,"refusal":null` : ""}`;
  yield { kind: "role", text: before + role + afterUnfiltered, tokens: 0 };

  let tool = 0;
  let offset = 0;
  let checked = 0;
  let pieces = 0;
  for (const part of parts) {
    if (part.kind === "tool_call") {
      const { id, name } = part;
      const opening = JSON.stringify({
        index: tool,
        id,
        type: "function",
        function: { name, arguments: "" },
      });
      yield { kind: "delta", text: `${before}"tool_calls":[${opening}]${afterUnfiltered}`, tokens: 0 };
      const toolBefore = `${before}"tool_calls":[{"index":${tool},"function":{"arguments":`;
      for (const piece of part.pieces) {
        yield {
          kind: "delta",
          text: `${toolBefore}${JSON.stringify(piece)}}}]${afterUnfiltered}`,
          tokens: 1,
        };
      }
      tool++;
      continue;
    }
    const textBefore = `${before}"${part.kind}":`;
    for (const piece of part.pieces) {
      yield { kind: "delta", text: textBefore + JSON.stringify(piece) + after, tokens: 1 };
      if (!asynchronous) continue;
      offset += piece.length;
      if (++pieces % ASYNC_FILTER_EVERY === 0) {
        yield asyncFilterRecord(index, checked, offset);
        checked = offset;
      }
    }
  }
  const results =
    finish === "content_filter" && filtered
      ? `,"content_filter_results":${JSON.stringify(BLOCKED_RESULTS)}`
      : unfiltered;
  const end = `{"index":${index},"delta":{}${extras},"finish_reason":"${finish}"${results}}`;
  yield { kind: "finish", text: chunkRecord(envelope, end), tokens: 0 };
  // The live service sends the last result after the choice has finished.
  if (asynchronous) yield asyncFilterRecord(index, checked, offset);
}

const ASYNC_FILTER_EVERY = 20;

function asyncFilterRecord(index: number, start: number, end: number): StreamRecord {
  const choice = {
    index,
    finish_reason: null,
    content_filter_results: SAFE_RESULTS,
    content_filter_offsets: { check_offset: start, start_offset: start, end_offset: end },
  };
  const text = dataRecord(JSON.stringify({ id: "", object: "", created: 0, model: "", choices: [choice] }));
  return { kind: "filter", text, tokens: 0 };
}

function opensWithTools(parts: readonly Part[]): boolean {
  return parts[0]?.kind === "tool_call";
}
