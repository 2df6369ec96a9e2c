// The examples that mount the proxy in a server of Node, Deno and Bun, each run as it is, over sockets: a stream arrives as
// it is made, strangers are refused, a caller who leaves closes the upstream, and the ledger is settled.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createEmulator } from "latchkey/emulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EmulatorServer, serveEmulator } from "../../emulator/serve.ts";
import { createCallerKey } from "../keys.ts";
import type { LogEntry } from "../proxy.ts";
import { sleep } from "./workerd.ts";

const root = join(import.meta.dirname, "../..");
const ORIGIN = "https://app.example.com";
const condition = "--conditions=latchkey-source";
const runtimes: [name: string, command: string, args: string[]][] = [
  ["node", process.execPath, [condition, "examples/proxy-node.ts"]],
  [
    "deno",
    join(root, "node_modules/.bin/deno"),
    [
      "run",
      "--no-remote",
      "--cached-only",
      "--node-modules-dir=manual",
      "--allow-net=127.0.0.1",
      "--allow-env",
      condition,
      "examples/proxy-deno.ts",
    ],
  ],
  ["bun", join(root, "node_modules/.bin/bun"), [condition, "examples/proxy-bun.ts"]],
];

const emulator = createEmulator({ paceMs: 20 });
let upstream: EmulatorServer;
let key: string;
let line: string;

beforeAll(async () => {
  upstream = await serveEmulator(emulator, { port: 0 });
  ({ key, line } = await createCallerKey("test"));
});
afterAll(() => upstream?.close());

async function until<T>(look: () => T | undefined | Promise<T | undefined>, ms = 4000): Promise<T> {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(20)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error("It did not happen in time.");
}

describe.each(runtimes)("examples/proxy-%s.ts", (_name, command, args) => {
  let child: ChildProcess;
  let url: string;
  let output = "";

  beforeAll(async () => {
    child = spawn(command, [...args, "0"], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        DENO_NO_UPDATE_CHECK: "1",
        UPSTREAM_URL: `${upstream.url}/v1`,
        UPSTREAM_KEY: "emulator-key",
        MODELS: "gpt-5-mini,fault-slow,fault-stall",
        ALLOWED_ORIGINS: ORIGIN,
        SESSION_SECRET: "session-secret-canary-0123456789abcdef",
        CALLER_KEYS: line,
      },
    });
    for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (text) => (output += text));
    url = await until(() => /Proxy on (http:\S+)/.exec(output)?.[1], 20_000);
  }, 25_000);

  afterAll(async () => {
    if (child?.exitCode === null) {
      child.kill();
      await once(child, "exit");
    }
  });

  const chat = (model: string, credential: Record<string, string>, signal?: AbortSignal, more = {}) =>
    fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", ...credential },
      body: JSON.stringify({
        model,
        stream: true,
        messages: [{ role: "user", content: "Say hello" }],
        ...more,
      }),
      ...(signal && { signal }),
    });
  const logged = () =>
    output
      .split("\n")
      .filter((text) => text.startsWith('{"event":"request"'))
      .map((text) => JSON.parse(text) as LogEntry);
  const usage = async () => {
    const response = await fetch(`${url}/usage`, { headers: { authorization: `Bearer ${key}` } });
    return (await response.json()) as { total: { requests: number }; held: { tokens: number } };
  };

  test("a page's session, and a streamed chat that arrives as it is made", async () => {
    const opened = await fetch(`${url}/session`, { method: "POST", headers: { origin: ORIGIN } });
    expect(opened.status).toBe(200);
    const { token } = (await opened.json()) as { token: string };
    const before = emulator.ledger.length;
    const page = { authorization: `Bearer ${token}`, origin: ORIGIN };
    const response = await chat("fault-slow", page, undefined, { max_tokens: 3 });
    expect(response.status).toBe(200);
    expect(response.headers.get("access-control-allow-origin")).toBe(ORIGIN);
    expect(response.headers.get("x-ratelimit-remaining-tokens-day")).toMatch(/^\d+$/);
    const outcomes: (string | undefined)[] = [];
    let text = "";
    for await (const piece of response.body!) {
      outcomes.push(emulator.ledger[before]?.outcome);
      text += Buffer.from(piece).toString();
    }
    expect(outcomes[0]).toBe("open");
    expect(text).toMatch(/data: \[DONE\]\n\n$/);
    expect(await until(() => logged().find(({ stream }) => stream))).toMatchObject({
      status: 200,
      outcome: "complete",
      caller_kind: "session",
    });
  });

  test("a whole answer of a large request, and a refusal", async () => {
    const more = { stream: false, messages: [{ role: "user", content: "x".repeat(200_000) }] };
    const whole = await chat("gpt-5-mini", { authorization: `Bearer ${key}` }, undefined, more);
    expect(whole.status).toBe(200);
    expect(await whole.json()).toMatchObject({ object: "chat.completion" });
    const refused = await chat("gpt-5-mini", { authorization: "Bearer lk_wrong" });
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toBe("Bearer");
    expect(await refused.json()).toMatchObject({ error: { code: "invalid_api_key" } });
    expect((await fetch(url, { method: "OPTIONS" })).status).toBeGreaterThanOrEqual(400);
  });

  test.each(["fault-slow", "fault-stall"])(
    "a caller who leaves %s closes the upstream, and the ledger is settled",
    async (model) => {
      const before = { usage: await usage(), entries: emulator.ledger.length, lines: logged().length };
      const caller = new AbortController();
      const response = await chat(model, { authorization: `Bearer ${key}` }, caller.signal);
      await response.body!.getReader().read();
      expect((await usage()).held.tokens).toBeGreaterThan(0);
      const left = Date.now();
      caller.abort();
      const entry = await until(() =>
        emulator.ledger.slice(before.entries).find(({ outcome }) => outcome !== "open"),
      );
      expect(Date.now() - left).toBeLessThan(1000);
      expect(entry.outcome).toBe("cancelled");
      const after = await until(async () => {
        const now = await usage();
        return now.held.tokens === 0 ? now : undefined;
      });
      expect(after.total.requests).toBe(before.usage.total.requests + 1);
      expect(
        await until(() =>
          logged()
            .slice(before.lines)
            .find(({ stream }) => stream),
        ),
      ).toMatchObject({
        model,
        outcome: "client_gone",
      });
    },
  );

  test("it says that its ledger is in memory, and shows no secret", () => {
    expect(output.match(/counted in this process's memory/g)).toHaveLength(1);
    for (const secret of [key, "emulator-key", "session-secret-canary", "Say hello"]) {
      expect(output).not.toContain(secret);
    }
  });
});

test("docs/deploy.md shows these files", () => {
  const deploy = readFileSync(join(root, "docs/deploy.md"), "utf8");
  for (const [name] of runtimes) {
    const code = readFileSync(join(root, `examples/proxy-${name}.ts`), "utf8");
    const section = deploy.split("\n## ").find((text) => text.includes(`examples/proxy-${name}.ts`));
    expect(section).toBeDefined();
    const shown = section!.match(/```ts\n[\s\S]*?```/g) ?? [];
    expect(shown.some((block) => code.includes(block.slice(6, -4).trim()))).toBe(true);
  }
});
