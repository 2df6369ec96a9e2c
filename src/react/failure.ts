/** What went wrong, as a sentence and a next step. Short and general: a page that knows more says it better. */
import { ApiError, LatchkeyError } from "../http/errors.ts";
import type { AnswerFailure, FilteredContent } from "./message.ts";
import { filteredIn } from "./read-answer.ts";

const MAX_DETAIL_CHARS = 300;

const KINDS: Record<string, readonly [title: string, advice: string]> = {
  api: ["The service refused this request.", "Try again, or choose another model."],
  connection: ["The service cannot be reached.", "Check that you are online, then try again."],
  timeout: ["The model stopped answering.", "Try again, or choose another model."],
  truncated: ["The answer was cut off before its end.", "Go on from here, or try again."],
  limit: ["The answer is larger than this page accepts.", "Ask for a shorter answer."],
  credential: ["You are not signed in.", "Sign in again, then try again."],
};

/** An error of a client in words. `hasText`: something of the answer had come. */
export function describeFailure(error: unknown, _hasText: boolean): AnswerFailure {
  const known = LatchkeyError.is(error) ? KINDS[error.kind] : undefined;
  const [title, advice] = known ?? ["The answer could not be read.", "Try again."];
  const message = error instanceof Error ? error.message : String(error);
  return { title, advice, detail: message.slice(0, MAX_DETAIL_CHARS) };
}

/** Whether an answer that had begun broke off, so that it can go on. */
export function isCut(error: unknown): boolean {
  return LatchkeyError.is(error) && /^(truncated|timeout|connection)$/.test(error.kind);
}

/** What a content filter says it stopped, where the whole question was refused. */
export function filteredBy(error: unknown): FilteredContent[] {
  if (!(error instanceof ApiError)) return [];
  const { innererror } = Object(error.error) as { innererror?: unknown };
  const { content_filter_result, content_filter_results = content_filter_result } = Object(innererror);
  return filteredIn(content_filter_results);
}
