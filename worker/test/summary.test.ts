// A configuration in words, and `latchkey check`: everything that matters is told, nothing secret is.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { check } from "../../bin/check.ts";
import { type ConfigInput, defineConfig } from "../config.ts";
import { summarize } from "../summary.ts";
import { APP, TENANT } from "./entra-issuer.ts";

const SECRET = "session-secret-canary-0123456789abcdef";
const full: ConfigInput = {
  upstreams: {
    east: { kind: "azure-openai", url: "https://east.openai.azure.com", key: "upstream-canary" },
    local: { kind: "openai", url: "http://127.0.0.1:11434/v1", key: "" },
  },
  models: {
    "gpt-5-mini": { upstream: "east", deployment: "mini", price: { input: 0.25, output: 2 } },
    qwen: { upstream: "local", price: { input: 0, output: 0 } },
  },
  origins: ["https://app.example.com", "http://intranet.example.com"],
  session: {
    secret: SECRET,
    previousSecrets: [`old-${SECRET}`],
    turnstile: { secret: "turnstile-canary" },
    backend: { secrets: [`backend-${SECRET}`], groups: ["staff"] },
  },
  callerKeys: [
    { name: "ci", sha256: "ab".repeat(32) },
    { name: "lost", sha256: "cd".repeat(32) },
  ],
  entra: {
    tenants: [TENANT, "9188040d-6c67-4c5b-b112-36a304b66dad"],
    audiences: [`api://${APP}`],
    scopes: ["Models.Use"],
    page: { clientId: "the-page", scopes: [`api://${APP}/Models.Use`] },
  },
  anonymous: { origins: ["https://app.example.com"], together: { tokensPerDay: 100_000 } },
  perCaller: { requestsPerMinute: 7 },
  everyone: {},
  serverTools: ["web_search"],
  policy: [
    {
      name: "scripts",
      match: { keys: ["ci"] },
      models: ["qwen"],
      operations: ["chat", "embeddings"],
      dialects: ["openai"],
      maxTokens: { default: 500, most: 1000 },
      choices: 1,
      tools: { hosted: ["web_search"] },
      bodyBytes: 100_000,
      images: { most: 2, bytes: 50_000 },
      system: { text: "prompt-canary", others: "refuse" },
      parameters: { allowed: ["temperature"], forbidden: ["logprobs"] },
      limits: { requestsPerMinute: 10, moneyPerDay: 2.5 },
      together: { tokensPerMonth: 5_000_000 },
    },
    { name: "staff", match: { scopes: ["Models.Use"] } },
    {
      name: "visitors",
      match: { kinds: ["session"] },
      maxTokens: { most: 500 },
      tools: "none",
      limits: { tokensPerDay: 9 },
    },
    { name: "page", match: { origins: ["https://app.example.com"] }, limits: { tokensPerDay: 5 } },
  ],
};

describe("the summary", () => {
  const { text, warnings } = summarize(defineConfig(full));

  test("tells who, what, how much and where", () => {
    for (const told of [
      "of https://app.example.com, http://intranet.example.com; sessions of 900 s; proof: Turnstile, the app's backend",
      "ci, lost",
      "people with scope Models.Use; applications with role (no applications)",
      `pages are told to sign in as the-page at https://login.microsoftonline.com/organizations for api://${APP}/Models.Use`,
      "from https://app.example.com, counted by /32 and IPv6 /64",
      "each: 10 requests a minute, 2 streams at once",
      "all of them: 100,000 tokens a day",
      "1. scripts: keys ci",
      "500 tokens where nothing is said, at most 1,000 tokens",
      "functions, web_search",
      "at most 2, 50,000 bytes",
      "13 characters, put first; others are refused",
      "10 requests a minute, 2.5 of money a day",
      "Each caller, whichever group\n  7 requests a minute",
      "5,000,000 tokens a month",
      "2. staff: scopes Models.Use",
      "no rules of its own",
      "east (azure-openai, east.openai.azure.com) as mini; 0.25 in, 2 out per million tokens",
    ]) {
      expect(text).toContain(told);
    }
  });

  test("warns", () => {
    for (const told of [
      "group staff has no budget",
      "secrets from before still count",
      "http://intranet.example.com is not https",
      "personal Microsoft accounts may call",
      "callers without a credential are let in",
      "one anonymous network may use up the daily cap",
      "caller key lost fits no group",
      "group staff may ask for 131,072 tokens",
      "group staff may use every tool at the service: web_search",
      "group page goes by origin",
      "upstream local is on this machine",
    ]) {
      expect(warnings.some((one) => one.startsWith(told))).toBe(true);
    }
    expect(warnings.filter((one) => one.includes("scripts"))).toEqual([]);
  });

  test("H05 H10 holds no secret and no prompt", () => {
    expect(text).not.toContain("canary");
    expect(text).not.toContain("abab");
  });

  test("of a configuration that lets nobody in says so", () => {
    const { warnings: found } = summarize(
      defineConfig({ upstreams: full.upstreams, models: { m: { upstream: "east" } } }),
    );
    expect(found[0]).toContain("nobody may call");
  });

  test("of one with nothing to think about warns of nothing", () => {
    const quiet = summarize(
      defineConfig({
        upstreams: { east: full.upstreams.east! },
        models: { m: { upstream: "east" } },
        callerKeys: [{ name: "ci", sha256: "ab".repeat(32) }],
        everyone: { tokensPerDay: 1000 },
      }),
    );
    expect(quiet.warnings).toEqual([]);
    expect(quiet.text).toMatch(/Warnings\n {2}none\n$/);
  });
});

