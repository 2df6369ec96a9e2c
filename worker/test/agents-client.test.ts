// Our own client at the worker's address, in process, with the emulator as the project: a page with a session drives
// agents, and how endings and refusals arrive there.
import { LatchkeyError, workerSession } from "latchkey";
import { createEmulator } from "latchkey/emulator";
import { AIProjectClient, functionTool, ToolSet } from "latchkey/projects";
import { expect, test } from "vitest";
import { ENDPOINT, entra } from "./project-service.ts";
import { createRig, jsonAnswer, ORIGIN, PROXY } from "./setup.ts";

const MODELS = ["gpt-5-mini", "fault-cut", "fault-run-failed", "fault-rate-limit"];

async function connect() {
  const emulator = createEmulator();
  const rig = await createRig(
    {
      upstreams: {
        default: { kind: "inference", url: "https://up.example.com/models", key: "emulator-key" },
        shop: {
          kind: "projects",
          url: ENDPOINT,
          entra,
          connections: { "emulator-openai": "id-of-the-service", gone: "id" },

          deployments: Object.fromEntries(MODELS.map((name) => [name, name])),
        },
      },
      dataAssets: ["azureml://datasets/questions"],
      models: Object.fromEntries(MODELS.map((name) => [name, { upstream: "default" }])),
    },
    {
      // The issuer gives the one token that the emulator takes.
      fetch: async (url, init) =>
        url.startsWith("https://login.")
          ? jsonAnswer({ access_token: "emulator-key", expires_in: 3600 })
          : emulator.fetch(url, init),
    },
  );
  const fetch = (input: Request | URL | string, init?: RequestInit) => {
    const request = new Request(input, init);
    const headers = { authorization: null, ...Object.fromEntries(request.headers), origin: ORIGIN };
    const body = request.body === null ? {} : { body: request.body, duplex: "half" };
    return rig.fetch(request.url, { method: request.method, signal: request.signal, headers, ...body });
  };
  const session = workerSession(PROXY, { fetch });
  return {
    rig,
    session,
    fetch,
    client: new AIProjectClient(`${PROXY}/api/projects/shop`, session, { fetch, maxRetries: 0 }),
  };
}

test("an agent, a thread, a streamed run with a tool: no key and no token of Azure's at the caller's", async () => {
  const { client, rig } = await connect();
  const asked: unknown[] = [];
  const weather = functionTool({
    name: "weather",
    description: "The weather of a place",
    parameters: { type: "object", properties: { place: { type: "string" } }, required: ["place"] },
    execute: (args) => {
      asked.push(args);
      return "sunny";
    },
  });
  const toolSet = new ToolSet([weather]);
  const agent = await client.agents.createAgent({ model: "gpt-5-mini", name: "desk" }, { toolSet });
  const thread = await client.agents.createThread();
  await client.agents.createMessage(thread.id, { role: "user", content: "What is the weather in Paris?" });
  const run = await client.agents.createAndProcessRun(
    thread.id,
    { assistant_id: agent.id },
    { intervalMs: 1 },
  );
  expect(run.status).toBe("completed");
  expect(asked).toHaveLength(1);
  await client.agents.createMessage(thread.id, { role: "user", content: "And the weather in Rome?" });
  const stream = await client.agents.createStream(thread.id, { assistant_id: agent.id });
  const events: string[] = [];
  for await (const { event } of stream) events.push(event);
  expect(events[0]).toBe("thread.run.created");
  // The call is answered, and the stream of its answer goes on in the same loop.
  expect(asked).toHaveLength(2);
  expect(events.filter((event) => event === "done")).toHaveLength(2);
  expect(events.at(-2)).toBe("thread.run.completed");
  await rig.settled();
  expect(rig.log.every(({ outcome }) => outcome === "complete")).toBe(true);
  expect(rig.log.filter(({ stream: streamed }) => streamed).every(({ usage }) => usage !== undefined)).toBe(
    true,
  );
});

test("P1 a run that the service leaves unfinished is a typed error, never a short answer", async () => {
  const { client } = await connect();
  const agent = await client.agents.createAgent({ model: "fault-cut" });
  const thread = await client.agents.createThread({ messages: [{ role: "user", content: "Say hello" }] });
  const stream = await client.agents.createStream(thread.id, { assistant_id: agent.id });
  const read = async () => {
    for await (const _ of stream) {
      // Until it breaks off.
    }
  };
  const error = await read().catch((cause: unknown) => cause);
  expect(LatchkeyError.is(error) && error.kind).toBe("truncated");
});

test("today's agents and OpenAI's surface of the project", async () => {
  const { client } = await connect();
  const version = await client.agentVersions.createVersion("desk", {
    definition: { kind: "prompt", model: "gpt-5-mini", instructions: "Be brief." },
  });
  expect(version).toMatchObject({ name: "desk", version: "1" });
  const openai = await client.getOpenAIClient();
  const response = await openai.responses.create({
    input: "Echo: hi",
    agent: { type: "agent_reference", name: "desk" },
  } as never);
  expect(JSON.stringify(response)).toContain("hi");
  const names: string[] = [];
  for await (const { name } of client.deployments.list()) names.push(name);
  expect(names).toEqual(MODELS);
});

test("by a connection string whose host is the worker", async () => {
  const { session, fetch } = await connect();
  const client = AIProjectClient.fromConnectionString(`${new URL(PROXY).host};any;any;shop`, session, {
    fetch,
    maxRetries: 0,
  });
  const agent = await client.agents.createAgent({ model: "gpt-5-mini", name: "era" });
  expect((await client.agents.getAgent(agent.id)).name).toBe("era");
  await client.agents.deleteAgent(agent.id);
  await expect(client.agents.getAgent(agent.id)).rejects.toMatchObject({ status: 404 });
});

test("connections without credentials, evaluations of the data that is enabled", async () => {
  const { client } = await connect();
  const connection = await client.connections.get("emulator-openai");
  expect(connection).toMatchObject({ name: "emulator-openai", id: "emulator-openai" });
  expect(JSON.stringify(connection)).not.toMatch(/emulator-key|example\.com|subscriptions/);
  await expect(client.connections.get("emulator-openai", { includeCredentials: true })).rejects.toMatchObject(
    {
      status: 404,
    },
  );
  const names: string[] = [];
  for await (const { name } of client.connections.list()) names.push(name);
  expect(names).toEqual(["emulator-openai"]);
  const made = await client.evaluations.create({
    data: { type: "dataset", id: "azureml://datasets/questions" },
    evaluators: {
      relevance: {
        id: "azureai://built-in/evaluators/relevance",
        initParams: { deployment_name: "gpt-5-mini" },
      },
    },
  });
  const mine = made.id;
  expect(mine).not.toBe("");
  expect((await client.evaluations.get(mine)).status).toBeTypeOf("string");
  const listed: unknown[] = [];
  for await (const one of client.evaluations.list()) listed.push(one.id);
  expect(listed).toEqual([mine]);
});
