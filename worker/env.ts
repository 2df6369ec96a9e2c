// Cloudflare variables -> configuration. Everything in the environment is a string; this file only
// takes the strings apart. config.ts checks the result, and problems are told by the variable's name.
import { ConfigError, type ConfigInput } from "./config.ts";
import type { AnalyticsDataset } from "./log-sinks.ts";
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
  readonly SESSION_SECRET_PREVIOUS?: string;
  readonly TURNSTILE_SECRET?: string;
  readonly BACKEND_SECRET?: string;
  readonly CALLER_KEYS?: string;
  readonly ENTRA?: string;
  readonly PROJECT_ENDPOINT?: string;
  readonly PROJECT_CONNECTION_STRING?: string;
  readonly PROJECT_API_VERSION?: string;
  readonly PROJECT_SCOPE?: string;
  readonly PROJECT_MODELS?: string;
  readonly PROJECT_AGENTS?: string;
  readonly AZURE_TENANT_ID?: string;
  readonly AZURE_CLIENT_ID?: string;
  readonly AZURE_CLIENT_SECRET?: string;
  readonly AZURE_CLIENT_CERTIFICATE?: string;
  readonly AZURE_CLIENT_PRIVATE_KEY?: string;
  readonly AZURE_FEDERATED_TOKEN?: string;
  readonly AZURE_AUTHORITY_HOST?: string;
  readonly OPERATOR_KEYS?: string;
  readonly OTLP_LOGS_URL?: string;
  readonly OTLP_HEADERS?: string;
  readonly ANALYTICS?: AnalyticsDataset;
  readonly PRICES?: string;
  readonly CALLER_LIMITS?: string;
  readonly EVERYONE_LIMITS?: string;
  readonly SESSION_LIMITER?: RateLimiter;
  readonly OWNERSHIP?: ObjectNamespace;
  readonly LEDGER?: ObjectNamespace;
}

