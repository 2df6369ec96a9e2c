// Who may use some models only does not get another one by an agent that was made earlier: old agents and today's, made
// here or before their models were remembered, changed since, connected to others.
import { DatabaseSync } from "node:sqlite";
import { beforeEach, describe, expect, test } from "vitest";
import { createMemoryOwnership, type Ownership, type OwnershipOf } from "../ownership.ts";
import { OwnershipObject, ownershipIn } from "../ownership-object.ts";
import {
  idOf,
  OPERATORS_AGENT,
  P,
  type ProjectService,
  post,
  projectRig,
  projectService,
} from "./project-service.ts";
import { errorOf, ORIGIN, type Rig } from "./setup.ts";

/** As the project calls the models of projectRig. */
const DEPLOYMENTS = { "gpt-5-mini": "dep-canary", "via-openai": "dep-2" } as const;

let service: ProjectService;
let rig: Rig;
let stores: Map<string, Ownership>;
/** A run that waits for its caller's functions. */
let waiting: Record<string, unknown>;
let wide: Record<string, string>;
let narrow: Record<string, string>;

async function session(models?: readonly string[], previous?: string): Promise<Record<string, string>> {
  const response = await rig.fetch("/session", {
    method: "POST",
    headers: {
      origin: ORIGIN,
      "content-type": "application/json",
      authorization: previous ?? null,
    },
    body: JSON.stringify(models === undefined ? {} : { models }),
  });
  const { token } = (await response.json()) as { token: string };
  return { origin: ORIGIN, authorization: `Bearer ${token}` };
}

beforeEach(async () => {
  waiting = {
    id: "run_9",
    object: "thread.run",
    model: DEPLOYMENTS["via-openai"],
    status: "requires_action",
  };
  service = projectService(({ method, path, body }) => {
    // Runs of today's agents.
    if (method === "POST" && path === "/openai/v1/responses") {
      return { id: "resp_1", object: "response", status: "completed", output: [], ...JSON.parse(body) };
    }
    if (method === "GET" && path === "/threads/thread_9/runs/run_9") return waiting;
    if (method === "GET" && path === `/assistants/${OPERATORS_AGENT}`) {
      return { id: OPERATORS_AGENT, object: "assistant", model: "of-the-operator" };
    }
    return undefined;
  });
  stores = new Map();
  const memory = createMemoryOwnership();
  const ownership: OwnershipOf = (principal) => {
    const store = memory(principal);
    stores.set(principal, store);
    return store;
  };
  rig = await projectRig(service, {}, { ownership });
  wide = await session();
  narrow = await session(["gpt-5-mini"], wide.authorization);
});

/** As the worker was before models were remembered. */
async function forgetModel(kind: "agent" | "agent_name", id: string): Promise<void> {
  for (const store of stores.values()) {
    const [found] = await store.find([{ kind, id }]);
    if (found === undefined) continue;
    await store.remove(found);
    const { model: _, ...older } = found;
    await store.add([older], 1e6);
  }
}

const agentOf = async (model: string, more: object = {}) =>
  idOf(await post(rig, `${P}/assistants`, { model, ...more }, wide));
const threadOf = async () => idOf(await post(rig, `${P}/threads`, {}, wide));
const run = async (agent: string, headers = narrow, more: object = {}) =>
  post(rig, `${P}/threads/${await threadOf()}/runs`, { assistant_id: agent, ...more }, headers);
const runsSeen = () => service.seen.filter(({ path, method }) => method === "POST" && path.endsWith("/runs"));
const asked = (path: string) => service.seen.filter((one) => one.method === "GET" && one.path === path);

async function expectRefused(response: Response): Promise<void> {
  expect(response.status).toBe(403);
  expect(await errorOf(response)).toMatchObject({ code: "model_not_allowed" });
}

