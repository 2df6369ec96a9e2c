import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import type { ProxyCandidate } from "../candidate.ts";

const PROGRAM = new URL("../../node_modules/@portkey-ai/gateway/build/start-server.js", import.meta.url);
const READY_MS = 30_000;

/** The other gateway that hides a key, in its own program. */
export default {
  name: "Portkey gateway",
  packages: ["@portkey-ai/gateway"],
  headers: (upstream) => ({
    "x-portkey-provider": "openai",
    "x-portkey-custom-host": `${upstream}/v1`,
    authorization: "Bearer test-key",
  }),
  async start() {
    const port = await freePort();
    const args = [fileURLToPath(PROGRAM), `--port=${port}`, "--headless"];
    // Local addresses are refused unless they are named.
    const env = { ...process.env, TRUSTED_CUSTOM_HOSTS: "127.0.0.1,localhost" };
    const child = spawn(process.execPath, args, { stdio: "ignore", env });
    const close = () => child.kill("SIGKILL");
    process.once("exit", close);
    for (const until = Date.now() + READY_MS; ; ) {
      if (await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)) break;
      if (Date.now() > until || child.exitCode !== null) throw new Error("Portkey's gateway didn't start.");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return { port, pid: child.pid!, close };
  },
} satisfies ProxyCandidate;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