const variables: readonly (readonly [option: RegExp, variable: string])[] = [
  [/^upstreams\.default\.kind/, "UPSTREAM_KIND"],
  [/^upstreams\.default\.url/, "UPSTREAM_URL"],
  [/^upstreams\.default\.key/, "UPSTREAM_KEY"],
  [/^upstreams\.default\.apiVersion/, "UPSTREAM_API_VERSION"],
  [/^upstreams\.[^.]+\.url/, "PROJECT_ENDPOINT or PROJECT_CONNECTION_STRING"],
  [/^upstreams\.[^.]+\.apiVersion/, "PROJECT_API_VERSION"],
  [/^upstreams\.[^.]+\.deployments/, "PROJECT_MODELS"],
  [/^upstreams\.[^.]+\.agents/, "PROJECT_AGENTS"],
  [/^upstreams\.[^.]+\.entra\.tenantId/, "AZURE_TENANT_ID"],
  [/^upstreams\.[^.]+\.entra\.clientId/, "AZURE_CLIENT_ID"],
  [/^upstreams\.[^.]+\.entra\.clientSecret/, "AZURE_CLIENT_SECRET"],
  [/^upstreams\.[^.]+\.entra\.certificate/, "AZURE_CLIENT_CERTIFICATE"],
  [/^upstreams\.[^.]+\.entra\.privateKey/, "AZURE_CLIENT_PRIVATE_KEY"],
  [/^upstreams\.[^.]+\.entra\.assertion/, "AZURE_FEDERATED_TOKEN"],
  [/^upstreams\.[^.]+\.entra\.authority/, "AZURE_AUTHORITY_HOST"],
  [/^upstreams\.[^.]+\.entra\.scope/, "PROJECT_SCOPE"],
  [/^upstreams\.[^.]+\.entra/, "AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE or AZURE_FEDERATED_TOKEN"],
  [/^models(?:$|\.[^.]+\.price)/, "PRICES"],
  [/^models/, "MODELS"],
  [/^origins/, "ALLOWED_ORIGINS"],
  [/^session\.secret/, "SESSION_SECRET"],
  [/^session\.previousSecrets/, "SESSION_SECRET_PREVIOUS"],
  [/^session\.turnstile/, "TURNSTILE_SECRET"],
  [/^session\.backend/, "BACKEND_SECRET"],
  [/^callerKeys/, "CALLER_KEYS"],
  [/^perCaller/, "CALLER_LIMITS"],
  [/^everyone/, "EVERYONE_LIMITS"],
  [/^operatorKeys/, "OPERATOR_KEYS"],
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

/** Lines as `latchkey key` prints them. */
function keys(value: string | undefined): { name: string; sha256: string }[] {
  return list(value).map((item) => {
    const [name, sha256 = ""] = halves(item, ":");
    return { name, sha256 };
  });
}

/** The configuration that the variables spell. Throws `ConfigError` naming each required variable that is absent. */
export function configFromEnv(env: Env): ConfigInput & { session: NonNullable<ConfigInput["session"]> } {
  const missing = required.filter((variable) => list(env[variable]).length === 0);
  if (missing.length > 0) {
    throw new ConfigError(missing.map((option) => ({ option, message: "is missing" })));
  }
  const { UPSTREAM_API_VERSION: apiVersion } = env;
  const prices = pricesFrom(env.PRICES);
  return {
    upstreams: {
      default: {
        kind: env.UPSTREAM_KIND as "openai", // any string may stand here: config.ts checks it
        url: env.UPSTREAM_URL!,
        key: env.UPSTREAM_KEY ?? "",
        ...(apiVersion ? { apiVersion } : {}),
      },
      ...project(env),
    },
    models: Object.fromEntries(
      list(env.MODELS).map((item) => {
        const [name, deployment] = halves(item, "=");
        const price = prices.get(name);
        return [
          name,
          {
            upstream: "default",
            ...(deployment === undefined ? {} : { deployment }),
            ...(price === undefined ? {} : { price }),
          },
        ];
      }),
    ),
    origins: list(env.ALLOWED_ORIGINS),
    session: {
      secret: env.SESSION_SECRET!,
      ...(env.SESSION_SECRET_PREVIOUS ? { previousSecrets: [env.SESSION_SECRET_PREVIOUS] } : {}),
      ...(env.TURNSTILE_SECRET ? { turnstile: { secret: env.TURNSTILE_SECRET } } : {}),
      ...(env.BACKEND_SECRET ? { backend: { secrets: [env.BACKEND_SECRET] } } : {}),
    },
    perCaller: limitsFrom(env.CALLER_LIMITS),
    everyone: limitsFrom(env.EVERYONE_LIMITS),
    callerKeys: keys(env.CALLER_KEYS),
    ...(env.ENTRA?.trim() ? { entra: entraFrom(env.ENTRA) } : {}),
    operatorKeys: keys(env.OPERATOR_KEYS),
  };
}

/** `tokensPerDay=200000, moneyPerMonth=20`. What is no number stays one that the check of the configuration refuses. */
function limitsFrom(value: string | undefined): Record<string, number> {
  return Object.fromEntries(
    list(value).map((item) => {
      const [name, amount = ""] = halves(item, "=");
      return [name, numberFrom(amount)];
    }),
  );
}

/** `gpt-5-mini=0.25/2`: of a million tokens of input and of output. */
function pricesFrom(value: string | undefined): Map<string, { input: number; output: number }> {
  return new Map(
    list(value).map((item) => {
      const [name, price = ""] = halves(item, "=");
      const [input, output = ""] = halves(price, "/");
      return [name, { input: numberFrom(input), output: numberFrom(output) }];
    }),
  );
}

const numberFrom = (text: string) => (text === "" ? Number.NaN : Number(text));

const PROVIDER = "providers/Microsoft.MachineLearningServices/workspaces";

/** The project behind the agents' routes, by the last part of its address: so callers only change the host. */
function project(env: Env): ConfigInput["upstreams"] {
  const endpoint = env.PROJECT_ENDPOINT?.trim().replace(/\/+$/, "");
  const connection = env.PROJECT_CONNECTION_STRING?.trim();
  if (!endpoint && !connection) return {};
  const [host, subscription, group, workspace, more] = (connection ?? "").split(";");
  if (endpoint ? connection : !workspace || more !== undefined) {
    const message = endpoint
      ? "is given beside PROJECT_ENDPOINT: only one of them can be"
      : "must have four parts: host;subscription;resource group;project";
    throw new ConfigError([{ option: "PROJECT_CONNECTION_STRING", message }]);
  }
  const part = [subscription, group].map((one) => encodeURIComponent(one ?? ""));
  const base = /^https?:\/\//.test(host ?? "") ? host : `https://${host}`;
  const url =
    endpoint ||
    `${base}/agents/v1.0/subscriptions/${part[0]}/resourceGroups/${part[1]}/${PROVIDER}/${workspace}`;
  const name = url.split("/").at(-1)!;
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name) || name === "default") {
    throw new ConfigError([{ option: "upstreams.project.url", message: "must end with the project's name" }]);
  }
  const models = env.PROJECT_MODELS?.trim() ? env.PROJECT_MODELS : env.MODELS;
  return {
    [name]: {
      kind: endpoint ? "projects" : "workspace",
      url,
      ...(env.PROJECT_API_VERSION ? { apiVersion: env.PROJECT_API_VERSION } : {}),
      agents: list(env.PROJECT_AGENTS),
      deployments: Object.fromEntries(
        list(models).map((item) => {
          const [model, deployment = model] = halves(item, "=");
          return [model, deployment];
        }),
      ),
      entra: identity(env),
    },
  };
}

/** `entra` as in latchkey.config.ts, as JSON: what belongs together, and differs from directory to directory. */
function entraFrom(text: string): NonNullable<ConfigInput["entra"]> {
  try {
    return JSON.parse(text); // any value may stand here: config.ts checks it
  } catch {
    throw new ConfigError([{ option: "ENTRA", message: "must be JSON, with the members of `entra`" }]);
  }
}

function identity(env: Env) {
  const given = {
    clientSecret: env.AZURE_CLIENT_SECRET,
    certificate: pem(env.AZURE_CLIENT_CERTIFICATE),
    privateKey: pem(env.AZURE_CLIENT_PRIVATE_KEY),
    assertion: env.AZURE_FEDERATED_TOKEN,
    authority: env.AZURE_AUTHORITY_HOST,
    scope: env.PROJECT_SCOPE,
  };
  return {
    tenantId: env.AZURE_TENANT_ID ?? "",
    clientId: env.AZURE_CLIENT_ID ?? "",
    ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value)) as Partial<{
      [name in keyof typeof given]: string;
    }>),
  };
}

/** Variables of one line spell the line ends of PEM as \n. */
const pem = (value: string | undefined) => value?.replaceAll("\\n", "\n");

/** The problems in the operator's words: "UPSTREAM_URL must be https". */
export function explain(error: ConfigError): string {
  return error.problems
    .map(
      ({ option, message }) => `${variables.find(([path]) => path.test(option))?.[1] ?? option} ${message}`,
    )
    .filter((line, index, lines) => lines.indexOf(line) === index)
    .join("; ");
}
