// `npm start` from the outside: it becomes ready, its parts answer, and nothing is left however it ends.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";

const root = join(import.meta.dirname, "../../..");
// The process tree is read from /proc; the behaviour is the same elsewhere, the proof is not.
const onLinux = process.platform === "linux";

/** Every process carries this mark in its environment, grandchildren and the guard included. */
const MARK = `LATCHKEY_TEST_MARK=${process.pid}-${Date.now()}`;

function marked(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return environment.includes(MARK) ? [`${pid} ${command}`] : [];
      } catch {
        // Ended in the meantime, or somebody else's.
        return [];
      }
    });
}

async function start(...args: string[]): Promise<{ child: ChildProcess; addresses: Record<string, string> }> {
  const [name = "", value = ""] = MARK.split("=");
  const child = spawn(process.execPath, [join(root, "tools/start.mjs"), "--test", ...args], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: "", NODE_ENV: "", VITEST: "", [name]: value },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
  });
  let output = "";
  child.stderr?.on("data", (chunk) => {
    output += chunk;
  });
  const line = await new Promise<string>((ready, failed) => {
    child.stdout?.once("data", (chunk) => ready(String(chunk)));
    child.once("exit", (code) => failed(new Error(`ended with ${code}:\n${output}`)));
  });
  return { child, addresses: JSON.parse(line) as Record<string, string> };
}

async function nothingLeft(): Promise<void> {
  // The guard needs a moment after a kill that its starter could not see.
  for (let waited = 0; waited < 8000 && marked().length > 0; waited += 100) await sleep(100);
  expect(marked()).toEqual([]);
}

describe.runIf(onLinux)("npm start", () => {
  test("starts all parts, lets the page's origin in, and leaves nothing after SIGTERM", async () => {
    const { child, addresses } = await start();
    const { page = "", worker = "", emulator = "" } = addresses;
    expect(await (await fetch(page)).text()).toContain("<script");
    expect((await fetch(`${emulator}/_emulator/ledger`)).status).toBe(200);
    const session = await fetch(`${worker}/session`, { method: "POST", headers: { origin: page } });
    expect(session.status).toBe(200);
    expect(session.headers.get("access-control-allow-origin")).toBe(page);
    expect(marked().length).toBeGreaterThan(4);

    // The page's session is enough for agents: the proxy has a token of its own for the emulator's project.
    const { token } = (await session.json()) as { token: string };
    const agent = await fetch(`${addresses.project}/assistants`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, origin: page, "content-type": "application/json" },
      body: JSON.stringify({ model: "gpt-5-mini", name: "helper" }),
    });
    expect([agent.status, await agent.json()]).toMatchObject([200, { object: "assistant", name: "helper" }]);

    // What goes well is not worth a line; what is refused is.
    let printed = "";
    child.stderr?.on("data", (chunk) => {
      printed += chunk;
    });
    await fetch(`${worker}/session`, { method: "POST", headers: { origin: page } });
    const stranger = { method: "POST", headers: { origin: "https://stranger.example" } };
    const id = (await fetch(`${worker}/session`, stranger)).headers.get("x-request-id");
    await expect.poll(() => printed).toMatch(/^\d\d:\d\d:\d\d {2}403 origin_not_allowed {2}request \S+\n$/);
    expect(printed).toContain(id);

    child.kill("SIGTERM");
    const [code] = (await once(child, "exit")) as [number];
    expect(code).toBe(143);
    await nothingLeft();
  });

  test("leaves nothing when it is killed and can't clean up", async () => {
    const { child } = await start();
    child.kill("SIGKILL");
    await once(child, "exit");
    await nothingLeft();
  });

  test("ends as a whole and says why when one part crashes", async () => {
    const { child } = await start();
    let output = "";
    child.stderr?.on("data", (chunk) => {
      output += chunk;
    });
    const emulator = marked().find((line) => line.includes("bin/latchkey.ts"));
    process.kill(Number.parseInt(emulator ?? "", 10), "SIGKILL");
    const [code] = (await once(child, "exit")) as [number];
    expect(code).toBe(1);
    expect(output).toContain("The emulator ended by SIGKILL");
    await nothingLeft();
  });

  test("--built serves the page from the worker", async () => {
    const { addresses } = await start("--built");
    expect(addresses.page).toBe(addresses.worker);
    expect(await (await fetch(addresses.page ?? "")).text()).toContain("<script");
  });
});
