// The one route table: exact paths and methods, decided once per request from one parsed URL. One row per
// operation; the prefixes give each row its addresses in the dialects. Whatever is not here does not exist. Pure.
import { agentRows } from "./agent-routes.ts";
import { type Dialect, type Refusal, refuse } from "./refusals.ts";

/**
 * Where a row is offered. `openai`: under /v1, /openai/v1 and the /openai/v1 of a project. `deployment`: under /openai/deployments/{d}.
 * `resource`: under /openai itself. `inference`: under /models. `project`: under a project endpoint.
 * `workspace` and `evaluations`: under the bases of a connection string. `root`: as it stands.
 */
type Place =
  | "root"
  | "inference"
  | "openai"
  | "deployment"
  | "resource"
  | "project"
  | "workspace"
  | "evaluations";

interface Row {
  readonly name: string;
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly places: readonly Place[];
}

const scoped = ["openai", "deployment"] as const;
const unscoped = ["openai", "resource"] as const;

const rows = [
  { name: "session", method: "POST", path: "/session", places: ["root"] },
  { name: "usage", method: "GET", path: "/usage", places: ["root"] },
  { name: "health", method: "GET", path: "/health", places: ["root"] },
  { name: "sign_in", method: "GET", path: "/sign-in", places: ["root"] },
  { name: "metrics", method: "GET", path: "/operator/metrics", places: ["root"] },
  { name: "upstreams", method: "GET", path: "/operator/upstreams", places: ["root"] },

  { name: "chat", method: "POST", path: "/chat/completions", places: ["inference", ...scoped] },
  { name: "embeddings", method: "POST", path: "/embeddings", places: ["inference", ...scoped] },
  { name: "image_embeddings", method: "POST", path: "/images/embeddings", places: ["inference"] },
  { name: "info", method: "GET", path: "/info", places: ["inference", "root"] },
  { name: "completions", method: "POST", path: "/completions", places: scoped },
  { name: "transcriptions", method: "POST", path: "/audio/transcriptions", places: scoped },
  { name: "translations", method: "POST", path: "/audio/translations", places: scoped },
  { name: "speech", method: "POST", path: "/audio/speech", places: scoped },
  { name: "image_generations", method: "POST", path: "/images/generations", places: scoped },
  { name: "image_edits", method: "POST", path: "/images/edits", places: scoped },

  { name: "models", method: "GET", path: "/models", places: unscoped },
  { name: "model", method: "GET", path: "/models/{model}", places: unscoped },

  { name: "file_create", method: "POST", path: "/files", places: unscoped },
  { name: "file_list", method: "GET", path: "/files", places: unscoped },
  { name: "file_get", method: "GET", path: "/files/{file}", places: unscoped },
  { name: "file_delete", method: "DELETE", path: "/files/{file}", places: unscoped },
  { name: "file_content", method: "GET", path: "/files/{file}/content", places: unscoped },

  // npm openai puts a batch under a deployment when its client has one; the service's path has none.
  { name: "batch_create", method: "POST", path: "/batches", places: [...unscoped, "deployment"] },
  { name: "batch_list", method: "GET", path: "/batches", places: unscoped },
  { name: "batch_get", method: "GET", path: "/batches/{batch}", places: unscoped },
  { name: "batch_cancel", method: "POST", path: "/batches/{batch}/cancel", places: unscoped },

  { name: "job_create", method: "POST", path: "/fine_tuning/jobs", places: unscoped },
  { name: "job_list", method: "GET", path: "/fine_tuning/jobs", places: unscoped },
  { name: "job_get", method: "GET", path: "/fine_tuning/jobs/{job}", places: unscoped },
  { name: "job_cancel", method: "POST", path: "/fine_tuning/jobs/{job}/cancel", places: unscoped },
  { name: "job_events", method: "GET", path: "/fine_tuning/jobs/{job}/events", places: unscoped },
  { name: "job_checkpoints", method: "GET", path: "/fine_tuning/jobs/{job}/checkpoints", places: unscoped },

  { name: "response_create", method: "POST", path: "/responses", places: unscoped },
  { name: "response_get", method: "GET", path: "/responses/{response}", places: unscoped },
  { name: "response_delete", method: "DELETE", path: "/responses/{response}", places: unscoped },
  { name: "response_cancel", method: "POST", path: "/responses/{response}/cancel", places: unscoped },
  { name: "response_input", method: "GET", path: "/responses/{response}/input_items", places: unscoped },

  { name: "conversation_create", method: "POST", path: "/conversations", places: unscoped },
  { name: "conversation_get", method: "GET", path: "/conversations/{conversation}", places: unscoped },
  { name: "conversation_update", method: "POST", path: "/conversations/{conversation}", places: unscoped },
  { name: "conversation_delete", method: "DELETE", path: "/conversations/{conversation}", places: unscoped },
  { name: "item_create", method: "POST", path: "/conversations/{conversation}/items", places: unscoped },
  { name: "item_list", method: "GET", path: "/conversations/{conversation}/items", places: unscoped },
  { name: "item_get", method: "GET", path: "/conversations/{conversation}/items/{item}", places: unscoped },
  {
    name: "item_delete",
    method: "DELETE",
    path: "/conversations/{conversation}/items/{item}",
    places: unscoped,
  },

  ...agentRows,
] as const satisfies readonly Row[];

