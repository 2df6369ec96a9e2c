// What the emulator answers: the routing table, and how a path that is not in it is refused. Paths are compared as
// the URL parser left them, segment by segment; nothing is decoded but the one value a route takes.

import { DIALECTS, type Dialect, type Refusal } from "./dialects.ts";

export type Operation = "chat" | "info" | "models" | "model";

export interface Route {
  readonly method: "GET" | "POST";
  /** `:name` is one path segment. */
  readonly path: string;
  readonly dialect: Dialect;
  readonly operation: Operation;
}

const { models, serverless, deployments, openai } = DIALECTS;
const azureV1 = DIALECTS["azure-v1"];

/** Everything the emulator answers. Order does not matter: no path matches two rows. */
const ROUTES: readonly Route[] = [
  { method: "POST", path: "/models/chat/completions", dialect: models, operation: "chat" },
  { method: "GET", path: "/models/info", dialect: models, operation: "info" },
  { method: "POST", path: "/chat/completions", dialect: serverless, operation: "chat" },
  { method: "GET", path: "/info", dialect: serverless, operation: "info" },
  {
    method: "POST",
    path: "/openai/deployments/:deployment/chat/completions",
    dialect: deployments,
    operation: "chat",
  },
  { method: "POST", path: "/openai/v1/chat/completions", dialect: azureV1, operation: "chat" },
  { method: "GET", path: "/openai/v1/models", dialect: azureV1, operation: "models" },
  { method: "GET", path: "/openai/v1/models/:model", dialect: azureV1, operation: "model" },
  { method: "POST", path: "/v1/chat/completions", dialect: openai, operation: "chat" },
  { method: "GET", path: "/v1/models", dialect: openai, operation: "models" },
  { method: "GET", path: "/v1/models/:model", dialect: openai, operation: "model" },
];

/** How each dialect says that a path is not there: the longest prefix decides. */
const PREFIXES: readonly (readonly [string, Dialect])[] = [
  ["/openai/v1/", azureV1],
  ["/openai/", deployments],
  ["/v1/", openai],
  ["/models/", models],
  ["/", serverless],
];

export type Matched =
  | {
      readonly ok: true;
      readonly route: Route;
      readonly dialect: Dialect;
      readonly value: string | undefined;
    }
  | { readonly ok: false; readonly dialect: Dialect; readonly refusal: Refusal };

export function matchRoute(method: string, path: string): Matched {
  let refusal: Refusal | undefined;
  for (const route of ROUTES) {
    const value = matchPath(route.path, path);
    if (value === false) continue;
    if (route.method === method)
      return { ok: true, route, dialect: route.dialect, value: value ?? undefined };
    refusal = { reason: "wrong-method", headers: { allow: route.method } };
  }
  const dialect = PREFIXES.find(([prefix]) => path.startsWith(prefix))?.[1] ?? serverless;
  const message = dialect.form === "openai" ? { message: `Invalid URL (${method} ${path})` } : {};
  return { ok: false, dialect, refusal: refusal ?? { reason: "unknown-path", ...message } };
}

/** false: no match; null: match without a value; otherwise the decoded value of the one `:name` segment. */
function matchPath(pattern: string, path: string): string | null | false {
  const at = pattern.indexOf(":");
  if (at < 0) return pattern === path ? null : false;
  const slash = pattern.indexOf("/", at);
  const tail = slash < 0 ? "" : pattern.slice(slash);
  if (!path.startsWith(pattern.slice(0, at)) || !path.endsWith(tail)) return false;
  const segment = path.slice(at, path.length - tail.length);
  if (segment === "" || segment.includes("/")) return false;
  try {
    return decodeURIComponent(segment);
  } catch {
    return false;
  }
}