describe("agents of threads and runs", () => {
  test("of another model: refused without asking the service, by each way to run it", async () => {
    const agent = await agentOf("via-openai");
    const before = service.seen.length;
    await expectRefused(await post(rig, `${P}/threads/runs`, { assistant_id: agent }, narrow));
    expect(service.seen).toHaveLength(before);
    await expectRefused(await run(agent));
    await expectRefused(await run(agent, narrow, { stream: true }));
    expect(runsSeen()).toEqual([]);
    expect((await run(agent, wide)).status).toBe(200);
  });

  test("of a model that is allowed, and where the run says an allowed one itself", async () => {
    expect((await run(await agentOf("gpt-5-mini"))).status).toBe(200);
    const other = await agentOf("via-openai");
    expect((await run(other, narrow, { model: "gpt-5-mini" })).status).toBe(200);
    await expectRefused(await run(other, narrow, { model: "via-openai" }));
  });

  test.each([
    ["gpt-5-mini", 200],
    ["via-openai", 403],
  ] as const)("made before models were remembered, with %s: the service is asked", async (model, status) => {
    const agent = await agentOf(model);
    await forgetModel("agent", agent);
    expect((await run(agent)).status).toBe(status);
    expect(asked(`/assistants/${agent}`)).toHaveLength(1);
    expect((await run(agent, wide)).status).toBe(200);
    expect(asked(`/assistants/${agent}`)).toHaveLength(1);
  });

  test("that the service can't tell of: refused, clearly", async () => {
    const agent = await agentOf("gpt-5-mini");
    await forgetModel("agent", agent);
    for (const answer of [
      { id: agent, object: "assistant" },
      { id: agent, object: "assistant", model: "somebody-elses" },
    ]) {
      const original = service.fetch;
      service.fetch = async (url, init) =>
        url.includes(`/assistants/${agent}`) ? Response.json(answer) : original(url, init);
      rig = await projectRig(service, {}, { ownership: (principal) => stores.get(principal)! });
      await expectRefused(await run(agent));
      service.fetch = original;
    }
  });

  test("that was changed to another model, by whichever way", async () => {
    const agent = await agentOf("gpt-5-mini");
    expect((await post(rig, `${P}/assistants/${agent}`, { model: "via-openai" }, wide)).status).toBe(200);
    await post(rig, `${P}/assistants/${agent}`, { name: "again" }, wide);
    const before = runsSeen().length;
    await run(agent);
    // The service is asked what it is by now; it keeps what it was made with.
    expect(asked(`/assistants/${agent}`)).toHaveLength(1);
    expect(runsSeen()).toHaveLength(before + 1);
  });

  test("connected to one of another model", async () => {
    const inner = await agentOf("via-openai");
    const tool = { type: "connected_agent", connected_agent: { id: inner, name: "n", description: "d" } };
    const outer = await agentOf("gpt-5-mini", { tools: [tool] });
    await expectRefused(await run(outer));
    await expectRefused(await run(outer, narrow, { model: "gpt-5-mini" }));
    await expectRefused(await post(rig, `${P}/assistants`, { model: "gpt-5-mini", tools: [tool] }, narrow));
    const fine = await agentOf("gpt-5-mini");
    const connected = { ...tool, connected_agent: { ...tool.connected_agent, id: fine } };
    expect((await run(await agentOf("gpt-5-mini", { tools: [connected] }))).status).toBe(200);
  });

  test("that calls itself: its run has the model that it says, the calls have the agent's own", async () => {
    const connect = (id: string) => ({
      type: "connected_agent",
      connected_agent: { id, name: "n", description: "d" },
    });
    const other = await agentOf("via-openai");
    await expectRefused(await run(other, narrow, { model: "gpt-5-mini", tools: [connect(other)] }));

    const inner = await agentOf("gpt-5-mini");
    const outer = await agentOf("via-openai", { tools: [connect(inner)] });
    await forgetModel("agent", inner);
    const original = service.fetch;
    service.fetch = async (url, init) =>
      url.includes(`/assistants/${inner}`)
        ? Response.json({ id: inner, model: DEPLOYMENTS["gpt-5-mini"], tools: [connect(outer)] })
        : original(url, init);
    rig = await projectRig(service, {}, { ownership: (principal) => stores.get(principal)! });
    await expectRefused(await run(outer, narrow, { model: "gpt-5-mini" }));
    expect(runsSeen()).toEqual([]);
  });

  test("of the operator: whoever may run it", async () => {
    expect((await run(OPERATORS_AGENT)).status).toBe(200);
    expect(asked(`/assistants/${OPERATORS_AGENT}`)).toEqual([]);
  });

  const submit = async (headers: Record<string, string>) => {
    await threadOf(); // so that the caller's store is there
    for (const store of stores.values()) {
      await store.add([{ kind: "thread", id: "thread_9", upstream: "shop" }], 1e6);
    }
    return post(rig, `${P}/threads/thread_9/runs/run_9/submit_tool_outputs`, { tool_outputs: [] }, headers);
  };

  test("a run that waits goes on with the model that it has", async () => {
    await expectRefused(await submit(narrow));
    expect((await submit(wide)).status).toBe(200);
  });

  test("a run that waits goes on with the agents that it is connected to", async () => {
    const inner = await agentOf("via-openai");
    const tool = { type: "connected_agent", connected_agent: { id: inner, name: "n", description: "d" } };
    waiting = { ...waiting, model: DEPLOYMENTS["gpt-5-mini"], tools: [tool] };
    await expectRefused(await submit(narrow));
    expect((await submit(wide)).status).toBe(200);
  });

  test("a run of the operator's agent goes on with that one's model, and with no other", async () => {
    waiting = { ...waiting, assistant_id: OPERATORS_AGENT, model: "of-the-operator" };
    expect((await submit(narrow)).status).toBe(200);
    waiting = { ...waiting, model: DEPLOYMENTS["via-openai"] };
    await expectRefused(await submit(narrow));
  });
});

