// What the agents room asks of the service, with the emulator in place of the worker.
import { createEmulator } from "latchkey/emulator";
import { afterEach, expect, test, vi } from "vitest";
import { createAgentService } from "../agents/agent-service.ts";
import type { Connection } from "../connection.ts";

const connection = {
  workerUrl: "https://worker.example",
  session: { getToken: async () => ({ token: "emulator-key", expiresOnTimestamp: Date.now() + 600_000 }) },
  ask: async () => Response.json({}),
  listNames: async () => ["demo"],
  listModels: async () => [],
} satisfies Connection;

afterEach(() => vi.unstubAllGlobals());

/** A thread whose run is under way for good, unless it's cancelled. */
async function running() {
  const { fetch } = createEmulator({ paceMs: 0, stageMs: 20 });
  vi.stubGlobal("fetch", (input: Request) => {
    const headers = new Headers(input.headers);
    if (/\/runs\?/.test(input.url)) headers.set("x-emulator-scenario", "run-stuck");
    return fetch(new Request(input, { headers }));
  });
  const service = createAgentService(connection);
  const { signal } = new AbortController();
  const agent = await service.createAgent({
    name: "a",
    model: "gpt-4.1",
    instructions: "",
    tools: new Set(),
  });
  const thread = await service.createThread(signal);
  await service.addMessage(thread, "Hello", [], signal);
  const abort = new AbortController();
  const stream = await service.run(thread, agent.id, abort.signal);
  await stream[Symbol.asyncIterator]().next();
  abort.abort();
  const { id } = stream.snapshot.run!;
  return { service, thread, id, add: () => service.addMessage(thread, "And now?", [], signal) };
}

test.each(["by its id", "before its id is known"])(
  "a run that is called off, %s, leaves the thread free",
  async (how) => {
    const { service, thread, id, add } = await running();
    await expect(add()).rejects.toMatchObject({ status: 400 });
    await service.cancelRun(thread, how === "by its id" ? id : null);
    await add();
  },
);
