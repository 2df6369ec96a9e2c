// The official clients of projects and agents, of the connection-string era and of today, over a real socket.

import { AgentsClient } from "@azure/ai-agents";
import { AIProjectsClient, type AIProjectsClientOptions } from "azure-ai-projects-1beta";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createEmulator } from "../index.ts";
import { serveEmulator } from "../serve.ts";

let origin = "";
let close = async (): Promise<void> => {};
beforeAll(async () => {
  const served = await serveEmulator(createEmulator(), { port: 0 });
  origin = served.url;
  close = served.close;
});
afterAll(() => close());

const credential = {
  getToken: async () => ({ token: "emulator-key", expiresOnTimestamp: Date.now() + 3_600_000 }),
};

/** They take no http, and one knows three hosts: the last step before the socket leads them here. */
function options(): AIProjectsClientOptions {
  const policy: NonNullable<AIProjectsClientOptions["additionalPolicies"]>[number]["policy"] = {
    name: "lead-to-emulator",
    sendRequest: (request, next) => {
      const { pathname, search } = new URL(request.url);
      request.url = origin + pathname + search;
      request.allowInsecureConnection = true;
      return next(request);
    },
  };
  return { additionalPolicies: [{ policy, position: "perRetry" }], retryOptions: { maxRetries: 0 } };
}

const text = (): ReadableStream<Uint8Array> => new Blob(["The lighthouse was built in 1872."]).stream();

describe("the official client of the era", () => {
  const client = (): AIProjectsClient =>
    AIProjectsClient.fromConnectionString("region.api.azureml.ms;sub;rg;ws", credential, options());

  test("lists and gets connections", async () => {
    const { connections } = client();
    const all = await connections.listConnections();
    expect(all.map(({ name }) => name)).toContain("emulator-aiservices");
    const search = await connections.listConnections({ category: "CognitiveSearch" });
    expect(search.map(({ name }) => name)).toEqual(["emulator-search"]);
    const plain = await connections.getConnection("emulator-openai");
    expect(plain.properties.authType).toBe("ApiKey");
    const { properties } = await connections.getConnectionWithSecrets("emulator-openai");
    expect(properties).toMatchObject({ credentials: { key: "emulator-key" } });
    await expect(connections.getConnection("none")).rejects.toMatchObject({ statusCode: 404 });
  });

  test("finds the connection string of telemetry", async () => {
    expect(await client().telemetry.getConnectionString()).toContain("InstrumentationKey=");
  });

  test("uploads files and fills vector stores", async () => {
    const { agents } = client();
    const file = await agents.uploadFile(text(), "assistants", {
      fileName: "notes.txt",
    });
    expect(file).toMatchObject({ filename: "notes.txt", status: "processed" });
    const { data } = await agents.listFiles({ purpose: "assistants" });
    expect(data.map(({ id }) => id)).toEqual([file.id]);
    const store = await agents.createVectorStoreAndPoll({ fileIds: [file.id], name: "s" }).pollUntilDone();
    expect(store).toMatchObject({ status: "completed", fileCounts: { completed: 1, total: 1 } });
    const added = await agents
      .createVectorStoreFileBatchAndPoll(store.id, { fileIds: [file.id] })
      .pollUntilDone();
    expect(added.status).toBe("completed");
    const files = await agents.listVectorStoreFiles(store.id);
    expect(files.data.map(({ id }) => id)).toEqual([file.id]);
    expect(await agents.deleteVectorStore(store.id)).toMatchObject({ deleted: true });
    expect(await agents.deleteFile(file.id)).toMatchObject({ deleted: true });
  }, 20_000);
});

describe("the official client of today", () => {
  const client = (): AgentsClient =>
    new AgentsClient("https://emulator.test/api/projects/p", credential, options());

  test("uploads files and fills vector stores", async () => {
    const { files, vectorStores, vectorStoreFiles, vectorStoreFileBatches } = client();
    const options = { fileName: "notes.txt" };
    const file = await files.uploadAndPoll(text(), "assistants", options).pollUntilDone();
    expect(file).toMatchObject({ filename: "notes.txt", status: "processed" });
    expect((await files.list({ purpose: "assistants" })).data.map(({ id }) => id)).toEqual([file.id]);
    const content = await files.getContent(file.id).asNodeStream();
    let downloaded = "";
    for await (const chunk of content.body ?? []) downloaded += String(chunk);
    expect(downloaded).toBe("The lighthouse was built in 1872.");
    const store = await vectorStores.createAndPoll({ fileIds: [file.id], name: "s" }).pollUntilDone();
    expect(store).toMatchObject({ status: "completed", fileCounts: { completed: 1 }, name: "s" });
    const chunkingStrategy = {
      type: "static",
      static: { maxChunkSizeTokens: 100, chunkOverlapTokens: 50 },
    } as const;
    const second = await vectorStoreFiles
      .createAndPoll(store.id, { fileId: file.id, chunkingStrategy })
      .pollUntilDone();
    expect(second).toMatchObject({ status: "completed", chunkingStrategy });
    const batch = await vectorStoreFileBatches
      .createAndPoll(store.id, { fileIds: [file.id] })
      .pollUntilDone();
    const listed: string[] = [];
    for await (const { id } of vectorStoreFileBatches.list(store.id, batch.id)) listed.push(id);
    expect(listed).toEqual([file.id]);
    const renamed = await vectorStores.update(store.id, {
      name: "t",
      expiresAfter: { anchor: "last_active_at", days: 1 },
    });
    expect(renamed).toMatchObject({ name: "t", expiresAfter: { days: 1 } });
    const names: string[] = [];
    for await (const { name } of vectorStores.list({ limit: 1 })) names.push(name);
    expect(names).toContain("t");
    await expect(vectorStores.get("vs_none")).rejects.toMatchObject({ statusCode: 404 });
    await expect(vectorStores.create({ fileIds: ["none"] })).rejects.toMatchObject({ statusCode: 404 });
    expect(await vectorStoreFiles.delete(store.id, file.id)).toMatchObject({ deleted: true });
    expect(await vectorStores.delete(store.id)).toMatchObject({ deleted: true });
    expect(await files.delete(file.id)).toMatchObject({ deleted: true });
  }, 20_000);
});
