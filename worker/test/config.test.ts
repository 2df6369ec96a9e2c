// Configuration: every wrong value is found at start and named, and no message holds a value.
import { describe, expect, test } from "vitest";
import { ConfigError, defineConfig } from "../config.ts";
import { configFromEnv, type Env, explain } from "../env.ts";
import { upstreamUrlProblem } from "../upstream-url.ts";
import { configInput } from "./setup.ts";

const good: Env = {
  UPSTREAM_KIND: "azure-openai",
  UPSTREAM_URL: "https://res.openai.azure.com/",
  UPSTREAM_KEY: "key-canary",
  MODELS: "gpt-5-mini=dep-1, qwen3:4b ,a/b",
  ALLOWED_ORIGINS: "https://app.example.com, http://127.0.0.1:5173",
  SESSION_SECRET: "secret-canary-0123456789abcdefghij",
  CALLER_KEYS: `ci:${"ab".repeat(32)}`,
};

function problemsOf(env: Env): string {
  try {
    defineConfig(configFromEnv(env));
    return "";
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.message).not.toContain("canary");
    return explain(error);
  }
}

describe("variables", () => {
  test("a good set", () => {
    const config = defineConfig(configFromEnv(good));
    expect(config.models.get("gpt-5-mini")).toMatchObject({
      deployment: "dep-1",
      upstream: { kind: "azure-openai", url: "https://res.openai.azure.com", apiVersion: "2024-10-21" },
    });
    expect([...config.models.keys()]).toEqual(["gpt-5-mini", "qwen3:4b", "a/b"]);
    expect([...config.origins]).toEqual(["https://app.example.com", "http://127.0.0.1:5173"]);
    expect(config.limits.bodyBytes).toBe(4 * 1024 * 1024);
    expect(config.deadlines.headersMs).toBe(60_000);
  });

  test("P4 a configuration does not print its secrets", async () => {
    const { inspect } = await import("node:util");
    const config = defineConfig(configFromEnv(good));
    expect(JSON.stringify(config) + inspect(config, { depth: 9 })).not.toContain("canary");
  });

  const cases: [
    string,
    Partial<Record<Exclude<keyof Env, "SESSION_LIMITER" | "OWNERSHIP" | "ANALYTICS" | "LEDGER">, string>>,
    string,
  ][] = [
    [
      "nothing",
      Object.fromEntries(Object.keys(good).map((name) => [name, ""])),
      "UPSTREAM_KIND is missing; UPSTREAM_URL is missing; MODELS is missing; ALLOWED_ORIGINS is missing; SESSION_SECRET is missing",
    ],
    [
      "a kind that is none",
      { UPSTREAM_KIND: "canary" },
      "UPSTREAM_KIND must be inference, azure-openai, openai, projects or workspace",
    ],
    [
      "no key",
      { UPSTREAM_KEY: "" },
      "UPSTREAM_KEY is missing: only an openai-compatible server on this machine may go without a key",
    ],
    [
      "a key with a line break",
      { UPSTREAM_KEY: "canary\nx" },
      "UPSTREAM_KEY must be printable ASCII without spaces",
    ],
    [
      "http",
      { UPSTREAM_URL: "http://canary.example" },
      "UPSTREAM_URL must be https (http is only for this machine)",
    ],
    [
      "a path for azure-openai",
      { UPSTREAM_URL: "https://canary.example/openai" },
      "UPSTREAM_URL must be the bare address of the resource for azure-openai, without a path",
    ],
    ["a short secret", { SESSION_SECRET: "canary" }, "SESSION_SECRET must be at least 32 bytes long"],
    [
      "a wildcard origin",
      { ALLOWED_ORIGINS: "https://*.canary.example" },
      "ALLOWED_ORIGINS must be exact origins such as https://app.example.com: no path, no wildcard",
    ],
    [
      "any origin",
      { ALLOWED_ORIGINS: "*" },
      "ALLOWED_ORIGINS must be exact origins such as https://app.example.com: no path, no wildcard",
    ],
    [
      "an origin with a path",
      { ALLOWED_ORIGINS: "https://canary.example/x" },
      "ALLOWED_ORIGINS must be exact origins such as https://app.example.com: no path, no wildcard",
    ],
    [
      "a plain caller key",
      { CALLER_KEYS: "ci:lk_canary" },
      "CALLER_KEYS must be name:sha256 with 64 hex digits, as `latchkey key` prints it",
    ],
    [
      "an api version with a query",
      { UPSTREAM_API_VERSION: "canary&x=1" },
      "UPSTREAM_API_VERSION must look like 2024-10-21",
    ],
    [
      "a model with a space",
      { MODELS: "two words" },
      "MODELS must start with a letter or digit and hold only letters, digits and . _ : @ / -",
    ],
  ];
  for (const [name, change, problem] of cases) {
    test(`${name}: ${problem.slice(0, 70)}`, () => expect(problemsOf({ ...good, ...change })).toBe(problem));
  }

  test("an openai-compatible server on this machine needs no key", () => {
    const local = { UPSTREAM_KIND: "openai", UPSTREAM_URL: "http://127.0.0.1:11434/v1", UPSTREAM_KEY: "" };
    expect(problemsOf({ ...good, ...local })).toBe("");
    expect(problemsOf({ ...good, ...local, UPSTREAM_URL: "https://api.openai.com/v1" })).toContain(
      "UPSTREAM_KEY is missing",
    );
  });
});

