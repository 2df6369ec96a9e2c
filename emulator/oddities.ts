// Streams whose records themselves are unusual: right framing, strange or measured content.

import type { Completion } from "./chat.ts";
import { usageOf } from "./chat.ts";
import type { Dialect } from "./dialects.ts";
import { DONE_RECORD, dataRecord } from "./encode.ts";
import { chunkRecord, envelopeOf, type StreamRecord, streamRecords, usageRecord } from "./stream.ts";

export function* missingDeltaRecords(
  completion: Completion,
  dialect: Dialect,
): Generator<StreamRecord, void> {
  const envelope = envelopeOf(completion, dialect);
  const bare = chunkRecord(envelope, `{"index":0,"finish_reason":null}`);
  const head = JSON.stringify({
    id: completion.id,
    object: "chat.completion.chunk",
    model: completion.model,
  });
  let written = 0;
  for (const record of streamRecords(completion, dialect)) {
    yield record;
    if (record.kind !== "delta") continue;
    written++;
    if (written % 3 === 0) yield { kind: "filter", text: bare, tokens: 0 };
    if (written === 4) yield { kind: "filter", text: dataRecord(head), tokens: 0 };
  }
}

export function* usageOnFinishRecords(
  completion: Completion,
  dialect: Dialect,
): Generator<StreamRecord, void> {
  const usage = `"usage":${JSON.stringify(usageOf(completion, dialect))}}`;
  for (const record of streamRecords(completion, dialect)) {
    if (record.kind === "usage") continue;
    if (record.kind !== "finish") yield record;
    else yield { ...record, text: record.text.replace(/"usage":null\}/, () => usage) };
  }
}

/**
 * Three calls, get_weather, get_time and get_news: index 2 speaks before 0 and 1, index 1 learns its name last, and
 * deltas carry own members named like those of every object's prototype.
 */
export function* hostileRecords(completion: Completion, dialect: Dialect): Generator<StreamRecord, void> {
  const envelope = envelopeOf(completion, dialect);
  const record = (delta: string, finish = "null"): string =>
    chunkRecord(envelope, `{"index":0,"delta":${delta},"finish_reason":${finish}}`);
  const deltas = [
    `{"role":"assistant","content":null}`,
    `{"tool_calls":[{"index":2,"id":"call_news","type":"function","function":{"name":"get_news","arguments":""}}]}`,
    `{"tool_calls":[{"index":0,"id":"call_weather","type":"function","function":{"name":"get_weather","arguments":"{\\"ci"}}]}`,
    `{"tool_calls":[{"index":1,"id":"call_time","type":"function","function":{"arguments":"{\\"zone\\":"}}]}`,
    `{"__proto__":{"polluted":true},"constructor":"x","toString":"y","tool_calls":[{"index":2,"function":{"arguments":"{\\"topic\\":\\"sp"}}]}`,
    `{"tool_calls":[{"index":1,"function":{"arguments":"\\"UTC\\"}"}},{"index":0,"function":{"arguments":"ty\\":\\"Par"}}]}`,
    `{"tool_calls":[{"index":1,"function":{"name":"get_time"}}]}`,
    `{"tool_calls":[{"index":0,"function":{"arguments":"is\\"}"}}]}`,
    `{"tool_calls":[{"index":2,"function":{"arguments":"ace\\"}"}}]}`,
  ];
  for (const delta of deltas) yield { kind: "delta", text: record(delta), tokens: 1 };
  yield { kind: "finish", text: record("{}", `"tool_calls"`), tokens: 0 };
  yield { kind: "done", text: DONE_RECORD, tokens: 0 };
}

const FLOOD_WORDS = [
  " steady",
  " stream",
  " of",
  " small",
  " words",
  " that",
  " never",
  " seems",
  " to",
  " end",
];

/** Each content record is exactly `bytes` long where its envelope leaves room; Azure's forms carry an empty filter result. */
export function* floodRecords(
  completion: Completion,
  dialect: Dialect,
  chunks: number,
  bytes: number,
): Generator<StreamRecord, void> {
  const envelope = envelopeOf(completion, dialect);
  const filter = dialect.contentFilters ? `,"content_filter_results":{}` : "";
  const before = `data: ${envelope.open}{"index":0,"delta":{"content":"`;
  const after = `"},"logprobs":null,"finish_reason":null${filter}}${envelope.close}\n\n`;
  const room = Math.max(1, bytes - before.length - after.length);
  const templates = FLOOD_WORDS.map(
    (word) => before + word.repeat(Math.ceil(room / word.length)).slice(0, room) + after,
  );
  yield {
    kind: "role",
    text: chunkRecord(envelope, `{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}`),
    tokens: 0,
  };
  for (let i = 0; i < chunks; i++) {
    yield { kind: "delta", text: templates[i % templates.length] as string, tokens: 1 };
  }
  yield {
    kind: "finish",
    text: chunkRecord(envelope, `{"index":0,"delta":{},"finish_reason":"stop"}`),
    tokens: 0,
  };
  if (completion.includeUsage) {
    const said: Completion = {
      ...completion,
      choices: [{ parts: [{ kind: "content", pieces: [], tokens: chunks }], finish: "stop" }],
    };
    yield usageRecord(said, envelope, dialect);
  }
  yield { kind: "done", text: DONE_RECORD, tokens: 0 };
}

export function* hugeRecords(
  completion: Completion,
  dialect: Dialect,
  bytes: number,
): Generator<StreamRecord, void> {
  const envelope = envelopeOf(completion, dialect);
  let written = false;
  for (const record of streamRecords(completion, dialect)) {
    yield record;
    if (record.kind !== "delta" || written) continue;
    written = true;
    const text = chunkRecord(
      envelope,
      `{"index":0,"delta":{"content":"${"x".repeat(bytes)}"},"finish_reason":null}`,
    );
    yield { kind: "delta", text, tokens: 1 };
  }
}
