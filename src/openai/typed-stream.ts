/** Event streams whose events name their own type, and end with one that says so; or with `[DONE]`. */
import { StreamTruncatedError, streamError } from "../http/errors.ts";
import { type Decoder, END, SKIP } from "../http/event-stream.ts";
import { parseLoosely, parseObject, settling } from "../http/response.ts";
import { ResultStream, streamBody } from "../http/result-stream.ts";
import type { Sent } from "../http/send.ts";

/** Gives a stream's events their meaning. */
export interface Gathering<T, R> {
  /** What the events are put together to: one object that grows. */
  result: R;
  /** Adds an event; `true` when it is the terminal signal. Events of unknown type are kept, and add nothing. */
  add(event: T): boolean;
  /** For streams that end as those of chats do (`streamEnd`), after a first choice. Of others `[DONE]` means nothing. */
  choices?: { finish_reason: unknown }[];
}

export function gather<T extends object, R>(
  { result, add, choices = [] }: Gathering<T, R>,
  { call: { streamEnd }, secrets }: Sent,
): Decoder<T, R> {
  let ended = false;
  return {
    result,
    get ended() {
      return ended;
    },
    decode({ event, data }, cut) {
      if (data === "[DONE]") return choices.length ? END : SKIP;
      if (!data) return SKIP;
      // Without its blank line an event may be half of one.
      if (cut && typeof parseLoosely(data) === "string") throw new StreamTruncatedError();
      const value =
        event === "error" ? undefined : (parseObject(data) as T & { type?: string; error?: unknown });
      if (!value || value.error || value.type === "error") throw streamError(parseLoosely(data), secrets);
      ended = add(value);
      return value;
    },
    complete: () =>
      choices.length > 0 &&
      (streamEnd === "eof" ||
        (streamEnd === "finish_reason" && choices.every(({ finish_reason }) => finish_reason))),
  };
}

/** Reads the answer to a streaming call. `asEvents` makes events of a whole answer, for services that ignore `stream`. */
export function readStream<T extends object, R, W extends object>(
  sent: Sent,
  gathering: Gathering<T, R>,
  asEvents: (whole: W) => object[],
): Promise<ResultStream<T, R>> {
  return settling(
    sent,
    async () => new ResultStream(sent, await streamBody(sent, asEvents), gather(gathering, sent)),
  );
}

/** Lays members over others; never through a name that is special. */
export function assign(target: object, source: object): void {
  for (const [key, value] of Object.entries(source)) {
    if (key !== "__proto__") (target as Record<string, unknown>)[key] = value;
  }
}
