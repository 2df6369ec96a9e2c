// A run's events for the caller: what they say was made is remembered before they pass, what is the operator's is
// taken out of them. Words of the model are most of them and pass unread.
import { filesMade, tell } from "./agent-answer.ts";
import { passEvents } from "./agent-stream.ts";
import type { Operation } from "./operations.ts";
import type { Refusal } from "./refusals.ts";
import type { ErrorWords } from "./stream-errors.ts";
import type { Service } from "./upstream-error.ts";

/** Everything but deltas of text; of these those that name a file, an address or a resource. */
const MATTERS =
  /event: ?error|"object"\s*:\s*"thread(?:\.(?:run|run\.step|message))?"|file_id|\/subscriptions\/|"error"|:\/\//i;

export function passRun(
  source: ReadableStream<Uint8Array>,
  service: Service,
  { creates }: Operation,
  { words, eventBytes }: { readonly words: ErrorWords; readonly eventBytes: number },
  remember: (id: string | undefined, files: readonly string[]) => Promise<Refusal | undefined>,
): ReadableStream<Uint8Array> {
  const known = new Set<string>();
  let made: string | undefined;
  let files: string[] = [];

  const learn = (event: string, value: Readonly<Record<string, unknown>>) => {
    const thread =
      event === "thread.created" ? value.id : event === "thread.run.created" ? value.thread_id : undefined;
    if (creates === "thread" && typeof thread === "string" && !known.has(thread)) {
      known.add(thread);
      made = thread;
    }
    for (const id of filesMade(value)) {
      if (known.has(id)) continue;
      known.add(id);
      files.push(id);
    }
  };

  return passEvents(source, {
    eventBytes,
    matters: (text) => MATTERS.test(text) || (service.secrets ?? []).some((secret) => text.includes(secret)),
    tell(event, data) {
      if (event === "error") return words.tell(event, data);
      const value = parseObject(data);
      if (value === undefined) return data;
      learn(event, value);
      const told = tell(value, service);
      return told === value ? data : JSON.stringify(told);
    },
    remember() {
      if (made === undefined && files.length === 0) return undefined;
      const [id, some] = [made, files];
      made = undefined;
      files = [];
      return remember(id, some).then((refusal) => {
        if (refusal !== undefined) throw new Error("What was made can't be remembered.");
      });
    },
  });
}

function parseObject(data: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined; // "[DONE]", or text
  }
}
