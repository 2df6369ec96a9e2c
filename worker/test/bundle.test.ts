// What is uploaded, as `wrangler deploy` would do it: its size, and what an isolate spends before its first answer.
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const run = promisify(execFile);
const MOST_KB = 150;
/** Of the processor, and not by the clock: a busy machine counts nothing. Cloudflare allows a second. */
const MOST_START_MS = 150;

let folder: string;
let bundle: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "latchkey-bundle-"));
  const out = join(folder, "out");
  await run(
    process.execPath,
    // The page is not built for this.
    ["node_modules/wrangler/bin/wrangler.js", "deploy", "--dry-run", "--outdir", out, "--assets", folder],
    {
      cwd: root,
      env: {
        ...process.env,
        CI: "1",
        WRANGLER_SEND_METRICS: "false",
        WRANGLER_SEND_ERROR_REPORTS: "false",
        XDG_CONFIG_HOME: folder,
      },
    },
  );
  bundle = join(folder, "worker.mjs");
  renameSync(join(out, readdirSync(out).find((name) => name.endsWith(".js"))!), bundle);
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the bundle is small: minified, and with nothing in it that isn't the worker's", () => {
  const code = readFileSync(bundle);
  const kilobytes = gzipSync(code).length / 1000;
  expect(kilobytes).toBeGreaterThan(20);
  expect(kilobytes).toBeLessThan(MOST_KB);
  // Minified: next to no indentation.
  expect(code.toString().split("\n  ").length).toBeLessThan(2000);
});

test("start-up is short: compiling, running the modules, checking the configuration, the first answer", async () => {
  const program = `
    const before = process.cpuUsage();
    const { default: worker } = await import(${JSON.stringify(bundle)});
    const binding = { idFromName() {}, get() {} };
    const env = {
      UPSTREAM_KIND: "openai", UPSTREAM_URL: "https://api.example.com/v1", UPSTREAM_KEY: "test-key",
      MODELS: "m", ALLOWED_ORIGINS: "https://app.example.com", SESSION_SECRET: "x".repeat(40),
      OWNERSHIP: binding, LEDGER: binding,
    };
    console.log = () => {};
    const { status } = await worker.fetch(new Request("https://proxy.example.com/.env"), env, { waitUntil() {} });
    const { user, system } = process.cpuUsage(before);
    process.stdout.write(JSON.stringify({ status, ms: (user + system) / 1000 }));`;
  const times: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", program]);
    const { status, ms } = JSON.parse(stdout) as { status: number; ms: number };
    expect(status).toBe(404);
    times.push(ms);
  }
  console.log(`start-up: ${times.map((ms) => ms.toFixed(0)).join(", ")} ms of the processor`);
  expect(Math.min(...times)).toBeLessThan(MOST_START_MS);
}, 30_000);