export type RouteName = (typeof rows)[number]["name"];

const PROJECT = "/api/projects/{project}";
// Of a connection string's four parts only the last one is looked at: it names one of the configured upstreams.
const WORKSPACE =
  "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.MachineLearningServices/workspaces/{project}";

const prefixes: Record<Place, readonly { readonly prefix: string; readonly dialect: Dialect }[]> = {
  root: [{ prefix: "", dialect: "inference" }],
  inference: [{ prefix: "/models", dialect: "inference" }],
  openai: [
    { prefix: "/v1", dialect: "openai" },
    { prefix: "/openai/v1", dialect: "openai" },
    { prefix: `${PROJECT}/openai/v1`, dialect: "openai" },
  ],
  deployment: [{ prefix: "/openai/deployments/{d}", dialect: "azure-openai" }],
  resource: [{ prefix: "/openai", dialect: "azure-openai" }],
  project: [{ prefix: PROJECT, dialect: "agents" }],
  workspace: [{ prefix: `/agents/v1.0${WORKSPACE}`, dialect: "agents" }],
  evaluations: [{ prefix: `/raisvc/v1.0${WORKSPACE}`, dialect: "agents" }],
};

export interface Route {
  readonly name: RouteName;
  readonly method: string;
  readonly dialect: Dialect;
  /** The row's pattern: what logs show in place of a path that a caller chose. */
  readonly pattern: string;
  /** The row's path without its prefix, such as `/files/{file}/content`. */
  readonly path: string;
  /** Azure OpenAI names the model in the path. */
  readonly deployment: string | undefined;
  /** The project whose address it is, as the caller calls it: a name of the configuration, or nothing. */
  readonly project: string | undefined;
  /** The path's other names, decoded but not checked: `{ file: "file-1" }`. */
  readonly ids: Readonly<Record<string, string>>;
}

const MAX_SEGMENT = 400;

/** Every address there is: for the README, and for tests that try them all. */
export const addresses = rows.flatMap(({ name, method, path, places }) =>
  places.flatMap((place) =>
    prefixes[place].map(({ prefix, dialect }) => ({ name, method, path, dialect, pattern: prefix + path })),
  ),
);

const compiled = addresses.map((address) => ({
  ...address,
  expression: new RegExp(
    `^${address.pattern
      .replace(/\./g, "\\.")
      .replace(/\{\}/g, `[^/]{1,${MAX_SEGMENT}}`)
      .replace(/\{\w+\}/g, `([^/]{1,${MAX_SEGMENT}})`)}$`,
  ),
  names: [...address.pattern.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!),
}));

/** By the first segment, which no address leaves open: most of what does not exist meets no expression at all. */
const byStart = new Map(
  [...new Set(compiled.map(({ pattern }) => startOf(pattern)))].map((start) => [
    start,
    compiled.filter(({ pattern }) => startOf(pattern) === start),
  ]),
);

function startOf(path: string): string {
  const end = path.indexOf("/", 1);
  return end < 0 ? path : path.slice(0, end);
}

/** Which error shape fits a path, so that even a 404 reads well in the SDK that asked. */
export function dialectOf(pathname: string): Dialect {
  if (/^(\/api\/projects\/[^/]+)?\/openai\/v1(\/|$)|^\/v1(\/|$)/.test(pathname)) return "openai";
  if (/^\/(api\/projects|agents|raisvc)(\/|$)/.test(pathname)) return "agents";
  return /^\/openai(\/|$)/.test(pathname) ? "azure-openai" : "inference";
}

export function findRoute(method: string, pathname: string): { ok: true; route: Route } | Refusal {
  const matching = (byStart.get(startOf(pathname)) ?? []).filter(({ expression }) =>
    expression.test(pathname),
  );
  if (matching.length === 0) return refuse("route_unknown");
  const found = matching.find((address) => address.method === method);
  if (found === undefined) {
    const allow = [...matching.map((address) => address.method), "OPTIONS"].join(", ");
    return refuse("method_not_allowed", { headers: { allow } });
  }
  const { name, dialect, pattern, path, names } = found;
  const values = found.expression.exec(pathname)!.slice(1).map(decode);
  if (values.includes(undefined)) return refuse("route_unknown");
  const {
    d: deployment,
    project,
    ...ids
  } = Object.fromEntries(names.map((one, index) => [one, values[index]!]));
  return { ok: true, route: { name, method, dialect, pattern, path, deployment, project, ids } };
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined; // "%ff" and the like name nothing
  }
}
