// The client of a project against the emulator: every group of operations does its work, on both kinds of base.
import { createEmulator } from "latchkey/emulator";
import { AIProjectClient, NotFoundError } from "latchkey/projects";
import { beforeEach, describe, expect, test } from "vitest";
import { drain, failureOf } from "../service.ts";

const token = async () => "emulator-key";
let fetch: typeof globalThis.fetch;
let era: AIProjectClient;
let current: AIProjectClient;

beforeEach(() => {
  ({ fetch } = createEmulator());
  const options = { fetch, maxRetries: 0 };
  era = AIProjectClient.fromConnectionString("region.example;sub;group;demo", token, options);
  current = new AIProjectClient("https://emulator.example/api/projects/demo", token, options);
});

const both = () => [era, current];
const messages = [{ role: "user" as const, content: "What is 2 + 2?" }];

describe("connections", () => {
  test("listed, found by name and by type, with secrets and without", async () => {
    for (const { connections } of both()) {
      const { items } = await drain(connections.list());
      expect(items.length).toBeGreaterThan(5);
      expect(items.every(({ key }) => key === undefined)).toBe(true);
      for (const { name, connection_type } of items) {
        const found = await connections.get(name, { includeCredentials: true });
        expect(found).toMatchObject({ name, connection_type });
        if (found.authentication_type === "ApiKey") expect(found.key).toBeTruthy();
      }
      const { data } = await connections.list({ connectionType: "AzureOpenAI" });
      expect(data.map(({ connection_type }) => connection_type)).toEqual(["AzureOpenAI", "AzureOpenAI"]);
      expect((await connections.getDefault("AzureOpenAI")).name).toBe(data[0]!.name);
      for (const work of [connections.get("nobody"), connections.getDefault("Nothing")])
        expect(await failureOf(work)).toBeInstanceOf(NotFoundError);
    }
  });

  test("a token of the storage's connection lasts", async () => {
    for (const { connections } of both()) {
      const { token_credential: source } = await connections.getDefault("AzureBlob", {
        includeCredentials: true,
      });
      const given = await (
        source as { getToken(scope: string): Promise<{ expiresOnTimestamp: number } | null> }
      ).getToken("");
      expect(given!.expiresOnTimestamp).toBeGreaterThan(Date.now());
    }
  });
});

describe("inference", () => {
  test("chats, embeddings and Azure OpenAI, by key and by Entra ID", async () => {
    const choices = [{}, { connectionName: "emulator-aiservices-entra" }];
    for (const { inference } of both()) {
      for (const choice of choices) {
        const chat = await inference.getChatCompletionsClient({ model: "gpt-5-mini", ...choice });
        expect((await chat.complete({ messages })).choices[0]?.message.content).toBeTruthy();
      }
      const embeddings = await inference.getEmbeddingsClient({ model: "text-embedding-3-small" });
      expect((await embeddings.embed({ input: ["a", "b"] })).data).toHaveLength(2);
      for (const connectionName of [undefined, "emulator-openai-entra"]) {
        const openai = await inference.getAzureOpenAIClient({ apiVersion: "2024-10-21", connectionName });
        const completion = await openai.chat.completions.create({ model: "gpt-5-mini", messages });
        expect(completion.choices[0]?.message.content).toBeTruthy();
      }
    }
  });

  test("a serverless connection", async () => {
    for (const { inference } of both()) {
      const chat = await inference.getChatCompletionsClient({ serverless: true });
      expect((await chat.complete({ messages })).choices).toHaveLength(1);
    }
  });
});

test("telemetry: the connection string", async () => {
  for (const { telemetry } of both())
    expect(await telemetry.getConnectionString()).toMatch(/^InstrumentationKey=/);
});

describe("evaluations", () => {
  const evaluators = { relevance: { id: "azureai://built-in/evaluators/relevance" } };

  /** Uploads lines as a dataset, and gives its id. */
  async function upload(text: string): Promise<string> {
    const { blobReference } = await current.datasets.pendingUpload("answers", "1");
    const { blobUri, credential } = blobReference;
    const to = new URL(credential.sasUri);
    to.pathname = `${new URL(blobUri).pathname}/answers.jsonl`;
    const headers = { "x-ms-blob-type": "BlockBlob" };
    expect((await fetch(to, { method: "PUT", body: text, headers })).status).toBe(201);
    const body = { type: "uri_file" as const, dataUri: `${blobUri}/answers.jsonl` };
    return (await current.datasets.createOrUpdate("answers", "1", body)).id!;
  }

  test("a dataset is evaluated to the end", async () => {
    const id = await upload('{"query":"What is 2 + 2?","response":"It is 4.","ground_truth":"4"}\n');
    const started = await current.evaluations.create({ data: { type: "dataset", id }, evaluators });
    const statuses = new Set([started.status]);
    let now = started;
    for (let asked = 0; asked < 10 && now.status !== "Completed"; asked++) {
      now = await current.evaluations.get(started.id);
      statuses.add(now.status);
    }
    expect([...statuses]).toEqual(["NotStarted", "Running", "Completed"]);
    expect(Object.keys(now.properties ?? {}).length).toBeGreaterThan(0);
  });

  test("with a connection string: made, changed, listed page by page", async () => {
    const ids: string[] = [];
    for (const displayName of ["one", "two", "three"]) {
      const data = { type: "dataset" as const, id: "d" };
      const { id } = await era.evaluations.create({ data, evaluators, displayName, description: "x" });
      ids.push(id);
    }
    const changed = await era.evaluations.update(ids[0]!, { displayName: "New", description: null });
    expect(changed).toMatchObject({ id: ids[0], displayName: "New" });
    expect(changed.description).toBeUndefined();
    const { items } = await drain(era.evaluations.list({ maxpagesize: 1 }));
    expect(items.map(({ id }) => id).sort()).toEqual(ids.sort());
    expect((await drain(era.evaluations.list({ top: 2, maxpagesize: 1 }))).items).toHaveLength(2);
    expect(await failureOf(era.evaluations.get("nobody"))).toBeInstanceOf(NotFoundError);
  });

  test("schedules are made, replaced, listed and disabled", async () => {
    const schedule = {
      data: { type: "app_insights" as const, resourceId: "/r", query: "traces", serviceName: "s" },
      evaluators,
      trigger: { type: "Recurrence" as const, frequency: "Day" as const, interval: 1 },
    };
    await era.evaluations.createOrReplaceSchedule("nightly", schedule);
    await era.evaluations.createOrReplaceSchedule("nightly", { ...schedule, description: "again" });
    expect(await era.evaluations.getSchedule("nightly")).toMatchObject({
      name: "nightly",
      description: "again",
      isEnabled: "true",
    });
    expect(await era.evaluations.disableSchedule("nightly")).toBeUndefined();
    const { items } = await drain(era.evaluations.listSchedule());
    expect(items.map(({ name, isEnabled }) => [name, isEnabled])).toEqual([["nightly", "false"]]);
  });
});

