/** A response while it streams: events -> the response so far, and its text. */
import { SKIP } from "../http/event-stream.ts";
import { readWith, settling } from "../http/response.ts";
import { ResultStream, streamBody } from "../http/result-stream.ts";
import type { Sent } from "../http/send.ts";
import type { ResponseStreamEvent } from "./response-events.ts";
import type { ModelResponse } from "./response-types.ts";
import { assign, gather } from "./typed-stream.ts";

/**
 * The events of one response, to be read once: as events (`for await`), as text ({@link text}), or as the whole
 * (`final`). Ends with `response.completed`, `.failed` or `.incomplete`; a stream without any of them is cut, and throws
 * {@link StreamTruncatedError}, with the response so far as its `partial`.
 */
export class ResponseStream extends ResultStream<ResponseStreamEvent, ModelResponse> {
  /** @internal */
  constructor(sent: Sent, body: ReadableStream<Uint8Array>) {
    const result = {
      id: "",
      object: "response",
      created_at: 0,
      status: "in_progress",
      error: null,
      incomplete_details: null,
      model: "",
      output: [],
      output_text: "",
    } satisfies ModelResponse;
    const add = (event: ResponseStreamEvent) => addEvent(result, event as unknown as AnyEvent);
    super(sent, body, gather({ result, add }, sent));
  }

  /** The text, piece by piece. */
  text(): AsyncIterableIterator<string> {
    return this.mapped((event) => (event.type === "response.output_text.delta" && event.delta) || SKIP);
  }
}

export function readResponseStream(sent: Sent): Promise<ResponseStream> {
  return settling(
    sent,
    async () =>
      new ResponseStream(
        sent,
        await streamBody(sent, (response: ModelResponse) =>
          response.id && response.status
            ? [{ type: `response.${response.status}`, sequence_number: 0, response }]
            : [],
        ),
      ),
  );
}

/** Reads a whole response, and puts its text together. */
export function readResponse(sent: Sent): Promise<ModelResponse> {
  return settling(sent, async () => {
    const response = await readWith<ModelResponse>("id")(sent);
    response.output_text = textOf(response);
    return response;
  });
}

function textOf({ output }: ModelResponse): string {
  let text = "";
  for (const item of output ?? []) {
    if (item.type !== "message") continue;
    for (const part of item.content) if (part.type === "output_text") text += part.text;
  }
  return text;
}

/** As the parser leaves an event: any member may be missing or of another type. */
interface AnyEvent {
  type: string;
  response?: ModelResponse;
  item?: object;
  part?: object;
  annotation?: object;
  delta?: unknown;
  output_index?: number;
  content_index?: number;
  summary_index?: number;
}
type Members = Record<string, unknown>;

/** What deltas write to: the member of the item or of its part. */
const WRITTEN: Record<string, string> = {
  output_text: "text",
  refusal: "refusal",
  reasoning_text: "text",
  reasoning_summary_text: "text",
  function_call_arguments: "arguments",
  mcp_call_arguments: "arguments",
  custom_tool_call_input: "input",
  code_interpreter_call_code: "code",
};

/** Adds an event. Events belong to the caller, so what is kept of them is copied. `true` for the last one. */
function addEvent(result: ModelResponse, event: AnyEvent): boolean {
  const { type, delta, response, item, part, annotation } = event;
  if (response) {
    assign(result, structuredClone(response));
    result.output ??= [];
    result.output_text = textOf(result);
    return /\.(completed|failed|incomplete|cancelled)$/.test(type);
  }
  const items = result.output as unknown as Members[];
  const index = indexOf(event.output_index) ?? -1;
  if (item) place(items, index, item);
  const target = items[index];
  if (!target) return false;
  const partIndex = indexOf(event.content_index ?? event.summary_index);
  if (partIndex !== undefined) {
    target[event.content_index === undefined ? "summary" : "content"] ??= [];
  }
  const parts = (event.content_index === undefined ? target.summary : target.content) as Members[];
  if (part) place(parts, partIndex ?? -1, part);
  const holder = partIndex === undefined ? target : parts[partIndex];
  const [, name = ""] = /^response\.(\w+)\.delta$/.exec(type) ?? [];
  const member = Object.hasOwn(WRITTEN, name) ? WRITTEN[name]! : undefined;
  if (holder && member && typeof delta === "string") {
    holder[member] = `${(holder[member] as string | null | undefined) ?? ""}${delta}`;
    if (name === "output_text") result.output_text += delta;
  }
  if (holder && annotation) (holder.annotations as object[] | undefined)?.push(structuredClone(annotation));
  return false;
}

/** An index as a service may give it; anything else is none, and never the name of a member. */
function indexOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? (value as number) : undefined;
}

/** In its turn only: a service must not make a list of a million holes. */
function place(list: object[] | undefined, index: number, value: object): void {
  if (Array.isArray(list) && index >= 0 && index <= list.length) list[index] = structuredClone(value);
}