describe("latchkey check", () => {
  let folder: string;
  const good = `({ upstreams: { a: { kind: "openai", url: "https://api.example.com/v1", key: env?.UPSTREAM_KEY ?? "key-canary" } },
    models: { m: { upstream: "a" } }, everyone: { tokensPerDay: 5 }, callerKeys: [{ name: "ci", sha256: "${"ab".repeat(32)}" }] })`;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "latchkey-check-"));
    const files = {
      "good.mjs": `const env = undefined; export default ${good};`,
      "function.mjs": `export default (env) => { if (env.FROM_VARS !== "1" || env.FROM_FILE !== "two #") throw new Error("variables"); return ${good}; };`,
      "bad.mjs": `export default { upstreams: { a: { kind: "openai", url: "http://key-canary.example/v1", key: "key-canary" } }, models: { m: { upstream: "b" } } };`,
      "warning.mjs": `const env = undefined; export default { ...${good}, everyone: {} };`,
      "nothing.mjs": "export const a = 1;",
      "broken.mjs": "export default {",
      "wrangler.toml": 'name = "x"\n[vars]\nFROM_VARS = "1"\nFROM_FILE = "one"\n[other]\nFROM_VARS = "2"\n',
      ".dev.vars": '# a comment\nFROM_FILE="two #"\n',
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const run = (file?: string, more: object = {}) => check({ file, folder, env: {}, ...more });

  test("prints what a configuration means", async () => {
    const { output, code } = await run("good.mjs");
    expect(code).toBe(0);
    expect(output).toContain("caller keys   ci");
    expect(output).not.toContain("canary");
  });

  test("gives a function the variables that the worker would have", async () => {
    expect((await run("function.mjs")).code).toBe(0);
  });

  test("tells every problem, and no value", async () => {
    const { output, code } = await run("bad.mjs");
    expect(code).toBe(1);
    expect(output).toContain("must be https");
    expect(output).not.toContain("canary");
  });

  test("names options, and variables only where these give the configuration", async () => {
    const { output } = await run("bad.mjs");
    expect(output).toContain("upstreams.a.url must be https");
    expect(output).not.toContain("PROJECT_ENDPOINT");
    const env = {
      UPSTREAM_KIND: "openai",
      UPSTREAM_URL: "http://example.com/v1",
      MODELS: "m",
      ALLOWED_ORIGINS: "https://app.example.com",
    };
    const file = new URL("../latchkey.config.ts", import.meta.url).pathname;
    const variables = await run(file, { env, withoutSecrets: true });
    expect(variables.output).toContain("UPSTREAM_URL must be https");
  });

  test("--strict fails on a warning", async () => {
    expect((await run("warning.mjs")).code).toBe(0);
    expect((await run("warning.mjs", { strict: true })).code).toBe(1);
    expect((await run("good.mjs", { strict: true })).code).toBe(0);
  });

  test("says what it can't read", async () => {
    expect(await run("missing.mjs")).toMatchObject({
      code: 1,
      output: expect.stringContaining("There is no missing.mjs"),
    });
    expect(await run()).toMatchObject({ code: 1 });
    expect(await run("nothing.mjs")).toMatchObject({
      code: 1,
      output: expect.stringContaining("default export"),
    });
    expect(await run("broken.mjs")).toMatchObject({
      code: 1,
      output: expect.stringContaining("cannot be read"),
    });
  });

  test("the worker's own file, by variables, and without the secrets", async () => {
    const env = {
      UPSTREAM_KIND: "openai",
      UPSTREAM_URL: "https://api.example.com/v1",
      MODELS: "m",
      ALLOWED_ORIGINS: "https://a.example",
    };
    const worker = join(import.meta.dirname, "..");
    const empty = join(folder, "empty", "worker");
    await mkdir(empty, { recursive: true });
    const source = `export { default } from ${JSON.stringify(join(worker, "latchkey.config.ts"))};`;
    await writeFile(join(empty, "latchkey.config.ts"), source);
    const file = { folder: join(folder, "empty"), env };
    expect(await check(file)).toMatchObject({
      code: 1,
      output: expect.stringContaining("SESSION_SECRET is missing"),
    });
    expect(await check({ ...file, withoutSecrets: true })).toMatchObject({ code: 0 });
  });
});
