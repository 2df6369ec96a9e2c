// `latchkey check [file]`: reads a configuration as the worker would, says what it means, and what is wrong with it.
// Exit code 0: it holds together; 1: it does not, or with --strict there are warnings. Nothing is sent anywhere.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Config, type ConfigError, type ConfigInput, defineConfig } from "../worker/config.ts";
import { explain } from "../worker/env.ts";
import { summarize } from "../worker/summary.ts";

const PLACES = [
  "latchkey.config.ts",
  "latchkey.config.mjs",
  "latchkey.config.js",
  "worker/latchkey.config.ts",
];
/** Stand in for what only the deployed worker knows: 32 bytes and more, so that they pass for secrets. */
const PLACEHOLDER = "placeholder-for-a-secret-of-the-deployed-worker";
const SECRETS = ["UPSTREAM_KEY", "SESSION_SECRET", "AZURE_CLIENT_SECRET"];

export interface CheckOptions {
  /** Default: the first of the usual names in this folder. */
  readonly file?: string | undefined;
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Warnings count as problems. */
  readonly strict?: boolean | undefined;
  /** Secrets that are not here count as given. */
  readonly withoutSecrets?: boolean | undefined;
}

export interface Checked {
  readonly output: string;
  readonly code: 0 | 1;
}

export async function check({ file, folder, env, strict, withoutSecrets }: CheckOptions): Promise<Checked> {
  const path =
    file === undefined ? PLACES.map((name) => join(folder, name)).find(existsSync) : resolve(folder, file);
  if (path === undefined || !existsSync(path)) {
    return failure(`There is no ${file ?? PLACES.join(", ")} in ${folder}.`);
  }
  let config: Config;
  try {
    config = await load(path, variables(path, env, withoutSecrets === true));
  } catch (error) {
    return failure(problemsOf(error, path));
  }
  const { text, warnings } = summarize(config);
  return { output: `${path}\n\n${text}`, code: strict === true && warnings.length > 0 ? 1 : 0 };
}

const failure = (text: string): Checked => ({ output: `${text}\n`, code: 1 });

/** A file exports a configuration, as `defineConfig` takes or gives it, or a function of the worker's variables. */
async function load(path: string, env: Readonly<Record<string, string | undefined>>): Promise<Config> {
  const { default: exported } = (await import(pathToFileURL(path).href)) as { default?: unknown };
  const given: unknown = typeof exported === "function" ? await exported(env) : exported;
  if (typeof given !== "object" || given === null || !("upstreams" in given)) {
    throw new TypeError("has no configuration as its default export, nor a function that gives one");
  }
  return given.upstreams instanceof Map ? (given as Config) : defineConfig(given as ConfigInput);
}

/** As wrangler would find them: [vars] of wrangler.toml, then .dev.vars, then the environment. */
function variables(path: string, env: CheckOptions["env"], withoutSecrets: boolean) {
  const folders = [dirname(path), dirname(dirname(path))];
  const text = (name: string) => {
    const found = folders.map((folder) => join(folder, name)).find(existsSync);
    return found === undefined ? "" : readFileSync(found, "utf8");
  };
  const vars = /^\[vars\]\s*$([\s\S]*?)(?=^\[|(?![\s\S]))/m.exec(text("wrangler.toml"))?.[1] ?? "";
  const given = { ...assignments(vars), ...assignments(text(".dev.vars")), ...env };
  const absent = SECRETS.filter((name) => withoutSecrets && !given[name]);
  return { ...given, ...Object.fromEntries(absent.map((name) => [name, PLACEHOLDER])) };
}

/** `NAME="value"`, one a line. */
function assignments(text: string): Record<string, string> {
  const lines = text.matchAll(/^\s*([A-Z][A-Z0-9_]*)\s*=\s*(?:"([^"\n]*)"|'([^'\n]*)'|([^#\n]*))/gm);
  return Object.fromEntries(
    [...lines].map(([, name, double, single, bare]) => [name, double ?? single ?? (bare ?? "").trim()]),
  );
}

/** Messages of a configuration name options and hold no value; of anything else, only our own may be shown. */
function problemsOf(error: unknown, path: string): string {
  const { name, problems } = Object(error) as { name?: string; problems?: unknown };
  if (name === "ConfigError" && Array.isArray(problems)) {
    const lines = linesOf(error as ConfigError, path);
    return [`${path} does not hold together:`, ...lines.map((line) => `  ${line}`)].join("\n");
  }
  if (error instanceof TypeError && error.message.startsWith("has no configuration"))
    return `${path} ${error.message}.`;
  return `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}

/** In the words of whoever wrote the configuration: variables where these give it, else its own options. */
function linesOf(error: ConfigError, path: string): string[] {
  const isFromVariables = /\bconfigFromEnv\b/.test(readFileSync(path, "utf8"));
  if (isFromVariables) return explain(error).split("; ");
  return error.problems.map(({ option, message }) => `${option} ${message}`);
}
