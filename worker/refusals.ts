// Every way the proxy says no. A refusal is a value with an inner reason; this table, and nothing
// else, turns the reason into status, public code and public text. Several inner reasons share one
// public line on purpose: the log tells the operator which it was, the caller learns nothing.

import type { LimitName } from "./ledger.ts";

export type Dialect = "inference" | "azure-openai" | "openai" | "agents";

interface Line {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Another code where a dialect's own clients look for one. */
  readonly codes?: Partial<Record<Dialect, string>>;
  /** False: trying again cannot help or may be billed twice, so clients are told with x-should-retry. */
  readonly retry?: false;
}

const unauthenticated: Line = {
  status: 401,
  code: "unauthorized",
  message: "This call needs a valid session token or caller key.",
  codes: { "azure-openai": "401", openai: "invalid_api_key" },
  retry: false,
};

const badAnswer: Line = {
  status: 502,
  code: "upstream_bad_answer",
  message: "The model service gave an answer that cannot be passed on.",
  retry: false,
};

const table = {
  // before the route is known
  headers_too_large: {
    status: 431,
    code: "headers_too_large",
    message: "The request has too many or too long headers.",
  },
  host_malformed: { status: 400, code: "bad_request", message: "The Host header is malformed." },
  upgrade_refused: { status: 400, code: "bad_request", message: "Upgrades are not offered here." },
  loop_detected: {
    status: 508,
    code: "loop_detected",
    message: "The request has passed this proxy before.",
    retry: false,
  },
  origin_not_allowed: {
    status: 403,
    code: "origin_not_allowed",
    message: "Pages of this origin may not call this proxy.",
    retry: false,
  },
  preflight_refused: { status: 403, code: "preflight_refused", message: "This preflight is not allowed." },
  route_unknown: {
    status: 404,
    code: "not_found",
    message: "There is no such route.",
    codes: { "azure-openai": "404" },
  },
  method_not_allowed: {
    status: 405,
    code: "method_not_allowed",
    message: "This route does not take this method.",
  },

  // sessions
  origin_required: {
    status: 403,
    code: "origin_required",
    message: "A session is only given to a page: the Origin header is missing.",
    retry: false,
  },
  session_rate_limited: {
    status: 429,
    code: "rate_limited",
    message: "Too many sessions were asked for. Wait before asking again.",
  },

  proof_refused: {
    status: 403,
    code: "proof_required",
    message: "A session is only given with a fresh proof, and this request has none that counts.",
    retry: false,
  },
  proof_unavailable: {
    status: 503,
    code: "unavailable",
    message: "Sessions cannot be given at the moment.",
  },
  session_too_wide: {
    status: 403,
    code: "forbidden",
    message: "The session that was asked for may do more than whoever asks.",
    retry: false,
  },
  address_unknown: {
    status: 403,
    code: "address_unknown",
    message: "A session is only given to a caller whose address is known.",
    retry: false,
  },
  limiter_failed: {
    status: 503,
    code: "unavailable",
    message: "Sessions cannot be given at the moment.",
  },

  // who calls
  credential_missing: unauthenticated,
  credential_conflict: unauthenticated,
  credential_malformed: unauthenticated,
  credential_too_long: unauthenticated,
  token_invalid: unauthenticated,
  token_expired: unauthenticated,
  key_unknown: unauthenticated,
  scope_missing: {
    status: 403,
    code: "insufficient_scope",
    message: "The token lacks the scope or the role that this proxy asks for.",
    retry: false,
  },
  keys_unavailable: {
    status: 503,
    code: "unavailable",
    message: "Tokens cannot be checked at the moment.",
  },
  anonymous_address_unknown: {
    status: 403,
    code: "address_unknown",
    message: "Without a token only a caller whose address is known may call.",
    retry: false,
  },
  token_of_other_origin: {
    status: 403,
    code: "forbidden",
    message: "The session token works only from the page it was given to.",
    retry: false,
  },

  // the policy of the caller's group
  policy_none: {
    status: 403,
    code: "forbidden",
    message: "No rule lets this caller in.",
    retry: false,
  },
  policy_undecided: {
    status: 403,
    code: "forbidden",
    message: "The token does not say which groups its owner is in, and that decides what it may do here.",
    retry: false,
  },
  operation_not_allowed: {
    status: 403,
    code: "operation_not_allowed",
    message: "This caller may not use this operation.",
    retry: false,
  },
  dialect_not_allowed: {
    status: 403,
    code: "operation_not_allowed",
    message: "This caller may not use this kind of address.",
    retry: false,
  },
  tool_not_allowed: {
    status: 403,
    code: "tool_not_allowed",
    message: "This caller may not use a tool that the request names.",
    retry: false,
  },
  parameter_not_allowed: {
    status: 403,
    code: "parameter_not_allowed",
    message: "This caller may not set a member of the request.",
    retry: false,
  },
  choices_not_allowed: {
    status: 400,
    code: "too_many_choices",
    message: "The request asks for more answers than this caller may have at once.",
    retry: false,
  },
  output_not_allowed: {
    status: 400,
    code: "invalid_request",
    message: "The request's limit of output is not a whole number from 1 on.",
    retry: false,
  },
  images_not_allowed: {
    status: 413,
    code: "images_too_large",
    message: "The request has more or larger images than this caller may send.",
    retry: false,
  },
  system_prompt_refused: {
    status: 403,
    code: "system_prompt_refused",
    message: "This caller may not choose the system prompt.",
    retry: false,
  },

  // what is asked
  model_required: { status: 400, code: "model_required", message: 'The request names no "model".' },
  model_unknown: {
    status: 404,
    code: "model_not_found",
    message: "There is no such model here.",
    codes: { "azure-openai": "DeploymentNotFound", inference: "unknown_model" },
  },
  model_not_allowed: {
    status: 403,
    code: "model_not_allowed",
    message: "This caller may not use this model.",
    retry: false,
  },
  agent_model_not_allowed: {
    status: 403,
    code: "model_not_allowed",
    message: "This agent uses a model that this caller may not use.",
    retry: false,
  },
  agent_model_unknown: {
    status: 403,
    code: "model_not_allowed",
    message: "The model of this agent can't be told, and this caller may only use some.",
    retry: false,
  },
  media_type_refused: {
    status: 415,
    code: "unsupported_media_type",
    message: "The body must be application/json in UTF-8.",
  },
  content_encoding_refused: {
    status: 415,
    code: "unsupported_media_type",
    message: "Compressed request bodies are not taken.",
  },
  form_media_type_refused: {
    status: 415,
    code: "unsupported_media_type",
    message: "The body must be multipart/form-data.",
  },
  form_malformed: { status: 400, code: "invalid_form", message: "The request body is not a whole form." },
  model_after_file: {
    status: 400,
    code: "model_after_file",
    message: 'The form must name its "model" before the file.',
    retry: false,
  },
  body_too_large: {
    status: 413,
    code: "body_too_large",
    message: "The request body is larger than this proxy takes.",
  },
  body_timeout: { status: 408, code: "body_timeout", message: "The request body did not arrive in time." },
  body_broken: { status: 400, code: "bad_request", message: "The request body broke off." },
  body_not_json: { status: 400, code: "invalid_json", message: "The request body is not JSON in UTF-8." },
  body_invalid: { status: 400, code: "invalid_request", message: "The request body is not acceptable." },
  query_invalid: { status: 400, code: "invalid_request", message: "The query is not acceptable." },

  project_unknown: {
    status: 404,
    code: "not_found",
    message: "There is no such project here.",
    retry: false,
  },
  connection_unknown: {
    status: 400,
    code: "invalid_request",
    message: "The request names a connection that is not enabled here.",
    retry: false,
  },
  agent_fixed: {
    status: 403,
    code: "agent_fixed",
    message: "This agent is the operator's: it can be run, but not changed.",
    retry: false,
  },
  idempotency_key_malformed: {
    status: 400,
    code: "bad_request",
    message: "Idempotency-Key must be 1 to 255 printable characters without spaces.",
  },
  call_under_way: {
    status: 409,
    code: "call_under_way",
    message: "A call with this Idempotency-Key is under way.",
  },
  idempotency_key_reused: {
    status: 409,
    code: "idempotency_key_reused",
    message: "Another call with this Idempotency-Key is under way. Take another key.",
    retry: false,
  },
  name_taken: {
    status: 409,
    code: "name_taken",
    message: "There is an agent of this name already, or there may be. Take another name.",
    retry: false,
  },

  // objects: one that does not exist and one of another caller look the same
  object_unknown: {
    status: 404,
    code: "not_found",
    message: "There is no such object.",
    codes: { "azure-openai": "404" },
    retry: false,
  },
  object_elsewhere: {
    status: 400,
    code: "invalid_request",
    message: "The objects and the model of this request are kept by different services.",
  },
  operation_not_offered: {
    status: 404,
    code: "operation_not_offered",
    message: "The service behind this proxy does not offer this operation.",
    retry: false,
  },
  objects_full: {
    status: 429,
    code: "too_many_objects",
    message: "This caller keeps as many objects as it may. Delete some first.",
    retry: false,
  },
  objects_unavailable: {
    status: 503,
    code: "objects_unavailable",
    message: "This proxy can't tell at the moment whose objects these are.",
    retry: false, // what was made before this shows would be made again
  },
  batch_line_refused: {
    status: 400,
    code: "invalid_batch_line",
    message: "A line of the batch file is not acceptable.",
  },

  // limits and budgets
  limit_reached: {
    status: 429,
    code: "rate_limited",
    message: "This caller has reached its limit. Wait before asking again.",
    codes: { "azure-openai": "429", openai: "rate_limit_exceeded" },
  },
  budget_reached: {
    status: 429,
    code: "budget_reached",
    message: "What this caller has left of its budget is not enough for this call.",
    codes: { openai: "insufficient_quota" },
  },
  everyone_limit_reached: {
    status: 429,
    code: "rate_limited",
    message: "All callers together have reached their limit. Wait before asking again.",
    codes: { "azure-openai": "429", openai: "rate_limit_exceeded" },
  },
  budget_ended: {
    status: 429,
    code: "budget_ended",
    message: "This caller's budget ended inside the answer; it is incomplete.",
    retry: false,
  },
  ledger_unavailable: {
    status: 503,
    code: "limits_unavailable",
    message: "This proxy can't tell at the moment what this caller may still use.",
  },
  operation_uncounted: {
    status: 403,
    code: "operation_not_allowed",
    message: "Work that is done later and unseen is not offered to callers with a budget.",
    retry: false,
  },
  model_unpriced: {
    status: 403,
    code: "model_not_allowed",
    message: "This model has no price, so a caller with a budget of money can't use it.",
    retry: false,
  },

  // what came back
  caller_gone: { status: 499, code: "caller_gone", message: "The caller has gone." },
  upstream_unreachable: {
    status: 502,
    code: "upstream_unreachable",
    message: "The model service cannot be reached.",
  },
  upstream_timeout: {
    status: 504,
    code: "upstream_timeout",
    message: "The model service did not answer in time.",
    retry: false,
  },
  upstream_redirect: {
    status: 502,
    code: "upstream_redirect",
    message: "The model service answered with a redirect, which is never followed.",
    retry: false,
  },
  upstream_auth: {
    status: 502,
    code: "upstream_auth",
    message: "The model service refused this proxy's credential.",
    retry: false,
  },
  token_refused: {
    status: 502,
    code: "upstream_auth",
    message: "This proxy was given no token for the service.",
    retry: false,
  },
  token_unavailable: {
    status: 503,
    code: "upstream_unavailable",
    message: "This proxy can't get a token for the service at the moment.",
  },
  upstream_rate_limited: {
    status: 429,
    code: "rate_limited",
    message: "The model service is asked too often. Wait before asking again.",
    codes: { "azure-openai": "429", openai: "rate_limit_exceeded" },
  },
  range_not_satisfiable: {
    status: 416,
    code: "range_not_satisfiable",
    message: "The file has no such bytes.",
  },
  upstream_rejected: {
    status: 400,
    code: "upstream_rejected",
    message: "The model service did not accept the request.",
  },
  upstream_failed: { status: 502, code: "upstream_failed", message: "The model service failed." },
  upstream_unavailable: {
    status: 503,
    code: "upstream_unavailable",
    message: "The model service is not available at the moment.",
  },
  upstreams_resting: {
    status: 503,
    code: "upstream_unavailable",
    message: "No model service is available at the moment. Wait before asking again.",
  },
  upstream_unexpected_status: badAnswer,
  upstream_not_stream: badAnswer,
  upstream_not_json: badAnswer,
  upstream_not_bytes: badAnswer,
  upstream_encoded: badAnswer,
  upstream_empty: badAnswer,
  upstream_too_large: badAnswer,
  upstream_error_with_200: badAnswer,
  upstream_not_chat: badAnswer,
  upstream_wrong_shape: badAnswer,
  upstream_holds_key: badAnswer,
  stream_idle: {
    status: 504,
    code: "upstream_idle",
    message: "The model service fell silent; the answer is incomplete.",
    retry: false,
  },
  stream_stalled: {
    status: 504,
    code: "upstream_stalled",
    message: "The model service sent signs of life but no more of the answer; it is incomplete.",
    retry: false,
  },
  stream_too_long: {
    status: 504,
    code: "stream_too_long",
    message: "The answer took longer than this proxy allows; it is incomplete.",
    retry: false,
  },
  stream_too_large: {
    status: 502,
    code: "stream_too_large",
    message: "The answer has more bytes than this proxy allows; it is incomplete.",
    retry: false,
  },

  stream_truncated: {
    status: 502,
    code: "stream_truncated",
    message: "The model service ended the answer before its end; what has come is incomplete.",
    retry: false,
  },

  // our own
  unconfigured: {
    status: 503,
    code: "not_configured",
    message: "This proxy is not fully configured.",
    retry: false,
  },
  internal: { status: 500, code: "internal_error", message: "Something went wrong here.", retry: false },
} satisfies Record<string, Line>;

export type Reason = keyof typeof table;

/** The same reasons, seen through one type. */
export const refusals: Readonly<Record<Reason, Line>> = table;

/** Public additions of one refusal. Nothing in here is logged. */
export interface RefusalDetail {
  readonly status?: number;
  readonly code?: string;
  readonly message?: string;
  readonly param?: string;
  readonly type?: string;
  readonly innererror?: unknown;
  readonly details?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Refusal {
  readonly ok: false;
  readonly reason: Reason;
  readonly detail: RefusalDetail;
  /** For the log only. */
  readonly seen?: {
    readonly upstream_status?: number;
    readonly failure?: string;
    /** For how long the service wants to be left alone. */
    readonly rest_ms?: number;
    /** The connection was never made. */
    readonly unsent?: true;
    /** The caller's limit, or everyone's. */
    readonly limit?: LimitName;
  };
}

export function refuse(reason: Reason, detail: RefusalDetail = {}, seen: Refusal["seen"] = {}): Refusal {
  return { ok: false, reason, detail, seen };
}