describe("today's agents", () => {
  const definition = { kind: "prompt" as const, model: "gpt-5-mini", instructions: "Be brief." };

  test("versions are made, listed and deleted", async () => {
    const { agentVersions } = current;
    const agent = await agentVersions.create({ name: "poet", definition });
    expect(agent.versions.latest.version).toBe("1");
    const next = { ...definition, instructions: "Rhyme." };
    expect((await agentVersions.createVersion("poet", { definition: next })).version).toBe("2");
    const updated = await agentVersions.update("poet", { definition: { ...next, temperature: 0.5 } });
    expect(updated.versions.latest.version).toBe("3");
    const versions = await drain(agentVersions.listVersions("poet", { limit: 1 }));
    expect(versions.items.map(({ version }) => version).sort()).toEqual(["1", "2", "3"]);
    expect((await agentVersions.getVersion("poet", "2")).definition).toMatchObject({
      instructions: "Rhyme.",
    });
    expect(await agentVersions.deleteVersion("poet", "1")).toMatchObject({ deleted: true });
    expect((await drain(agentVersions.list())).items.map(({ name }) => name)).toEqual(["poet"]);
    expect(await agentVersions.delete("poet")).toMatchObject({ deleted: true, name: "poet" });
    expect(await failureOf(agentVersions.get("poet"))).toBeInstanceOf(NotFoundError);
  });

  test("an agent answers in a conversation", async () => {
    await current.agentVersions.create({ name: "poet", definition });
    const openai = await current.getOpenAIClient();
    const conversation = await openai.conversations.create();
    const agent = { type: "agent_reference" as const, name: "poet" };
    const response = await openai.responses.create({ input: "Hello", conversation: conversation.id, agent });
    expect(response.status).toBe("completed");
    expect(response.output_text).toBeTruthy();
    expect((await drain(openai.conversations.items.list(conversation.id))).items.length).toBeGreaterThan(1);
  });
});

test("deployments", async () => {
  const { items } = await drain(current.deployments.list());
  expect(items.length).toBeGreaterThan(1);
  expect(await current.deployments.get(items[0]!.name)).toEqual(items[0]);
  const publisher = items[0]!.modelPublisher!;
  const some = await drain(current.deployments.list({ modelPublisher: publisher }));
  expect(new Set(some.items.map(({ modelPublisher }) => modelPublisher))).toEqual(new Set([publisher]));
});

test("datasets and indexes, in versions", async () => {
  const file = { type: "uri_file" as const, dataUri: "https://blobs.example/a.jsonl" };
  const index = { type: "AzureSearch" as const, connectionName: "emulator-search", indexName: "docs" };
  for (const version of ["1", "2"]) {
    await current.datasets.createOrUpdate("qa", version, file);
    await current.indexes.createOrUpdate("docs", version, index);
  }
  for (const [group, name] of [
    [current.datasets, "qa"],
    [current.indexes, "docs"],
  ] as const) {
    expect((await drain<{ version: string }>(group.list())).items.map(({ version }) => version)).toEqual([
      "2",
    ]);
    expect((await drain<{ version: string }>(group.listVersions(name))).items).toHaveLength(2);
    expect(await group.get(name, "1")).toMatchObject({ name, version: "1" });
    expect(await group.delete(name, "1")).toBeUndefined();
    expect(await failureOf(group.get(name, "1"))).toBeInstanceOf(NotFoundError);
  }
  expect((await current.datasets.getCredentials("qa", "2")).blobReference.credential.sasUri).toBeTruthy();
});

test("agents answer on both", async () => {
  for (const { agents } of both()) {
    const agent = await agents.createAgent({ model: "gpt-5-mini", instructions: "Be brief." });
    const thread = await agents.createThread({ messages: [{ role: "user", content: "Hello" }] });
    const run = await agents.createAndProcessRun(thread.id, { assistant_id: agent.id }, { intervalMs: 1 });
    expect(run.status).toBe("completed");
    const { data } = await agents.listMessages(thread.id);
    expect(data.map(({ role }) => role)).toEqual(["assistant", "user"]);
  }
});
