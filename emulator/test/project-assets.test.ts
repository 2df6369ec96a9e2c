import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { emulatorOf } from "./asking.ts";
import type { Json } from "./calling.ts";
import { answerOf, good, pdfOf, uploadTo } from "./project-calls.ts";

const prompt = (instructions = "Be brief."): Json => ({
  definition: { kind: "prompt", model: "gpt-4.1", instructions },
});

describe("today's agents", () => {
  test("are created, get versions, are listed and deleted", async () => {
    const emulator = emulatorOf();
    const json = { name: "guide", ...prompt(), description: "d", metadata: { a: "b" } };
    const agent = await good(emulator, "project", "/agents", { json });
    expect(agent).toEqual({
      object: "agent",
      id: "guide",
      name: "guide",
      state: "enabled",
      versions: {
        latest: {
          object: "agent.version",
          id: "guide:1",
          name: "guide",
          version: "1",
          created_at: 1_750_000_000,
          description: "d",
          metadata: { a: "b" },
          definition: json.definition,
          status: "active",
        },
      },
    });
    expect((await answerOf(emulator, "project", "/agents", { json })).status).toBe(409);
    const second = await good(emulator, "project", "/agents/guide/versions", { json: prompt("Be long.") });
    expect([second.object, second.version]).toEqual(["agent.version", "2"]);
    const draft = { json: { ...prompt("Draft."), draft: true } };
    await good(emulator, "project", "/agents/guide/versions", draft);
    const updated = await good(emulator, "project", "/agents/guide", { json: prompt("Fourth.") });
    expect(updated.versions.latest.version).toBe("4");
    const versions = async (query: string): Promise<string[]> =>
      (await good(emulator, "project", `/agents/guide/versions${query}`)).data.map(
        (each: Json) => each.version,
      );
    expect(await versions("")).toEqual(["4", "2", "1"]);
    expect(await versions("?include_drafts=true&order=asc")).toEqual(["1", "2", "3", "4"]);
    expect(await versions("?after=guide:4&limit=1")).toEqual(["2"]);
    expect((await good(emulator, "project", "/agents/guide/versions/2")).definition.instructions).toBe(
      "Be long.",
    );
    const gone = await good(emulator, "project", "/agents/guide/versions/4", { method: "DELETE" });
    expect(gone).toEqual({ object: "agent.version.deleted", name: "guide", version: "4", deleted: true });
    expect((await good(emulator, "project", "/agents/guide")).versions.latest.version).toBe("2");
    const next = await good(emulator, "project", "/agents/guide/versions", { json: prompt() });
    expect(next.version).toBe("5");
    const patch = { method: "PATCH", json: { agent_card: { description: "card" } } };
    expect((await good(emulator, "project", "/agents/guide", patch)).agent_card).toEqual({
      description: "card",
    });
    await good(emulator, "project", "/agents/flow/versions", { json: { definition: { kind: "workflow" } } });
    const names = async (query: string): Promise<string[]> =>
      (await good(emulator, "project", `/agents${query}`)).data.map(({ name }: Json) => name);
    expect(await names("")).toEqual(["flow", "guide"]);
    expect(await names("?kind=prompt")).toEqual(["guide"]);
    const deleted = await good(emulator, "project", "/agents/guide", { method: "DELETE" });
    expect(deleted).toEqual({ object: "agent.deleted", name: "guide", deleted: true });
    expect((await answerOf(emulator, "project", "/agents/guide")).status).toBe(404);
    await good(emulator, "project", "/agents/flow/versions/1", { method: "DELETE" });
    expect(await names("")).toEqual([]);
  });

  test.each<[string, Json, string]>([
    ["/agents", prompt(), "name"],
    ["/agents", { name: "a b", ...prompt() }, "name"],
    ["/agents", { name: "-a", ...prompt() }, "name"],
    ["/agents/a/versions", {}, "definition"],
    ["/agents/a/versions", { definition: {} }, "definition.kind"],
    ["/agents/a/versions", { definition: { kind: "chain" } }, "definition.kind"],
    ["/agents/a/versions", { definition: { kind: "prompt" } }, "definition.model"],
    ["/agents/a/versions", { definition: { kind: "prompt", model: "m", tools: {} } }, "definition.tools"],
    ["/agents/a/versions", { ...prompt(), metadata: { a: 1 } }, "metadata.a"],
    ["/agents/a/versions", { ...prompt(), name: "b" }, "name"],
  ])("refuse at %s: %j", async (path, json, target) => {
    const { status, body } = await answerOf(emulatorOf(), "project", path, { json });
    expect([status, body.error.target]).toEqual([400, target]);
  });

  test("answer as responses, by name and version, unless they are disabled or of another kind", async () => {
    const emulator = emulatorOf();
    await good(emulator, "project", "/agents/guide/versions", { json: prompt() });
    await good(emulator, "project", "/agents/flow/versions", { json: { definition: { kind: "workflow" } } });
    const client = new OpenAI({
      apiKey: "emulator-key",
      baseURL: "http://emulator.test/api/projects/p/openai/v1",
      fetch: emulator.fetch,
      maxRetries: 0,
    });
    const ask = (agent: Json): Promise<OpenAI.Responses.Response> =>
      client.responses.create({ input: "echo hello" }, { body: { input: "echo hello", agent } });
    const answer = await ask({ type: "agent_reference", name: "guide" });
    expect([answer.output_text, answer.model]).toEqual(["hello", "gpt-4.1-2025-04-14"]);
    expect((await ask({ type: "agent_reference", name: "guide", version: "1" })).output_text).toBe("hello");
    const status = (agent: Json): Promise<number> =>
      ask(agent).then(
        () => 200,
        ({ status }) => status,
      );
    expect(await status({ type: "agent_reference", name: "guide", version: "9" })).toBe(404);
    expect(await status({ type: "agent_reference", name: "nobody" })).toBe(404);
    expect(await status({ type: "agent_reference", name: "flow" })).toBe(400);
    const toggled = await answerOf(emulator, "project", "/agents/guide:disable", { method: "POST" });
    expect(toggled.status).toBe(204);
    expect((await good(emulator, "project", "/agents/guide")).state).toBe("disabled");
    expect(await status({ type: "agent_reference", name: "guide" })).toBe(409);
    await answerOf(emulator, "project", "/agents/guide:enable", { method: "POST" });
    expect(await status({ type: "agent_reference", name: "guide" })).toBe(200);
    expect((await answerOf(emulator, "project", "/agents/none:enable", { method: "POST" })).status).toBe(404);
  });
});

