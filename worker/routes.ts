// The one route table: exact paths and methods, decided once per request from one parsed URL.
// Whatever is not here does not exist. Pure.
import { type Dialect, type Refusal, refuse } from "./refusals.ts";

type RouteName = "session" | "models" | "info" | "chat";

export interface Route {
  readonly name: RouteName;
  readonly dialect: Dialect;
  /** The row's pattern: what logs show in place of a path that a caller chose. */
  readonly pattern: string;
  /** Azure OpenAI names the model in the path. */
  readonly deployment: string | undefined;
}

const rows = [
  { method: "POST", pattern: "/session", name: "session", dialect: "inference" },
  { method: "GET", pattern: "/models/info", name: "info", dialect: "inference" },
  { method: "POST", pattern: "/models/chat/completions", name: "chat", dialect: "inference" },
  { method: "GET", pattern: "/v1/models", name: "models", dialect: "openai" },
  { method: "POST", pattern: "/v1/chat/completions", name: "chat", dialect: "openai" },
  { method: "GET", pattern: "/openai/v1/models", name: "models", dialect: "openai" },
  { method: "POST", pattern: "/openai/v1/chat/completions", name: "chat", dialect: "openai" },
  {
    method: "POST",
    pattern: "/openai/deployments/{d}/chat/completions",
    name: "chat",
    dialect: "azure-openai",
  },
] as const;

/** Which error shape fits a path, so that even a 404 reads well in the SDK that asked. */
export function dialectOf(pathname: string): Dialect {
  if (/^\/(openai\/)?v1(\/|$)/.test(pathname)) return "openai";
  return /^\/openai(\/|$)/.test(pathname) ? "azure-openai" : "inference";
}

export function findRoute(method: string, pathname: string): { ok: true; route: Route } | Refusal {
  const deployment = /^\/openai\/deployments\/([^/]{1,400})\/chat\/completions$/.exec(pathname)?.[1];
  const pattern = deployment === undefined ? pathname : "/openai/deployments/{d}/chat/completions";
  const row = rows.find((candidate) => candidate.pattern === pattern);
  if (row === undefined || (deployment === undefined && pathname.includes("{")))
    return refuse("route_unknown");
  if (method !== row.method)
    return refuse("method_not_allowed", { headers: { allow: `${row.method}, OPTIONS` } });
  const decoded = deployment === undefined ? undefined : decode(deployment);
  if (deployment !== undefined && decoded === undefined) return refuse("route_unknown");
  const { name, dialect } = row;
  return { ok: true, route: { name, dialect, pattern, deployment: decoded } };
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined; // "%ff" and the like name nothing
  }
}
