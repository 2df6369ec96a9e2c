// A refusal in the words of the caller's dialect: the `error` member that its SDK reads. Pure.
import { type Dialect, type Refusal, refusals } from "./refusals.ts";

function errorType(status: number): string {
  if (status === 401) return "authentication_error";
  if (status === 403) return "permission_error";
  if (status === 429) return "rate_limit_error";
  return status >= 500 ? "server_error" : "invalid_request_error";
}

/** The `error` member as the caller's own SDK expects it; also the payload of an error frame in a stream. */
export function errorBody(refusal: Refusal, dialect: Dialect, requestId: string) {
  const line = refusals[refusal.reason];
  const { detail } = refusal;
  const status = detail.status ?? line.status;
  // Agents answer in OpenAI's shape, with the same codes.
  const shape = dialect === "agents" ? "openai" : dialect;
  const code = detail.code ?? line.codes?.[shape] ?? line.code;
  const message = detail.message ?? line.message;
  const extra = {
    ...(detail.innererror === undefined ? {} : { innererror: detail.innererror }),
    ...(detail.details === undefined ? {} : { details: detail.details }),
  };
  const error =
    shape === "openai"
      ? { message, type: detail.type ?? errorType(status), param: detail.param ?? null, code, ...extra }
      : {
          code,
          message,
          ...(detail.param === undefined ? {} : { param: detail.param }),
          ...(detail.type === undefined ? {} : { type: detail.type }),
          ...extra,
        };
  return { status, code, body: { error: { ...error, request_id: requestId } } };
}
