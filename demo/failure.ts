// What went wrong, as a sentence and a next step a person can use. The client's error says what happened on the
// wire; this file says it to somebody who wants an answer. Everything here ends in text nodes.
import { ApiError, LatchkeyError } from "latchkey";
import { plural, t } from "./i18n.ts";
import { accountNow } from "./sign-in/account.ts";

export interface Failure {
  readonly title: string;
  readonly advice: string;
  /** The error's own words and request id, for whoever runs the worker. */
  readonly detail: string;
  /** The answer broke off after it had begun. */
  readonly cut: boolean;
}

const MAX_DETAIL_CHARS = 300;

export function describeFailure(error: unknown, hasText: boolean): Failure {
  const detail = detailOf(error);
  if (!LatchkeyError.is(error)) {
    return {
      title: t("Something went wrong in this page."),
      advice: t("Try again; if it stays, reload the page."),
      detail,
      cut: false,
    };
  }
  const [title, advice] =
    error instanceof ApiError ? (explainCode(error) ?? explainStatus(error)) : explainKind(error, hasText);
  const cut = hasText && /^(truncated|timeout|connection)$/.test(error.kind);
  return { title, advice, detail, cut };
}

type Explanation = readonly [title: string, advice: string];

const signInAgain = () => t("Sign in again, or sign out to go on without it.");

function explainKind(error: LatchkeyError, hasText: boolean): Explanation {
  switch (error.kind) {
    case "truncated":
      return hasText
        ? [
            t("The answer was cut off before its end."),
            t("What arrived is kept. Continue it, or try again for a whole answer."),
          ]
        : [t("The answer ended before it began."), t("Try again.")];
    case "connection":
      if (hasText) {
        return [
          t("The connection was lost in the middle of the answer."),
          t("What arrived is kept. Check that you are online, then continue it."),
        ];
      }
      return [
        t("The worker cannot be reached."),
        t("Check that it is running and that you are online, then try again."),
      ];
    case "timeout":
      return hasText
        ? [t("The model stopped sending."), t("What arrived is kept. Try again, or choose another model.")]
        : [t("The model did not answer in time."), t("Try again, or choose another model.")];
    case "malformed":
      return [
        t("The service sent something that is not an answer."),
        t("Try again; if it stays, choose another model."),
      ];
    case "redirect":
      return [
        t("The service tried to send the request elsewhere."),
        t("It was not followed. Check the worker's upstream address."),
      ];
    case "limit":
      return [t("The answer is larger than this page accepts."), t("Ask for a shorter answer.")];
    case "credential":
      if (accountNow().person !== null) {
        return [t("Your account gave no access to the worker."), signInAgain()];
      }
      return [
        t("This page could not open a session with the worker."),
        t("Check that the worker is running and allows this page's address, then try again."),
      ];
    default:
      return [t("The answer could not be read."), t("Try again.")];
  }
}

/** The worker's words for a model that it has not got itself; its code may be the service's too. */
const NOT_IN_THE_WORKER = "There is no such model here.";

/** The worker's code says whose problem it is, where the status alone does not. */
function explainCode({ code, status, error }: ApiError): Explanation | undefined {
  switch (code) {
    case "content_filter":
      return [t("The service's content filter refused this message."), t("Rephrase it and send it again.")];
    case "upstream_auth":
      return [
        t("The service refused the worker's key."),
        t("Whoever runs the worker: check UPSTREAM_KEY, and that it belongs to UPSTREAM_URL."),
      ];
    case "upstream_unreachable":
      return [
        t("The worker cannot reach the service."),
        t("Whoever runs the worker: check UPSTREAM_URL, and that the service is running."),
      ];
    case "upstream_redirect":
      return [
        t("The service tried to send the request elsewhere."),
        t("It was not followed. Whoever runs the worker: check UPSTREAM_URL."),
      ];
    case "upstream_bad_answer":
      return [
        t("The service sent something that is not an answer."),
        t("Try another model. Whoever runs the worker: check UPSTREAM_URL and UPSTREAM_KIND."),
      ];
    case "not_configured":
      return [
        t("The worker is not fully configured."),
        t("Whoever runs it: what is missing is named below."),
      ];
  }
  if (status === 404 && error?.message !== NOT_IN_THE_WORKER) {
    return [
      t("The service does not know this model."),
      t("Choose another model. Whoever runs the worker: check MODELS (name=deployment) and UPSTREAM_URL."),
    ];
  }
  return undefined;
}

function explainStatus(error: ApiError): Explanation {
  switch (error.status) {
    case 400:
    case 422:
      return [t("The service did not accept this request."), t("Try another model, or start a new chat.")];
    case 401:
      if (accountNow().person !== null) {
        return [t("The worker did not accept your sign-in."), signInAgain()];
      }
      return [
        t("The worker did not accept this page's session."),
        t("Try again: a new session is opened for it."),
      ];
    case 403:
      return [
        t("This page may not use that model."),
        t("Choose another model, or ask whoever runs the worker."),
      ];
    case 404:
      return [t("The worker does not know that model."), t("Choose another model and try again.")];
    case 413:
      return [t("This conversation is too long to send."), t("Start a new chat.")];
    case 429:
      return [t("Too many requests at once."), waitAdvice(error.retryAfterMs)];
    case undefined:
      return [
        t("The service reported an error instead of an answer."),
        t("Try again, or choose another model."),
      ];
    default:
      return error.status >= 500
        ? [t("The service has a problem."), t("Try again in a moment, or choose another model.")]
        : [t("The service refused this request."), t("Try again, or choose another model.")];
  }
}

function waitAdvice(retryAfterMs: number | undefined): string {
  if (retryAfterMs === undefined || retryAfterMs <= 0) return t("Wait a moment, then try again.");
  const seconds = Math.ceil(retryAfterMs / 1000);
  return plural(seconds, "Wait 1 second, then try again.", "Wait {count} seconds, then try again.");
}

function detailOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const requestId = LatchkeyError.is(error) ? error.requestId : undefined;
  const shown = message.length > MAX_DETAIL_CHARS ? `${message.slice(0, MAX_DETAIL_CHARS)}…` : message;
  return requestId === undefined ? shown : `${shown} (request ${requestId})`;
}