test("an agent has an endpoint of its own", async () => {
  const emulator = emulatorOf();
  await good(emulator, "project", "/agents/guide/versions", { json: prompt() });
  const client = (name: string): OpenAI =>
    new OpenAI({
      apiKey: "emulator-key",
      baseURL: `http://emulator.test/api/projects/p/agents/${name}/endpoint/protocols/openai`,
      defaultQuery: { "api-version": "v1" },
      fetch: emulator.fetch,
      maxRetries: 0,
    });
  const { id: conversation } = await client("guide").conversations.create();
  const answer = await client("guide").responses.create({ input: "echo hello", conversation });
  expect([answer.output_text, answer.instructions]).toEqual(["hello", "Be brief."]);
  expect((await client("guide").responses.retrieve(answer.id)).output_text).toBe("hello");
  await expect(client("nobody").responses.create({ input: "hi" })).rejects.toMatchObject({ status: 404 });
});

describe("deployments of a project", () => {
  test("are those of the emulator", async () => {
    const emulator = emulatorOf();
    const { value } = await good(emulator, "project", "/deployments");
    const chat = value.find(({ name }: Json) => name === "gpt-4.1");
    expect(chat).toEqual({
      type: "ModelDeployment",
      name: "gpt-4.1",
      modelName: "gpt-4.1",
      modelVersion: "2025-04-14",
      modelPublisher: "OpenAI",
      capabilities: { chat_completion: "true" },
      sku: { capacity: 100, family: "", name: "GlobalStandard", size: "", tier: "" },
    });
    expect(await good(emulator, "project", "/deployments/gpt-4.1")).toEqual(chat);
    const only = await good(
      emulator,
      "project",
      "/deployments?modelPublisher=Microsoft&deploymentType=ModelDeployment",
    );
    expect(only.value.map(({ name }: Json) => name)).toEqual(["Phi-4"]);
    expect((await answerOf(emulator, "project", "/deployments/none")).status).toBe(404);
  });
});

