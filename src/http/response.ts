/** Response -> JSON, with its type, its size and its silence bounded. Event streams: `event-stream.ts`. */
import {
  apiError,
  ConnectionError,
  LatchkeyError,
  LimitError,
  MalformedResponseError,
  TimeoutError,
} from "./errors.ts";
import type { ResolvedCall } from "./options.ts";
import type { Sent } from "./send.ts";

/** The media type of a response, in lower case; `""` when it names none. */
export function mediaType(response: Response): string {
  return (response.headers.get("content-type") ?? "").split(";", 1)[0]!.trim().toLowerCase();
}

/** Gives up a body that nobody will read, so that it doesn't hold its connection. */
export function discard(response: Response): void {
  response.body?.cancel().catch(() => {});
}

const OTHER_FORM = "The answer isn't what the contract says.";

/** Reads a whole answer and settles the call. Throws what `read` throws. */
export function readWhole<T extends object>(
  sent: Sent,
  read: (sent: Sent) => Promise<T> = readObject,
): Promise<T> {
  return settling(sent, async () => {
    const result = await read(sent);
    sent.settle({ result });
    return result;
  });
}

/**
 * Makes a reader of whole answers that are nothing without a member: `id` or `text`, or else a list.
 *
 * @throws {MalformedResponseError} when it's missing, and what {@link readObject} throws.
 */
export function readWith<T extends object>(member: keyof T & string): (sent: Sent) => Promise<T> {
  const read = async (sent: Sent) => {
    const value = await readObject<T>(sent);
    const part: unknown = value[member];
    if (/^(id|text)$/.test(member) ? typeof part === "string" : Array.isArray(part)) return value;
    throw new MalformedResponseError(`The service answered with an object without ${member}.`);
  };
  return (sent) => readWhole(sent, read);
}

/**
 * Runs the reading of an answer; if that fails, the answer is given up and the call settled. What isn't an error of ours
 * stumbled over an answer of another form: told without its words, for they may quote it.
 */
export async function settling<T>(sent: Sent, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    const error = LatchkeyError.is(thrown) ? thrown : new MalformedResponseError(OTHER_FORM);
    error.requestId ??= sent.requestId;
    discard(sent.response);
    sent.settle({ error, open: true });
    throw error;
  }
}

/**
 * Reads a whole JSON object.
 *
 * @throws {MalformedResponseError} when the body is empty, of another type, or isn't a JSON object.
 * @throws {ApiError} when it is an error despite its status.
 */
export async function readObject<T extends object>({ response, call, signal, secrets }: Sent): Promise<T> {
  const type = mediaType(response);
  if (type && !isJson(type)) throw unexpected(type, "JSON");
  const value = parseObject(await readText(response, call, signal)) as T & {
    error?: unknown;
    object?: unknown;
  };
  // An object of the service, as a failed response or job, has an `error` of its own: that one is its state.
  if (value.error && !value.object)
    throw apiError({ status: undefined, headers: response.headers, body: value, secrets });
  return value;
}

/** Whether a media type is JSON or of its family. */
export function isJson(type: string): boolean {
  return /[/+]json$/.test(type);
}

/** The error for an answer of another type: a login page, a wrong endpoint. */
export function unexpected(type: string, wanted: string): MalformedResponseError {
  return new MalformedResponseError(
    `The service answered with ${JSON.stringify(type)}, not ${wanted}; check the endpoint.`,
  );
}

/** Parses a JSON object; the error holds nothing of the text. */
export function parseObject(text: string): object {
  const value = parseLoosely(text);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new MalformedResponseError(
    `The service sent ${text ? "something that isn't a JSON object" : "nothing"}.`,
  );
}

/** Parses JSON, or gives the text back as it is. */
export function parseLoosely(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Reads what is allowed of an error's body: parsed if it's JSON, else its text. Throws for an abort only. */
export async function readErrorBody(
  response: Response,
  call: ResolvedCall,
  signal: AbortSignal,
): Promise<unknown> {
  return parseLoosely(await readText(response, call, signal, call.maxErrorBytes));
}

/**
 * Reads text.
 *
 * @throws {LimitError} above `maxResponseBytes`, {@link TimeoutError} after `idleTimeoutMs` of silence,
 *   {@link ConnectionError}, or the signal's reason.
 * @param cut take this many bytes and whatever came before a failure, instead of failing.
 */
export async function readText(
  response: Response,
  call: Pick<ResolvedCall, "maxResponseBytes" | "idleTimeoutMs">,
  signal: AbortSignal,
  cut?: number,
): Promise<string> {
  if (!response.body) return "";
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let left = cut ?? call.maxResponseBytes;
  let failure: unknown;
  let timer: ReturnType<typeof setTimeout> | undefined;
  // A cancelled reader answers at once, so nothing waits past a failure.
  const stop = (error: unknown) => {
    failure ??= error;
    reader.cancel().catch(() => {});
  };
  const onAbort = () => stop(signal.reason);
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  try {
    for (let done = false; !done && !failure; ) {
      if (call.idleTimeoutMs !== Infinity) {
        timer = setTimeout(() => stop(new TimeoutError("idle", call.idleTimeoutMs)), call.idleTimeoutMs);
      }
      const read = await reader.read();
      clearTimeout(timer);
      done = read.done;
      const bytes = read.value ?? new Uint8Array();
      left -= bytes.length;
      text += decoder.decode(left < 0 ? bytes.subarray(0, left) : bytes, { stream: !done });
      if (left < 0) stop(new LimitError("maxResponseBytes", call.maxResponseBytes));
    }
  } catch (cause) {
    stop(new ConnectionError("The connection was lost before the answer was whole.", { cause }));
  }
  clearTimeout(timer);
  signal.removeEventListener("abort", onAbort);
  if (failure && (cut === undefined || signal.aborted)) throw failure;
  return text;
}
