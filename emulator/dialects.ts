// The dialects in their URL forms: who may call, which api-version, and the shape of a service's no.
// A refusal is a value with a reason; the table in service-errors.ts must know every reason, so a new one does not
// compile without its status and codes. Routing is in routes.ts, reading the body in validate.ts.

import type { ResolvedOptions } from "./options.ts";
import { BAD_REQUEST, type RefusalReason, SERVICE_ERRORS, type ServiceError } from "./service-errors.ts";

export type DialectForm =
  | "models"
  | "serverless"
  | "deployments"
  | "azure-v1"
  | "openai"
  | "project-v1"
  | "agents"
  | "agents-era"
  | "project"
  | "management"
  | "insights"
  | "evaluations";

export interface Dialect {
  readonly form: DialectForm;
  /** `agents` has OpenAI's error object, `projects` Azure's; both take tokens only. */
  readonly name: "inference" | "azure-openai" | "openai" | "agents" | "projects";
  /** Answers carry `prompt_filter_results` and `content_filter_results`. */
  readonly contentFilters: boolean;
}

export const DIALECTS = {
  models: { form: "models", name: "inference", contentFilters: false },
  serverless: { form: "serverless", name: "inference", contentFilters: false },
  deployments: { form: "deployments", name: "azure-openai", contentFilters: true },
  "azure-v1": { form: "azure-v1", name: "openai", contentFilters: true },
  openai: { form: "openai", name: "openai", contentFilters: false },
  "project-v1": { form: "project-v1", name: "openai", contentFilters: true },
  agents: { form: "agents", name: "agents", contentFilters: false },
  "agents-era": { form: "agents-era", name: "agents", contentFilters: false },
  project: { form: "project", name: "projects", contentFilters: false },
  management: { form: "management", name: "projects", contentFilters: false },
  insights: { form: "insights", name: "projects", contentFilters: false },
  evaluations: { form: "evaluations", name: "projects", contentFilters: false },
} as const satisfies Record<DialectForm, Dialect>;

export interface Refusal {
  readonly reason: RefusalReason;
  readonly message?: string;
  /** Dotted name of the member at fault. */
  readonly param?: string;
  /** The value at fault, where the service repeats it. */
  readonly input?: unknown;
  /** Overrides the table's code, for the OpenAI shape. */
  readonly code?: string;
  /** Overrides the table's status. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Azure's `innererror` of a blocked prompt. */
  readonly innererror?: unknown;
}

const INFERENCE_NO_MODEL =
  "No model specified in request. Please provide a model name in the request body or as a x-ms-model-mesh-model-name header.";

export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export function errorAnswer(dialect: Dialect, refusal: Refusal): ErrorAnswer {
  const service: ServiceError = SERVICE_ERRORS[refusal.reason];
  const headers = refusal.headers ?? {};
  if (dialect.name === "inference") {
    const { code } = service.inference;
    const status = refusal.status ?? service.inference.status ?? service.status;
    const message =
      refusal.message ??
      (refusal.reason === "no-model" ? INFERENCE_NO_MODEL : (service.gateway?.message ?? service.message));
    return {
      status,
      headers: { "x-ms-error-code": code, ...headers },
      body:
        dialect.form === "serverless"
          ? flat(status, code, message, refusal)
          : wrapped(code, message, refusal),
    };
  }
  if (isTokenOnly(dialect) && UNAUTHORISED.includes(refusal.reason)) return noToken(dialect);
  if (dialect.name === "agents" || dialect.name === "projects") return projectError(dialect, refusal);
  const azure = dialect.form !== "openai";
  if (azure && service.gateway !== undefined) {
    const status = refusal.status ?? service.gateway.status ?? service.status;
    const error: Record<string, unknown> = {
      code: service.gateway.code,
      message: service.gateway.message ?? refusal.message ?? service.message,
    };
    // The v1 surface says the same with OpenAI's `type`.
    if (dialect.form !== "deployments" && refusal.reason === "unknown-model") error.type = BAD_REQUEST;
    return { status, headers, body: { error } };
  }
  const status = refusal.status ?? service.status;
  const error: Record<string, unknown> = {
    message: refusal.message ?? service.message,
    type: service.openai.type,
    param: refusal.param ?? null,
    code: refusal.code ?? service.openai.code,
  };
  if (refusal.reason === "content-filter") {
    error.param = "prompt";
    if (azure) Object.assign(error, { status, innererror: refusal.innererror });
  }
  // Azure writes this one out, unlike the `innererror` of text.
  if (refusal.reason === "image-content-filter" && azure) {
    delete error.param;
    error.inner_error = refusal.innererror;
  }
  return { status, headers, body: { error } };
}

/** Services of a project know who calls by an Entra token; a key means nothing to them. */
function isTokenOnly({ name, form }: Dialect): boolean {
  return name === "agents" || name === "projects" || form === "project-v1";
}

