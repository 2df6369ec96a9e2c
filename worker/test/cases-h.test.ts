// Group H of the threat cases that no other file looks at: canaries in what callers ask, in addresses, and in what is
// given away; secrets that have been changed.
import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterEach, describe, expect, test, vi } from "vitest";
import { defineConfig } from "../proxy.ts";
import {
  answering,
  CALLER_KEY,
  configInput,
  createRig,
  eventStream,
  jsonAnswer,
  ORIGIN,
  SESSION_SECRET,
  UPSTREAM_KEY,
} from "./setup.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const PROMPT = "prompt-canary-4711";
const ANSWER = "answer-canary-4712";

afterEach(() => void vi.restoreAllMocks());

const asking = { messages: [{ role: "user", content: PROMPT }] };
const saying = (content: string) => ({
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content } }],
});
const chunk = (content: string) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: "stop" }] })}\n\n`;

describe("H08 H09 content stays out of the log", () => {
  const answers: [string, Record<string, unknown>, () => Response][] = [
    ["a whole answer", {}, () => jsonAnswer(saying(ANSWER))],
    ["a stream", { stream: true }, () => eventStream(`${chunk(ANSWER)}data: [DONE]\n\n`)],
    ["a stream that is cut", { stream: true }, () => eventStream(chunk(ANSWER))],
    [
      "an error that repeats the question",
      {},
      () => jsonAnswer({ error: { code: ANSWER, message: `${PROMPT} ${ANSWER}` } }, { status: 400 }),
    ],
    ["no JSON", {}, () => new Response(ANSWER, { headers: { "content-type": "text/html" } })],
    ["a name that is none", { [PROMPT]: 1 }, () => jsonAnswer(saying(ANSWER))],
    ["an upstream that throws", {}, () => Promise.reject(new Error(PROMPT)) as never],
  ];
  for (const [name, more, answer] of answers) {
    test(`H08 H09 ${name}`, async () => {
      const written: unknown[] = [];
      for (const method of ["log", "info", "warn", "error", "debug"] as const)
        vi.spyOn(console, method).mockImplementation((...parts) => void written.push(...parts));
      const rig = await createRig({}, { fetch: answering(answer).fetch });
      const response = await rig.chat(
        { ...asking, ...more },
        { headers: { "user-agent": PROMPT, "x-ms-client-request-id": PROMPT } },
      );
      await response.text();
      await rig.settled();
      expect(rig.log).toHaveLength(1);
      const all = JSON.stringify([rig.log, written]);
      for (const canary of [PROMPT, ANSWER, CALLER_KEY, UPSTREAM_KEY, SESSION_SECRET])
        expect(all).not.toContain(canary);
    });
  }

  test("H08 nothing turns it on", async () => {
    for (const option of ["logContent", "debug", "logBodies", "verbose"]) {
      const input = { ...(await configInput()), [option]: true };
      expect(() => defineConfig(input)).toThrow(option);
    }
  });
});

describe("H14 no credential in an address", () => {
  for (const model of ["gpt-5-mini", "via-azure", "via-openai"]) {
    test(`H14 of the upstream: ${model}`, async () => {
      const upstream = answering(() => jsonAnswer(saying("x")));
      const rig = await createRig({}, { fetch: upstream.fetch });
      expect((await rig.chat({ model })).status).toBe(200);
      for (const { url } of upstream.requests)
        for (const canary of [UPSTREAM_KEY, CALLER_KEY, "key=", "token"]) expect(url).not.toContain(canary);
    });
  }

  test("H14 E17 one in the query, a cookie or the body lets nobody in and is not logged", async () => {
    const rig = await createRig();
    const tries = [
      rig.chat({}, { path: `/v1/chat/completions?token=${CALLER_KEY}`, headers: { authorization: null } }),
      rig.chat(
        {},
        { path: `/v1/chat/completions?access_token=${CALLER_KEY}`, headers: { authorization: null } },
      ),
      rig.chat({}, { headers: { authorization: null, cookie: `token=${CALLER_KEY}` } }),
      rig.chat({ api_key: CALLER_KEY, access_token: CALLER_KEY }, { headers: { authorization: null } }),
    ];
    for (const response of await Promise.all(tries)) {
      expect(response.status).toBe(401);
      expect(await response.text()).not.toContain(CALLER_KEY);
    }
    expect(JSON.stringify(rig.log)).not.toContain(CALLER_KEY);
    expect(rig.emulator.requests).toHaveLength(0);
  });

  test("H14 answers and pages send no referrer", async () => {
    const rig = await createRig();
    for (const response of [await rig.chat({}), await rig.fetch("/nowhere"), await rig.fetch("/health")])
      expect(response.headers.get("referrer-policy")).toBe("no-referrer");
    const pages = globSync("demo/*.html", { cwd: root });
    expect(pages.length).toBeGreaterThan(6);
    // Either its own or that of the head all rooms share; the build refuses a room that has no place for it.
    for (const page of pages)
      expect(readFileSync(root + page, "utf8")).toMatch(
        /<meta name="referrer" content="no-referrer"|<!-- what every room has: shared-head\.html -->/,
      );
    const shared = readFileSync(`${root}demo/shared-head.html`, "utf8");
    expect(shared).toContain('<meta name="referrer" content="no-referrer"');
  });
});

test("H15 a secret that was changed opens nothing and stands nowhere", async () => {
  const old = await createRig();
  const opened = await old.fetch("/session", {
    method: "POST",
    headers: { origin: ORIGIN, authorization: null },
  });
  const { token } = (await opened.json()) as { token: string };
  const page = { headers: { authorization: `Bearer ${token}`, origin: ORIGIN } };
  expect((await old.chat({}, page)).status).toBe(200);

  const upstream = answering(() => jsonAnswer(saying("x")));
  const url = "https://upstream.example.com/models";
  const changed = await createRig(
    {
      session: { secret: "another-secret-0123456789abcdefghijkl" },
      callerKeys: [],
      upstreams: { default: { kind: "inference", url, key: "new-upstream-key" } },
      models: { "gpt-5-mini": { upstream: "default" } },
    },
    { fetch: upstream.fetch },
  );
  expect((await changed.chat({}, page)).status).toBe(401);
  expect((await changed.chat({})).status).toBe(401);
  const again = await changed.fetch("/session", {
    method: "POST",
    headers: { origin: ORIGIN, authorization: null },
  });
  const { token: fresh } = (await again.json()) as { token: string };
  expect(
    (await changed.chat({}, { headers: { authorization: `Bearer ${fresh}`, origin: ORIGIN } })).status,
  ).toBe(200);
  const sent = JSON.stringify(upstream.requests.map(({ headers, url: to }) => [to, ...headers]));
  expect(sent).toContain("new-upstream-key");
  const all = sent + JSON.stringify([old.log, changed.log]);
  for (const canary of [token, fresh, SESSION_SECRET, CALLER_KEY, UPSTREAM_KEY])
    expect(all).not.toContain(canary);
});

describe("H05 what is given away", () => {
  test("H05 what npm packs holds no file of secrets, of tests or of the deployment", () => {
    // The names come from package.json; what a build adds to dist is made of them.
    const listed = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [{ files }] = JSON.parse(listed) as [{ files: { path: string }[] }];
    const paths = files.map(({ path }) => path);
    expect(paths).toContain("worker/proxy.ts");
    expect(
      paths.filter((path) => /\.dev\.vars|\.env|wrangler|\.npmrc|\.pem$|\.key$|\/test\//.test(path)),
    ).toEqual([]);
    const texts = paths.filter((path) => /\.(ts|js|json|md|map)$/.test(path));
    for (const path of texts) {
      const text = readFileSync(root + path, "utf8");
      expect([path, /canary-0123|BEGIN (RSA |EC )?PRIVATE KEY-----\n/.test(text)]).toEqual([path, false]);
    }
  }, 30_000);

  test("H05 the worker's bundle takes nothing from the machine that builds it", async () => {
    const canary = "environment-canary-4711";
    const names = ["UPSTREAM_KEY", "SESSION_SECRET", "CALLER_KEYS", "AZURE_CLIENT_SECRET", "BACKEND_SECRET"];
    for (const name of names) vi.stubEnv(name, canary);
    try {
      const { outputFiles } = await build({
        entryPoints: [`${root}worker/index.ts`],
        bundle: true,
        format: "esm",
        target: "es2024",
        conditions: ["latchkey-source", "workerd", "worker", "browser"],
        external: ["cloudflare:*"],
        sourcemap: "inline",
        write: false,
        logLevel: "error",
      });
      const text = outputFiles[0]!.text;
      const map = Buffer.from(text.split("base64,").at(-1)!, "base64").toString();
      for (const one of [text, map]) {
        expect(one.length).toBeGreaterThan(100_000);
        expect(one).not.toContain(canary);
        expect(one).not.toContain("process.env");
      }
    } finally {
      vi.unstubAllEnvs();
    }
  }, 30_000);

  test("H05 the page reads no variables of its build but those of Vite", () => {
    const read = globSync("demo/**/*.{ts,tsx}", { cwd: root })
      .filter((file) => !/test|vite\.config/.test(file))
      .flatMap((file) => [
        // In quotes it is what the page shows: a request as code.
        ...readFileSync(root + file, "utf8").matchAll(/(?<!["'`])(?:import\.meta|process)\.env\.(\w+)/g),
      ])
      .map(([, name]) => name!);
    expect(read.filter((name) => !/^(VITE_\w+|DEV|PROD|MODE|BASE_URL|SSR)$/.test(name))).toEqual([]);
  });
});
