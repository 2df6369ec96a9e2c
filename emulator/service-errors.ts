// Every reason to refuse, with the status, codes and words each dialect has for it. dialects.ts puts them into the
// body shapes.

export type RefusalReason =
  | "missing-key"
  | "wrong-key"
  | "missing-api-version"
  | "unsupported-api-version"
  | "unknown-path"
  | "wrong-method"
  | "unknown-model"
  | "no-model"
  | "wrong-task"
  | "not-found"
  | "conflict"
  | "wrong-state"
  | "not-kept"
  | "unsatisfiable-range"
  | "body-too-large"
  | "bad-json"
  | "missing-parameter"
  | "invalid-type"
  | "invalid-value"
  | "unsupported-parameter"
  | "unknown-parameter"
  | "content-filter"
  | "image-content-filter"
  | "rate-limit"
  | "server-error"
  | "unavailable";

export interface ServiceError {
  readonly status: number;
  /** Inference dialect: status when it differs, and `code`. */
  readonly inference: { readonly status?: number; readonly code: string };
  /** OpenAI-style: `type` and `code`. */
  readonly openai: { readonly type: string | null; readonly code: string | null };
  /** Azure's gateway answers these itself as `{"error":{"code","message"}}`, before any model. */
  readonly gateway?: { readonly status?: number; readonly code: string; readonly message?: string };
  readonly message: string;
}

export const BAD_REQUEST = "invalid_request_error";
const ACCESS_DENIED =
  "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.";

export const SERVICE_ERRORS = {
  "missing-key": {
    status: 401,
    inference: { code: "401" },
    openai: { type: BAD_REQUEST, code: null },
    gateway: { code: "401", message: ACCESS_DENIED },
    message:
      "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
  },
  "wrong-key": {
    status: 401,
    inference: { code: "401" },
    openai: { type: BAD_REQUEST, code: "invalid_api_key" },
    gateway: { code: "401", message: ACCESS_DENIED },
    message: "Incorrect API key provided.",
  },
  "missing-api-version": {
    status: 404,
    inference: { status: 400, code: "MissingApiVersionParameter" },
    openai: { type: BAD_REQUEST, code: null },
    gateway: { code: "404", message: "Resource not found" },
    message: "The api-version query parameter (?api-version=) is required for all requests.",
  },
  "unsupported-api-version": {
    status: 404,
    inference: { status: 400, code: "UnsupportedApiVersionValue" },
    openai: { type: BAD_REQUEST, code: null },
    gateway: { code: "404", message: "Resource not found" },
    message: "API version not supported",
  },
  "unknown-path": {
    status: 404,
    inference: { code: "NotFound" },
    openai: { type: BAD_REQUEST, code: null },
    gateway: { code: "404", message: "Resource not found" },
    message: "Resource not found",
  },
  "wrong-method": {
    status: 405,
    inference: { code: "MethodNotAllowed" },
    openai: { type: BAD_REQUEST, code: "method_not_supported" },
    gateway: { status: 404, code: "404", message: "Resource not found" },
    message: "Method not allowed",
  },
  "unknown-model": {
    status: 404,
    inference: { code: "DeploymentNotFound" },
    openai: { type: BAD_REQUEST, code: "model_not_found" },
    gateway: {
      code: "DeploymentNotFound",
      message:
        "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.",
    },
    message: "The model does not exist or you do not have access to it.",
  },
  "no-model": {
    status: 400,
    inference: { code: "no_model_name" },
    openai: { type: BAD_REQUEST, code: null },
    message: "you must provide a model parameter",
  },
  "wrong-task": {
    status: 400,
    inference: { code: "OperationNotSupported" },
    openai: { type: BAD_REQUEST, code: "OperationNotSupported" },
    message:
      "The operation does not work with the specified model. Please choose different model and try again.",
  },
  "not-found": {
    status: 404,
    inference: { code: "NotFound" },
    openai: { type: BAD_REQUEST, code: null },
    message: "No such object.",
  },
  conflict: {
    status: 409,
    inference: { code: "Conflict" },
    openai: { type: BAD_REQUEST, code: null },
    message: "The object is not in a state that allows this.",
  },
  // Where agents say 400 for what others call a conflict.
  "wrong-state": {
    status: 400,
    inference: { code: "BadRequest" },
    openai: { type: BAD_REQUEST, code: null },
    message: "The object is not in a state that allows this.",
  },
  // No service's error: the emulator's own limit, said as such.
  "not-kept": {
    status: 410,
    inference: { code: "emulator_not_kept" },
    openai: { type: BAD_REQUEST, code: "emulator_not_kept" },
    message: "The emulator did not keep the content of this file, because it is longer than `keepFileBytes`.",
  },
  "unsatisfiable-range": {
    status: 416,
    inference: { code: "InvalidRange" },
    openai: { type: BAD_REQUEST, code: null },
    message: "The requested range is not satisfiable.",
  },
  "body-too-large": {
    status: 413,
    inference: { code: "RequestEntityTooLarge" },
    openai: { type: BAD_REQUEST, code: null },
    gateway: { code: "413" },
    message: "Request body too large",
  },
  "bad-json": {
    status: 400,
    inference: { code: "BadRequest" },
    openai: { type: BAD_REQUEST, code: null },
    message: "We could not parse the JSON body of your request. The API expects a JSON payload.",
  },
  "missing-parameter": {
    status: 400,
    inference: { code: "BadRequest" },
    openai: { type: BAD_REQUEST, code: "missing_required_parameter" },
    message: "Missing required parameter",
  },
  "invalid-type": {
    status: 400,
    inference: { status: 422, code: "invalid_type" },
    openai: { type: BAD_REQUEST, code: "invalid_type" },
    message: "Invalid type",
  },
  "invalid-value": {
    status: 400,
    inference: { code: "invalid_value" },
    openai: { type: BAD_REQUEST, code: "invalid_value" },
    message: "Invalid value",
  },
  "unsupported-parameter": {
    status: 400,
    inference: { status: 422, code: "parameter_not_supported" },
    openai: { type: BAD_REQUEST, code: "unsupported_parameter" },
    message: "Parameter not supported",
  },
  "unknown-parameter": {
    status: 400,
    inference: { code: "BadRequest" },
    openai: { type: BAD_REQUEST, code: "unknown_parameter" },
    message: "Unknown parameter",
  },
  "content-filter": {
    status: 400,
    inference: { code: "content_filter" },
    openai: { type: null, code: "content_filter" },
    message:
      "The response was filtered due to the prompt triggering the content management policy. Please modify your prompt and retry.",
  },
  "image-content-filter": {
    status: 400,
    inference: { code: "content_filter" },
    openai: { type: "image_generation_user_error", code: "content_policy_violation" },
    message:
      "Your request was rejected as a result of our safety system. Your prompt may contain text that is not allowed by our safety system.",
  },
  "rate-limit": {
    status: 429,
    inference: { code: "RateLimitReached" },
    openai: { type: "requests", code: "rate_limit_exceeded" },
    gateway: { code: "429" },
    message: "Rate limit reached. Please try again later.",
  },
  "server-error": {
    status: 500,
    inference: { code: "InternalServerError" },
    openai: { type: "server_error", code: null },
    message: "The server had an error while processing your request. Sorry about that!",
  },
  unavailable: {
    status: 503,
    inference: { code: "ServiceUnavailable" },
    openai: { type: "server_error", code: "service_unavailable" },
    message: "The service is temporarily unable to process your request. Please try again later.",
  },
} as const satisfies Record<RefusalReason, ServiceError>;