const UNAUTHORISED: readonly RefusalReason[] = ["missing-key", "wrong-key"];

const NO_TOKEN =
  "Unauthorized. Access token is missing, invalid, audience is incorrect (https://ai.azure.com), or have expired.";

function noToken({ name }: Dialect): ErrorAnswer {
  const error =
    name === "agents"
      ? { message: NO_TOKEN, type: null, param: null, code: "Unauthorized" }
      : { code: "Unauthorized", message: NO_TOKEN };
  const headers: Record<string, string> = { "www-authenticate": "Bearer" };
  if (name === "projects") headers["x-ms-error-code"] = "Unauthorized";
  return { status: 401, headers, body: { error } };
}

/** What the gateway would hide behind a 404 or a number is said here: these services answer themselves. */
function projectError(dialect: Dialect, refusal: Refusal): ErrorAnswer {
  const service: ServiceError = SERVICE_ERRORS[refusal.reason];
  const isVersion = refusal.reason.endsWith("api-version");
  const status = refusal.status ?? (isVersion ? service.inference.status : undefined) ?? service.status;
  const message = refusal.message ?? service.message;
  const headers = refusal.headers ?? {};
  const azureCode = refusal.code ?? service.inference.code;
  if (dialect.name === "projects") {
    const error = { code: azureCode, message, ...(refusal.param !== undefined && { target: refusal.param }) };
    return { status, headers: { "x-ms-error-code": azureCode, ...headers }, body: { error } };
  }
  const { type } = service.openai;
  const code = refusal.code ?? (isVersion ? azureCode : service.openai.code);
  return { status, headers, body: { error: { message, type, param: refusal.param ?? null, code } } };
}

/** The unified endpoint: Azure's error object. */
function wrapped(code: string, message: string, refusal: Refusal): unknown {
  const error: Record<string, unknown> = { code, message };
  if (refusal.param !== undefined) error.target = refusal.param;
  if (refusal.reason === "content-filter") {
    Object.assign(error, { param: "prompt", status: 400, innererror: refusal.innererror });
  }
  return { error };
}

const REASON_PHRASES: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  404: "Not Found",
  405: "Method Not Allowed",
  429: "Too Many Requests",
};

/** The serverless endpoint: no `error` wrapper, `detail` names the member the model could not honour. */
function flat(status: number, code: string, message: string, refusal: Refusal): unknown {
  const error = REASON_PHRASES[status];
  if (error !== undefined) return { status, error, message };
  if (status === 422) {
    const loc = ["body", ...(refusal.param?.split(".") ?? [])];
    return { status, code, detail: { loc, input: refusal.input ?? null }, message };
  }
  return { status, code, message, param: refusal.param ?? null, type: null };
}

/** Key first, then api-version, as Azure's gateway decides. */
export function authorise(
  dialect: Dialect,
  headers: Headers,
  url: URL,
  options: ResolvedOptions,
): Refusal | undefined {
  const key = isTokenOnly(dialect) ? givenToken(headers) : givenKey(headers);
  if (key === undefined) return { reason: "missing-key" };
  if (!options.keys.has(key)) return { reason: "wrong-key" };
  const version = url.searchParams.get("api-version");
  switch (dialect.form) {
    case "models":
    case "serverless":
      return versionRefusal(version, options.inferenceApiVersions);
    case "deployments":
      return versionRefusal(version, options.azureApiVersions);
    case "azure-v1":
    case "project-v1":
      return version === null || version === "v1" || version === "preview"
        ? undefined
        : { reason: "unsupported-api-version" };
    case "openai":
      return undefined;
    case "evaluations":
      // One generated client sends it under another name.
      return versionRefusal(version ?? url.searchParams.get("apiVersion"), PROJECT_API_VERSIONS.evaluations);
    default:
      return versionRefusal(version, PROJECT_API_VERSIONS[dialect.form]);
  }
}

const AGENTS_NOW = ["v1", "2025-05-01", "2025-05-15-preview", "2025-11-15-preview"];
const ERA = ["2024-07-01-preview", "2024-12-01-preview"];
/** `api-version` values that each service of a project takes. */
const PROJECT_API_VERSIONS = {
  agents: AGENTS_NOW,
  project: AGENTS_NOW,
  "agents-era": ERA,
  management: ERA,
  evaluations: ERA,
  insights: ["2020-02-02"],
} as const satisfies Partial<Record<DialectForm, readonly string[]>>;

function versionRefusal(version: string | null, accepted: readonly string[]): Refusal | undefined {
  if (version === null || version === "") return { reason: "missing-api-version" };
  return accepted.includes(version) ? undefined : { reason: "unsupported-api-version" };
}

function givenKey(headers: Headers): string | undefined {
  return headers.get("api-key") || givenToken(headers);
}

function givenToken(headers: Headers): string | undefined {
  return /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
}