describe("datasets", () => {
  test("are uploaded, made, listed, searched and deleted", async () => {
    const emulator = emulatorOf();
    const path = "/datasets/notes/versions/1";
    const json = { pendingUploadType: "BlobReference", connectionName: "emulator-storage" };
    const { blobReference } = await good(emulator, "project", `${path}/startPendingUpload`, { json });
    const { sasUri } = blobReference.credential;
    const put = (name: string, body: BodyInit, sas = new URL(sasUri).search): Promise<Response> =>
      emulator.fetch(`${blobReference.blobUri}/${name}${sas}`, { method: "PUT", body });
    expect((await put("tides.md", "Tides rise at noon.", "")).status).toBe(403);
    expect((await put("tides.md", "Tides rise at noon.")).status).toBe(201);
    expect((await put("bees.pdf", pdfOf([["Bees sleep in winter."]]))).status).toBe(201);
    const patch = (dataUri: string, more = {}): Json => ({
      method: "PATCH",
      json: { type: "uri_file", dataUri, ...more },
      headers: { "content-type": "application/merge-patch+json" },
    });
    const dataUri = `${blobReference.blobUri}/tides.md`;
    const made = await answerOf(emulator, "project", path, patch(dataUri, { tags: { a: "b" } }));
    expect(made).toMatchObject({
      status: 201,
      body: { name: "notes", version: "1", dataUri, type: "uri_file", tags: { a: "b" } },
    });
    const changed = await answerOf(
      emulator,
      "project",
      path,
      patch(dataUri, { description: "d", tags: { a: null } }),
    );
    expect(changed).toMatchObject({ status: 200, body: { description: "d", tags: {}, id: made.body.id } });
    await good(emulator, "project", "/datasets/notes/versions/2", patch(`${blobReference.blobUri}/bees.pdf`));
    const versions = async (at: string): Promise<string[]> =>
      (await good(emulator, "project", at)).value.map(({ version }: Json) => version);
    expect(await versions("/datasets")).toEqual(["2"]);
    expect(await versions("/datasets/notes/versions")).toEqual(["2", "1"]);
    const { blobReference: again } = await good(emulator, "project", `${path}/credentials`, {
      method: "POST",
    });
    expect(await (await emulator.fetch(again.credential.sasUri)).text()).toBe("Tides rise at noon.");

    // Both are searched by their ids, as an agent's vector store would.
    const { value } = await good(emulator, "project", "/datasets/notes/versions");
    const data_sources = value.map(({ id }: Json) => ({ uri: id, type: "id_asset" }));
    const store = await good(emulator, "agents", "/vector_stores", {
      json: { configuration: { data_sources } },
    });
    const found = async (query: string): Promise<string> => {
      const how = { json: { query, max_num_results: 1 } };
      const page = await good(emulator, "project-v1", `/vector_stores/${store.id}/search`, how);
      return page.data[0].content[0].text;
    };
    expect(await found("when do tides rise")).toBe("Tides rise at noon.");
    expect(await found("bees in winter")).toBe("Bees sleep in winter.");

    for (let times = 0; times < 2; times++) {
      expect((await answerOf(emulator, "project", path, { method: "DELETE" })).status).toBe(204);
    }
    expect((await answerOf(emulator, "project", path)).status).toBe(404);
  });

  test.each<[Json, string]>([
    [{ type: "uri_file" }, "dataUri"],
    [{ dataUri: "x" }, "type"],
    [{ type: "table", dataUri: "x" }, "type"],
  ])("refuse %j", async (json, target) => {
    const how = { method: "PATCH", json };
    const { status, body } = await answerOf(emulatorOf(), "project", "/datasets/d/versions/1", how);
    expect([status, body.error.target]).toEqual([400, target]);
  });

  test("are uploaded to connections that are there", async () => {
    const how = { json: { pendingUploadType: "BlobReference", connectionName: "none" } };
    const { status, body } = await answerOf(
      emulatorOf(),
      "project",
      "/datasets/d/versions/1/startPendingUpload",
      how,
    );
    expect([status, body.error.target]).toEqual([400, "connectionName"]);
  });

  test.each([
    ["PUT", "/_emulator/blobs/a/b?sig=x", 413],
    ["PUT", "/_emulator/blobs/a/b?sig=x&comp=block", 400],
    ["PUT", "/_emulator/blobs/a?sig=x", 400],
    ["PUT", "/_emulator/blobs/a/%ff?sig=x", 400],
    ["GET", "/_emulator/blobs/a/b?sig=x", 404],
    ["GET", "/_emulator/blobs/a/b", 403],
    ["DELETE", "/_emulator/blobs/a/b?sig=x", 405],
  ])("%s %s is %d", async (method, path, status) => {
    const emulator = emulatorOf({ keepFileBytes: 3 });
    const body = method === "PUT" ? "four" : null;
    const response = await emulator.fetch(`http://emulator.test${path}`, { method, body });
    expect(response.status).toBe(status);
    expect(response.headers.get("x-ms-error-code")).toMatch(/^\w+$/);
  });
});

