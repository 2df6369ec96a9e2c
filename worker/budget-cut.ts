// A stream whose budget ends inside it: the bytes of an ending that is valid in its dialect, so that the caller's SDK
// reads a whole answer that was cut for length. Pure: it is told of the events that pass, and gives bytes.
//
// The ending is only valid between two events; where the stream is inside one, let it finish first.
import { createResponseCut } from "./budget-cut-response.ts";

/** Chat of both dialects, legacy completions, responses, and runs of agents. */
export type CutKind = "chat" | "completion" | "response" | "run";

export interface CutUsage {
  readonly tokensIn: number;
  readonly tokensOut: number;
}

export interface CutEnd {
  /** What has been counted, for the caller who asked for usage. */
  readonly usage: CutUsage;
  /** What is said where a dialect has no ending for lack of budget: the body of an error in its words. */
  readonly error: object;
}

export interface Cut {
  /** Each event as it passes. */
  note(event: string, data: string): void;
  /** What ends the stream now. Empty when it has ended already. */
  ending(end: CutEnd): Uint8Array<ArrayBuffer>;
}

export interface CutOptions {
  /** `n` of the request. Default 1. */
  readonly choices?: number;
  /** Did the caller ask for a chunk with usage (`stream_options.include_usage`)? Default false. */
  readonly includeUsage?: boolean;
}

export function createCut(kind: CutKind, options: CutOptions = {}): Cut {
  if (kind === "response") return createResponseCut();
  return kind === "run" ? createRunCut() : createChoicesCut(kind, options);
}

// An unescaped member name is one of the protocol: inside a text its quotes are escaped.
const FINISH = /"finish_reason"\s*:\s*"/;
const USAGE = /"usage"\s*:\s*\{/;

const encoder = new TextEncoder();
const frame = (value: object) => `data: ${JSON.stringify(value)}\n\n`;

/** The members that all chunks of one answer share, as the service wrote them. */
interface Head {
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly system_fingerprint?: string | null;
}

function createChoicesCut(
  kind: "chat" | "completion",
  { choices = 1, includeUsage = false }: CutOptions,
): Cut {
  let head: Head | undefined;
  let done = false;
  let usageSeen = false;
  const finished = new Set<number>();

  return {
    note(_event, data) {
      if (data === "[DONE]") {
        done = true;
        return;
      }
      if (USAGE.test(data)) usageSeen = true;
      // After the first chunk only those with a finish reason matter.
      if (head !== undefined && !FINISH.test(data)) return;
      const chunk = parse(data);
      head ??= headOf(chunk);
      for (const choice of Array.isArray(chunk.choices) ? chunk.choices : []) {
        const { index = 0, finish_reason: reason } = Object(choice) as Record<string, unknown>;
        if (typeof reason === "string" && reason !== "") finished.add(Number(index));
      }
    },
    ending({ usage: { tokensIn, tokensOut } }) {
      if (done) return new Uint8Array();
      const object = kind === "chat" ? "chat.completion.chunk" : "text_completion";
      // A budget may end before the first chunk: then nothing is known of the answer but that it is empty.
      const shared = { ...(head ?? { id: "", created: 0, model: "" }), object };
      const usage = {
        prompt_tokens: tokensIn,
        completion_tokens: tokensOut,
        total_tokens: tokensIn + tokensOut,
      };
      // Chunks of an answer whose usage comes at the end carry a null until then.
      const unused = includeUsage ? { usage: null } : {};
      const cut = Array.from({ length: choices }, (_, index) => index)
        .filter((index) => !finished.has(index))
        .map((index) =>
          kind === "chat"
            ? { index, delta: {}, logprobs: null, finish_reason: "length" }
            : { index, text: "", logprobs: null, finish_reason: "length" },
        )
        .map((choice) => frame({ ...shared, choices: [choice], ...unused }));
      const told = includeUsage && !usageSeen ? [frame({ ...shared, choices: [], usage })] : [];
      return encoder.encode([...cut, ...told, "data: [DONE]\n\n"].join(""));
    },
  };
}

/** Azure's first chunk, with the results of the content filter, has no id yet. */
function headOf({ id, created, model, system_fingerprint }: Record<string, unknown>): Head | undefined {
  if (typeof id !== "string" || id === "") return undefined;
  return {
    id,
    created: typeof created === "number" ? created : 0,
    model: typeof model === "string" ? model : "",
    ...(typeof system_fingerprint === "string" || system_fingerprint === null ? { system_fingerprint } : {}),
  };
}

/** A run goes on at the service when its stream is closed, so its stream ends with what happened to it: an error. */
function createRunCut(): Cut {
  let done = false;
  return {
    note(event, data) {
      if (event === "done" || data === "[DONE]") done = true;
    },
    ending: ({ error }) =>
      encoder.encode(done ? "" : `event: error\n${frame(error)}event: done\ndata: [DONE]\n\n`),
  };
}

function parse(data: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(data)) as Record<string, unknown>;
  } catch {
    return {}; // the caller's parser will complain about it
  }
}
