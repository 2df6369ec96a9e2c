// Cloudflare variables -> configuration. Everything in the environment is a string; this file only
// takes the strings apart. config.ts checks the result, and problems are told by the variable's name.
import { ConfigError, type ConfigInput } from "./config.ts";
import type { ObjectNamespace, RateLimiter } from "./platform.ts";

/** Variables, secrets and bindings of the worker: wrangler.toml, `wrangler secret put`, or .dev.vars. */
export interface Env {
  readonly UPSTREAM_KIND?: string;
  readonly UPSTREAM_URL?: string;
  readonly UPSTREAM_KEY?: string;
  readonly UPSTREAM_API_VERSION?: string;
  readonly MODELS?: string;
  readonly ALLOWED_ORIGINS?: string;
  readonly SESSION_SECRET?: string;
  readonly CALLER_KEYS?: string;
  readonly SESSION_LIMITER?: RateLimiter;
  readonly OWNERSHIP?: ObjectNamespace;
}

const variables: readonly (readonly [option: RegExp, variable: string])[] = [
  [/^upstreams\.default\.kind/, "UPSTREAM_KIND"],
  [/^upstreams\.default\.url/, "UPSTREAM_URL"],
  [/^upstreams\.default\.key/, "UPSTREAM_KEY"],
  [/^upstreams\.default\.apiVersion/, "UPSTREAM_API_VERSION"],
  [/^models/, "MODELS"],
  [/^origins/, "ALLOWED_ORIGINS"],
  [/^session\.secret/, "SESSION_SECRET"],
  [/^callerKeys/, "CALLER_KEYS"],
];

const required = ["UPSTREAM_KIND", "UPSTREAM_URL", "MODELS", "ALLOWED_ORIGINS", "SESSION_SECRET"] as const;

export function list(value: string | undefined): string[] {
  return (value ?? "")
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function halves(item: string, separator: string): [string, string?] {
  const at = item.indexOf(separator);
  return at < 0 ? [item] : [item.slice(0, at).trim(), item.slice(at + 1).trim()];
}

/** The configuration that the variables spell. Throws `ConfigError` naming each required variable that is absent. */
export function configFromEnv(env: Env): ConfigInput & { session: NonNullable<ConfigInput["session"]> } {
  const missing = required.filter((variable) => list(env[variable]).length === 0);
  if (missing.length > 0) {
    throw new ConfigError(missing.map((option) => ({ option, message: "is missing" })));
  }
  const { UPSTREAM_API_VERSION: apiVersion } = env;
  return {
    upstreams: {
      default: {
        kind: env.UPSTREAM_KIND as "openai", // any string may stand here: config.ts checks it
        url: env.UPSTREAM_URL!,
        key: env.UPSTREAM_KEY ?? "",
        ...(apiVersion ? { apiVersion } : {}),
      },
    },
    models: Object.fromEntries(
      list(env.MODELS).map((item) => {
        const [name, deployment] = halves(item, "=");
        return [name, { upstream: "default", ...(deployment === undefined ? {} : { deployment }) }];
      }),
    ),
    origins: list(env.ALLOWED_ORIGINS),
    session: { secret: env.SESSION_SECRET! },
    callerKeys: list(env.CALLER_KEYS).map((item) => {
      const [name, sha256 = ""] = halves(item, ":");
      return { name, sha256 };
    }),
  };
}

/** The problems in the operator's words: "UPSTREAM_URL must be https". */
export function explain(error: ConfigError): string {
  return error.problems
    .map(
      ({ option, message }) => `${variables.find(([path]) => path.test(option))?.[1] ?? option} ${message}`,
    )
    .filter((line, index, lines) => lines.indexOf(line) === index)
    .join("; ");
}