describe("indexes", () => {
  const search = { type: "AzureSearch", connectionName: "emulator-search", indexName: "i" };

  test("are made, listed and deleted, apart from datasets of the same name", async () => {
    const emulator = emulatorOf();
    const path = "/indexes/notes/versions/1";
    const made = await answerOf(emulator, "project", path, { method: "PATCH", json: search });
    expect(made).toMatchObject({ status: 201, body: { ...search, name: "notes", version: "1" } });
    const again = await answerOf(emulator, "project", path, { method: "PATCH", json: { indexName: "j" } });
    expect(again).toMatchObject({ status: 200, body: { indexName: "j", connectionName: "emulator-search" } });
    expect((await good(emulator, "project", "/indexes")).value).toEqual([again.body]);
    expect((await good(emulator, "project", "/indexes/notes/versions")).value).toEqual([again.body]);
    expect((await good(emulator, "project", "/datasets")).value).toEqual([]);
    expect((await answerOf(emulator, "project", path, { method: "DELETE" })).status).toBe(204);
    expect((await answerOf(emulator, "project", path)).status).toBe(404);
  });

  test.each<[Json, string]>([
    [{}, "type"],
    [{ type: "Other" }, "type"],
    [{ ...search, indexName: undefined }, "indexName"],
    [{ type: "ManagedAzureSearch" }, "vectorStoreId"],
    [
      { type: "CosmosDBNoSqlVectorStore", connectionName: "c", databaseName: "d", containerName: "e" },
      "embeddingConfiguration",
    ],
  ])("refuse %j", async (json, target) => {
    const how = { method: "PATCH", json };
    const { status, body } = await answerOf(emulatorOf(), "project", "/indexes/i/versions/1", how);
    expect([status, body.error.target]).toEqual([400, target]);
  });
});

test("what belongs to a project is not seen from another", async () => {
  const emulator = emulatorOf();
  await good(emulator, "project", "/agents/guide/versions", { json: prompt() });
  await uploadTo(emulator, "agents", "a.txt", "x");
  const headers = { authorization: "Bearer emulator-key" };
  for (const path of ["/agents", "/files", "/vector_stores", "/datasets", "/evaluations/runs"]) {
    const response = await emulator.fetch(`http://emulator.test/api/projects/q${path}?api-version=v1`, {
      headers,
    });
    const body = (await response.json()) as Json;
    expect(body.data ?? body.value).toEqual([]);
  }
});