describe("the typed configuration", () => {
  const wrong: [string, object, string][] = [
    ["an unknown option", { colour: 1 }, "colour is not an option"],
    ["an unknown limit", { limits: { bodyBites: 1 } }, "limits.bodyBites is not an option"],
    ["a limit as text", { limits: { bodyBytes: "canary" } }, "limits.bodyBytes must be a number"],
    ["NaN", { deadlines: { idleMs: Number.NaN } }, "deadlines.idleMs must be a number"],
    ["no time at all", { deadlines: { idleMs: 0 } }, "deadlines.idleMs must be at least 10"],
    ["a timer past 2^31", { deadlines: { idleMs: 2 ** 31 } }, "deadlines.idleMs must be at most 900000"],
    [
      "a word for yes",
      {
        upstreams: {
          default: { kind: "openai", url: "https://a.example.com", key: "k", endsWithoutDone: "canary" },
        },
      },
      "upstreams.default.endsWithoutDone must be true or false",
    ],
    ["no model", { models: {} }, "models must name at least one model"],
    [
      "an upstream that is not there",
      { models: { a: { upstream: "canary" } } },
      "models names an upstream that is not configured",
    ],
    [
      "a caller's model that is not there",
      { callerKeys: [{ name: "a", sha256: "0".repeat(64), models: ["canary"] }] },
      "models lacks a model that a caller is allowed to use",
    ],
    [
      "an image host with a scheme",
      { imageHosts: ["https://canary.example"] },
      "imageHosts.0 must be host names in lower case",
    ],
  ];
  for (const [name, change, message] of wrong) {
    test(name, async () => {
      const input = { ...(await configInput()), ...change };
      expect(() => defineConfig(input)).toThrow(
        new ConfigError([
          { option: message.split(" ")[0]!, message: message.slice(message.indexOf(" ") + 1) },
        ]),
      );
    });
  }
});

describe("G11 upstream addresses", () => {
  const allowed = [
    "https://a.example.com",
    "https://a.example.com:8443/x/v1",
    "http://127.0.0.1:8788/models",
    "http://localhost:1/v1",
    "http://[::1]:1",
    "https://localhost:8443",
  ];
  const refused = [
    "",
    "a.example.com",
    "ftp://a.example.com",
    "http://a.example.com",
    "http://10.0.0.1",
    "http://localhost.evil.example",
    "https://user:pass@a.example.com",
    "https://@a.example.com",
    "https://a.example.com/?x=1",
    "https://a.example.com/?",
    "https://a.example.com/#x",
    "https://a.example.com/#",
    "https://169.254.169.254",
    "https://2852039166",
    "https://0xA9FEA9FE",
    "https://0251.0376.0251.0376",
    "https://10.0.0.1",
    "https://[::ffff:127.0.0.1]",
    "https://[fe80::1]",
    "http://[::ffff:127.0.0.1]",
    "https://a.example.com.",
    "https://metadata.google.internal",
    "https://metadata",
    "https://intranet",
    "https://host.local",
    "https://a.example.com\\@evil.example",
    "https://a.example.com\n.evil.example",
    " https://a.example.com",
    "https://a b.example",
  ];
  for (const url of allowed) test(`${url} may be one`, () => expect(upstreamUrlProblem(url)).toBeUndefined());
  for (const url of refused)
    test(`${JSON.stringify(url)} may not`, () => expect(upstreamUrlProblem(url)).toMatch(/^(must|is)/));
});