describe("today's agents", () => {
  const define = (model: string) => ({ definition: { kind: "prompt", model } });
  const respond = (agent: object, headers = narrow) =>
    post(
      rig,
      `${P}/openai/v1/responses`,
      { input: "x", store: false, agent: { type: "agent_reference", ...agent } },
      headers,
    );
  const responses = () => service.seen.filter(({ path }) => path === "/openai/v1/responses");

  test("of another model: refused without asking; of an allowed one they run", async () => {
    await idOf(await post(rig, `${P}/agents`, { name: "large", ...define("via-openai") }, wide));
    await idOf(await post(rig, `${P}/agents`, { name: "small", ...define("gpt-5-mini") }, wide));
    const gets = asked("/agents/large").length;
    await expectRefused(await respond({ name: "large" }));
    await expectRefused(await respond({ name: "large", version: "1" }));
    expect(asked("/agents/large")).toHaveLength(gets);
    expect(responses()).toEqual([]);
    expect((await respond({ name: "small" })).status).toBe(200);
    expect((await respond({ name: "large" }, wide)).status).toBe(200);
  });

  test("with versions of several models: the version that is meant is asked for", async () => {
    await idOf(await post(rig, `${P}/agents`, { name: "both", ...define("gpt-5-mini") }, wide));
    await post(rig, `${P}/agents/both/versions`, define("via-openai"), wide);
    const original = service.fetch;
    const latest = { definition: { kind: "prompt", model: DEPLOYMENTS["via-openai"] } };
    service.fetch = async (url, init) => {
      if (/\/agents\/both\/versions\/1(\?|$)/.test(url)) {
        return Response.json({
          id: "both:1",
          name: "both",
          definition: { model: DEPLOYMENTS["gpt-5-mini"] },
        });
      }
      if (/\/agents\/both(\?|$)/.test(url))
        return Response.json({ id: "both", name: "both", versions: { latest } });
      return original(url, init);
    };
    rig = await projectRig(service, {}, { ownership: (principal) => stores.get(principal)! });
    expect((await respond({ name: "both", version: "1" })).status).toBe(200);
    await expectRefused(await respond({ name: "both" }));
    // Whichever of the two members the service reads.
    const twice = (agent_reference: object, agent: object) =>
      post(rig, `${P}/openai/v1/responses`, { input: "x", store: false, agent, agent_reference }, narrow);
    const [first, latestOne] = [{ version: "1" }, {}].map((version) => ({
      ...{ type: "agent_reference", name: "both" },
      ...version,
    })) as [object, object];
    await expectRefused(await twice(first, latestOne));
    await expectRefused(await twice(latestOne, first));
    expect((await twice(first, first)).status).toBe(200);
  });
});

test("a table of an earlier version gets its column, and keeps what it has", async () => {
  const database = new DatabaseSync(":memory:");
  database.exec(
    `CREATE TABLE objects (number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL,
      upstream TEXT NOT NULL, purpose TEXT, UNIQUE (kind, id));
     INSERT INTO objects (kind, id, upstream, purpose) VALUES ('agent', 'old', 'u', NULL)`,
  );
  const exec = <Row>(statement: string, ...values: (string | number | null)[]) => {
    const rows = database.prepare(statement).all(...values) as Row[];
    return { toArray: () => rows };
  };
  const storage = {
    sql: { exec },
    getAlarm: async () => null,
    setAlarm: async () => {},
    deleteAll: async () => {},
  };
  const create = () => new OwnershipObject({ storage });
  for (const object of [create(), create()]) {
    const mine = ownershipIn({
      idFromName: (name) => name,
      get: () => ({ fetch: (url, init) => object.fetch(new Request(url, init)) }),
    })("a");
    await mine.add([{ kind: "agent", id: "new", upstream: "u", model: "small" }], 10);
    expect(
      await mine.find([
        { kind: "agent", id: "old" },
        { kind: "agent", id: "new" },
      ]),
    ).toEqual([
      { kind: "agent", id: "old", upstream: "u" },
      { kind: "agent", id: "new", upstream: "u", model: "small" },
    ]);
  }
});
