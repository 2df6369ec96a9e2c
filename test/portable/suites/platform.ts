// What is the platform's own: files on a disk where there are any, the proxy as a fetch function, telemetry switched off,
// and that importing anything changes no global.
import { ChatCompletionsClient } from "latchkey";
import { createEmulator, scenarioNames } from "latchkey/emulator";
import { createProxy, defineConfig } from "latchkey/proxy";
import { enableTelemetry } from "latchkey/telemetry";
import { all, bytes } from "../bodies.ts";
import { agentsAt, chatAt, MESSAGES, scenario } from "../clients.ts";
import { contains, equal, fails, has, ok, thrown } from "../expect.ts";
import { Suite } from "../harness.ts";

/** Only where there are files: the entry point needs a runtime with Node's modules. */
const fileSystem = () => import("latchkey/file-system");

export const platform: Suite = new Suite("platform");

platform.both(
  "a file of the disk goes up, and is saved again",
  async (service, { folder }) => {
    const { fileFromPath, saveFile } = await fileSystem();
    const client = agentsAt(service);
    const { id } = await client.uploadFile({ file: new File(["# Prices"], "p.md"), purpose: "assistants" });
    const place = await saveFile(client, id, `${service.name}.md`, `${folder}/saved`);
    const file = await fileFromPath(place, { type: "text/markdown" });
    equal([file.name, file.type, await file.text()], [`${service.name}.md`, "text/markdown", "# Prices"]);
    const again = await client.uploadFile({ file, purpose: "assistants" });
    contains(await (await client.getFileContent(again.id)).text(), "# Prices");
  },
  "files",
);

platform.alone(
  "a file that isn't there is a TypeError that doesn't name it",
  async ({ folder }) => {
    const { fileFromPath } = await fileSystem();
    const error = await thrown(fileFromPath(`${folder}/nothing`));
    ok(error instanceof TypeError && !error.message.includes(`${folder}`));
  },
  "files",
);

platform.both(
  "a name that leads out of the folder is refused",
  async (service, { folder }) => {
    const { saveFile } = await fileSystem();
    const saved = saveFile(agentsAt(service), "f", "../a.txt", `${folder}`);
    ok((await thrown(saved)) instanceof TypeError);
  },
  "files",
);

const CALLER_KEY = "lk_caller-key-canary-0123456789abcdef";

/** The proxy with the emulator behind it and one caller who has a key, all in this runtime. */
async function openProxy() {
  const emulator = createEmulator();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes(CALLER_KEY)));
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const config = defineConfig({
    upstreams: { main: { kind: "openai", url: "https://emulator.example/v1", key: "emulator-key" } },
    models: { "gpt-5-mini": { upstream: "main" } },
    origins: ["https://app.example"],
    session: { secret: "session-secret-canary-0123456789abcdef" },
    callerKeys: [{ name: "ci", sha256 }],
  });
  const proxy = createProxy(config, {
    fetch: (url, init) => emulator.fetch(url, init),
    log: () => {},
  });
  const fetch = (input: RequestInfo | URL, init?: RequestInit) => proxy.fetch(new Request(input, init));
  return { emulator, fetch: fetch as typeof globalThis.fetch };
}

platform.alone(
  "the proxy in front of the emulator: the key joins behind it",
  async () => {
    const { emulator, fetch } = await openProxy();
    const client = new ChatCompletionsClient("https://proxy.example/v1", CALLER_KEY, {
      fetch,
      model: "gpt-5-mini",
      dangerouslyAllowBrowser: true,
    });
    const stream = await client.complete({ messages: MESSAGES, stream: true });
    equal((await stream.final()).choices[0]?.finish_reason, "stop");
    ok((await client.complete({ messages: MESSAGES })).choices[0]?.message.content);
    equal(emulator.ledger.length, 2);
    ok(!JSON.stringify(emulator.requests).includes(CALLER_KEY), "not the caller's key");
  },
  "proxy",
);

platform.alone("the proxy refuses who says nothing, with an error of the service's form", async () => {
  const { emulator, fetch } = await openProxy();
  const response = await fetch("https://proxy.example/v1/models");
  equal(response.status, 401);
  has(await response.json(), { error: {} });
  equal(emulator.requests.length, 0);
});

platform.both("telemetry that nobody enabled asks for nothing", async (service) => {
  equal(typeof enableTelemetry, "function");
  ok((await chatAt(service).complete({ messages: MESSAGES })).id);
});

platform.alone("telemetry with a wrong destination says so", async () => {
  ok(await thrown(enableTelemetry({ destination: "ftp://collector.example" })));
});

platform.alone("the emulator's scenarios have names", () => {
  ok(scenarioNames.length > 30 && scenarioNames.includes("cut"));
});

platform.alone("the same seed and clock give the same bytes", async () => {
  const ask = async (): Promise<string> => {
    const { fetch } = createEmulator({ seed: 7, clock: () => 1_700_000_000_000 });
    const body = JSON.stringify({ model: "gpt-5-mini", messages: MESSAGES, stream: true });
    const headers = { authorization: "Bearer emulator-key", "content-type": "application/json" };
    return (await fetch("http://a.example/v1/chat/completions", { method: "POST", headers, body })).text();
  };
  equal(await ask(), await ask());
});

platform.alone("the emulator records what arrived, without what looks like a key", async () => {
  const emulator = createEmulator();
  const key = `sk-${"a1B2c3D4".repeat(6)}`;
  await emulator.fetch("http://a.example/v1/models", { headers: { authorization: `Bearer ${key}` } });
  equal(emulator.requests.length, 1);
  ok(!JSON.stringify(emulator.requests).includes(key), "no key");
});

platform.both("a fault by the model's name", async (service) => {
  const stream = await chatAt(service).complete({ model: "fault-cut", messages: MESSAGES, stream: true });
  await fails(stream.final(), { kind: "truncated" });
});

platform.both("a scenario that doesn't exist is refused by name", async (service) => {
  const call = chatAt(service).complete({ messages: MESSAGES }, scenario("nonsense"));
  await fails(call, { status: 400, code: "emulator_scenario" });
});

platform.both("lists are for awaited and awaited", async (service) => {
  const client = agentsAt(service);
  await client.createAgent({ model: "gpt-4.1" });
  equal((await all(client.listAgents())).length, (await client.listAgents()).data.length);
});
