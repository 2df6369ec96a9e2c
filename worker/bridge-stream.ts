// A streamed answer of OpenAI's dialect for a caller of the model inference API, in the strict form that its Python SDK
// reads: one `data: ` line and one blank line for each chunk, ended by line feeds, no comments and no other field. That
// means reading every event, which a native pipe does not; `bridge.streams: "native"` is for callers that are known to
// read any event stream.
import { createParser } from "latchkey/sse";
import { type AnswerRules, bridgeDelta, bridgeError } from "./bridge.ts";
import type { RefusalDetail } from "./refusals.ts";
import { isError, tellError } from "./stream-errors.ts";
import type { Service } from "./upstream-error.ts";

export interface StreamRules extends AnswerRules {
  readonly renamed: boolean;
  readonly service: Service;
  /** Past it the answer breaks off. */
  readonly eventBytes: number;
}

const encoder = new TextEncoder();

export function bridgeStream(
  source: ReadableStream<Uint8Array>,
  rules: StreamRules,
): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  let told = "";
  let done = false;
  const parser = createParser({
    maxEventBytes: rules.eventBytes,
    onEvent({ event, data }) {
      // What comes after the end is none of the caller's business.
      if (done) return;
      done = data === "[DONE]";
      const text = done ? data : tell(event, data, rules);
      if (text !== undefined) told += `data: ${text}\n\n`;
    },
  });
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        for (;;) {
          const { done: over, value } = await reader.read();
          if (over) return controller.close();
          try {
            parser.feed(value);
          } catch (cause) {
            reader.cancel().catch(() => {});
            // What was whole before it still passes.
            if (told !== "") controller.enqueue(encoder.encode(told));
            return controller.error(cause);
          }
          if (told === "") continue;
          controller.enqueue(encoder.encode(told));
          told = "";
          return;
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

function tell(event: string, data: string, rules: StreamRules): string | undefined {
  const chunk = parseObject(data);
  if (isError(event, chunk)) {
    const { service, requestId, renamed } = rules;
    const reword = (detail: RefusalDetail) => bridgeError(detail, renamed);
    return JSON.stringify(tellError(chunk, { service, requestId, dialect: "inference", reword }));
  }
  const bridged = bridgeDelta(chunk, rules);
  return bridged === undefined ? undefined : JSON.stringify(bridged);
}

function parseObject(data: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    // The parser's own message would quote the answer.
    throw new Error("An event of the answer is not JSON.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error("An event of the answer is not an object.");
  }
  return value as Readonly<Record<string, unknown>>;
}
