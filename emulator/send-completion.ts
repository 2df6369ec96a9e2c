// A completion on its way out: changed by the scenario, then as records of a stream or as one body, in the shape its
// operation has for both.

import type { Completion } from "./chat.ts";
import type { Dialect } from "./dialects.ts";
import type { Exchange } from "./exchange.ts";
import { EVENT_STREAM_HEADERS, faultyWriter, sendRecords, textRecords } from "./send.ts";
import type { StreamRecord } from "./stream.ts";

/** How one operation writes a completion. */
export interface CompletionShape {
  readonly body: (completion: Completion, dialect: Dialect) => string;
  readonly records: (completion: Completion, dialect: Dialect) => Iterable<StreamRecord>;
  /** Whether scenarios may bring chunks of their own: those they have are chat chunks. */
  readonly chunksMayDiffer: boolean;
}

/** The completion as the scenario changes it. */
export function composed({ entry, scenario: asked }: Exchange, plain: Completion): Completion {
  const { compose, streamOnly } = asked?.scenario ?? {};
  if (asked === undefined || compose === undefined || (streamOnly && !entry.stream)) return plain;
  return compose(asked.call, plain);
}

export function sendCompletion(exchange: Exchange, plain: Completion, shape: CompletionShape): Response {
  const { dialect, entry, scenario: asked } = exchange;
  const completion = composed(exchange, plain);
  entry.promptTokens = completion.promptTokens;
  if (entry.stream) {
    const own = shape.chunksMayDiffer ? asked?.scenario.records : undefined;
    const records =
      asked === undefined || own === undefined
        ? shape.records(completion, dialect)
        : own(asked.call, completion, dialect);
    return sendRecords(exchange, records, { headers: EVENT_STREAM_HEADERS });
  }
  const pieces = faultyWriter(exchange) === undefined ? 1 : 8;
  const records = textRecords(shape.body(completion, dialect), pieces, tokensOf(completion));
  return sendRecords(exchange, records, { headers: { "content-type": "application/json" } });
}

function tokensOf({ choices }: Completion): number {
  let tokens = 0;
  for (const { parts } of choices) for (const part of parts) tokens += part.tokens;
  return tokens;
}
