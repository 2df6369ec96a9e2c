// The exporter in other runtimes than Node: a call in workerd and in Deno, whose span arrives at a collector.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { expect, onTestFinished, test } from "vitest";
import { COMPLETION } from "../service.ts";

const ROOT = join(import.meta.dirname, "../..");
const CALL = `
import { ChatCompletionsClient } from "latchkey";
import { enableTelemetry } from "latchkey/telemetry";
async function call(destination) {
  const telemetry = await enableTelemetry({ destination });
  const fetch = async () => Response.json(${JSON.stringify(COMPLETION)});
  const { trace } = telemetry;
  const client = new ChatCompletionsClient("https://x.example", async () => "token", { fetch, trace, model: "m" });
  await client.complete({ messages: [{ role: "user", content: "Hi" }] });
  await telemetry.flush();
  await telemetry.shutdown();
  return "delivered";
}
`;

async function bundled(end: string, conditions: string[], external: string[] = []): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: CALL + end, resolveDir: ROOT },
    bundle: true,
    write: false,
    format: "esm",
    conditions: ["latchkey-source", ...conditions],
    external,
  });
  return outputFiles[0]!.text;
}

async function collector(): Promise<{ url: string; spans: string[] }> {
  const spans: string[] = [];
  const server = createServer(async (request, response) => {
    const text = Buffer.concat(await request.toArray()).toString();
    spans.push(JSON.parse(text).resourceSpans[0].scopeSpans[0].spans[0].name);
    response.setHeader("content-type", "application/json").end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans };
}

test("workerd, without compatibility flags", { timeout: 60_000 }, async () => {
  const { url, spans } = await collector();
  const end = `export default { fetch: async () => new Response(await call(${JSON.stringify(url)})) };`;
  const contents = await bundled(end, ["workerd", "worker", "browser"]);
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      cf: false,
      telemetry: { enabled: false },
      modules: [{ type: "ESModule", path: "worker.js", contents }],
      compatibilityDate: "2026-10-20",
    }),
  );
  onTestFinished(() => miniflare.dispose());
  const response = await miniflare.dispatchFetch("http://worker.example/");
  expect(await response.text()).toBe("delivered");
  expect(spans).toEqual(["chat m"]);
});

test("Deno", { timeout: 60_000 }, async () => {
  const { url, spans } = await collector();
  const folder = mkdtempSync(join(tmpdir(), "latchkey-deno-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  // Deno itself resolves the packages, by its own conditions.
  const program = await bundled(`console.log(await call(${JSON.stringify(url)}));`, [], ["@opentelemetry/*"]);
  writeFileSync(join(folder, "program.mjs"), program);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "dir");
  const args = ["run", "-A", "--no-remote", "--node-modules-dir=manual", "program.mjs"];
  const deno = spawn(join(ROOT, "node_modules/.bin/deno"), args, {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  deno.stdout.on("data", (data) => {
    printed += data;
  });
  deno.stderr.on("data", (data) => {
    printed += data;
  });
  await once(deno, "close");
  expect(printed.trim()).toBe("delivered");
  expect(spans).toEqual(["chat m"]);
});
