// Agents through the bundled worker in real workerd, over sockets: the official SDK as a foreign caller that holds a
// session or a caller key and nothing of Azure's; a real OpenID provider that gives the worker its tokens; and the
// emulator as the project, behind a gate that takes nothing but such a token.
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { Readable } from "node:stream";
import { AgentsClient } from "@azure/ai-agents";
import { AIProjectsClient } from "azure-ai-projects-1beta";
import { createEmulator } from "latchkey/emulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Authority, startAuthority } from "../../test/entra/authority.ts";
import { createCallerKey } from "../keys.ts";
import { sleep, startWorker, type Worker } from "./workerd.ts";

const ORIGIN = "http://127.0.0.1:5173";
const SECRET = "client-secret-canary-4711";
const SAID = "said-canary-4711";

let authority: Authority;
let gate: Server;
let worker: Worker;
let keys: [string, string];
let variables: Record<string, string>;
/** Credentials that the gate has seen. */
const shown: (string | undefined)[] = [];
/** The run whose caller leaves: has its connection to the project been closed? */
let endless: { closed: boolean } | undefined;

beforeAll(async () => {
  authority = await startAuthority([
    { client_id: "worker", client_secret: SECRET, token_endpoint_auth_method: "client_secret_post" },
  ]);
  const emulator = createEmulator({ paceMs: 5 });
  gate = createServer((request, response) => {
    const { authorization } = request.headers;
    shown.push(authorization);
    const fail = (cause: unknown) => response.destroy(cause as Error);
    if (!/^Bearer [\w-]{20,}$/.test(authorization ?? "")) {
      response.writeHead(401).end("{}");
      return;
    }
    const body = ["GET", "HEAD"].includes(request.method!)
      ? null
      : (Readable.toWeb(request) as ReadableStream<Uint8Array>);
    const headers = { ...(request.headers as Record<string, string>), authorization: "Bearer emulator-key" };
    const url = `http://127.0.0.1${request.url}`;
    emulator
      .fetch(new Request(url, { method: request.method!, headers, body, ...{ duplex: "half" } }))
      .then((answer) => {
        response.writeHead(answer.status, Object.fromEntries(answer.headers));
        if (answer.body === null) return void response.end();
        Readable.fromWeb(answer.body as import("node:stream/web").ReadableStream)
          .on("error", fail)
          .pipe(response);
        if (request.headers["x-ms-client-request-id"] === "endless") {
          endless = { closed: false };
          response.on("close", () => (endless!.closed = true));
        }
      }, fail);
  });
  await new Promise<void>((resolve) => gate.listen(0, "127.0.0.1", resolve));
  const made = [await createCallerKey("one"), await createCallerKey("two")] as const;
  keys = [made[0].key, made[1].key];
  const upstream = `http://127.0.0.1:${(gate.address() as AddressInfo).port}`;
  variables = {
    UPSTREAM_KIND: "inference",
    UPSTREAM_URL: `${upstream}/models`,
    UPSTREAM_KEY: "emulator-key",
    MODELS: "gpt-5-mini,fault-cut,fault-reset,fault-stall",
    ALLOWED_ORIGINS: ORIGIN,
    SESSION_SECRET: "session-secret-canary-0123456789abcdef",
    CALLER_KEYS: made.map(({ line }) => line).join(","),
    PROJECT_ENDPOINT: `${upstream}/api/projects/shop`,
    AZURE_TENANT_ID: "contoso.com",
    AZURE_CLIENT_ID: "worker",
    AZURE_CLIENT_SECRET: SECRET,
    AZURE_AUTHORITY_HOST: authority.url,
    PROJECT_SCOPE: "api://demo/.default",
  };
  worker = await startWorker(variables);
}, 30_000);

afterAll(async () => {
  await Promise.allSettled([worker?.close(), authority?.close()]);
  gate?.closeAllConnections();
  gate?.close();
});

/** The official client. Its own policy refuses to send a token by http, so a plain header takes its place. */
function sdk(credential: string, origin?: string): AgentsClient {
  const client = new AgentsClient(
    `${worker.url}/api/projects/shop`,
    { getToken: async () => ({ token: credential, expiresOnTimestamp: Date.now() + 3_600_000 }) },
    { allowInsecureConnection: true, retryOptions: { maxRetries: 0 } },
  );
  client.pipeline.removePolicy({ name: "bearerTokenAuthenticationPolicy" });
  client.pipeline.addPolicy({
    name: "header",
    sendRequest: (request, next) => {
      request.headers.set("authorization", `Bearer ${credential}`);
      if (origin !== undefined) request.headers.set("origin", origin);
      return next(request);
    },
  });
  return client;
}

async function session(): Promise<string> {
  const response = await fetch(`${worker.url}/session`, { method: "POST", headers: { origin: ORIGIN } });
  return ((await response.json()) as { token: string }).token;
}

describe("the official client", () => {
  test("with a worker session alone: an agent, a thread, a message, a run, its answer", async () => {
    const client = sdk(await session(), ORIGIN);
    const agent = await client.createAgent("gpt-5-mini", { name: "desk", instructions: "Be brief." });
    const thread = await client.threads.create();
    await client.messages.create(thread.id, "user", `Echo: ${SAID}`);
    const run = await client.runs.createAndPoll(thread.id, agent.id, {
      pollingOptions: { intervalInMs: 50 },
    });
    expect(run.status).toBe("completed");
    const texts: string[] = [];
    for await (const message of client.messages.list(thread.id)) texts.push(JSON.stringify(message.content));
    expect(texts).toHaveLength(2);
    const names: (string | null)[] = [];
    for await (const one of client.listAgents()) names.push(one.name);
    expect(names).toEqual(["desk"]);
    await client.deleteAgent(agent.id);
    await client.threads.delete(thread.id);
  }, 30_000);

  test("streams a run to its end", async () => {
    const client = sdk(keys[0]);
    const agent = await client.createAgent("gpt-5-mini");
    const thread = await client.threads.create();
    await client.messages.create(thread.id, "user", "Say hello");
    const stream = await client.runs.create(thread.id, agent.id).stream();
    const events: string[] = [];
    for await (const { event } of stream) events.push(event);
    expect(events[0]).toBe("thread.run.created");
    expect(events.slice(-2)).toEqual(["thread.run.completed", "done"]);
    const entry = await worker.logged((one) => one.stream === true && one.route.endsWith("/runs"));
    expect(entry).toMatchObject({ outcome: "complete", finish_reason: "completed" });
    expect(entry.usage?.total_tokens).toBeGreaterThan(0);
  }, 30_000);

  test("uploads and reads files, and searches in them by a vector store", async () => {
    const client = sdk(keys[0]);
    const file = await client.files.upload(
      Readable.from([Buffer.from("The door code is 4711.")]),
      "assistants",
      { fileName: "notes.txt" },
    );
    expect((await client.files.get(file.id)).id).toBe(file.id);
    const store = await client.vectorStores.create({ fileIds: [file.id], name: "notes" });
    const inside: string[] = [];
    for await (const one of client.vectorStoreFiles.list(store.id)) inside.push(one.id);
    expect(inside).toEqual([file.id]);
    await client.vectorStores.delete(store.id);
    await client.files.delete(file.id);
  }, 30_000);

  test("the client of the preview, by the parts of a connection string", async () => {
    const client = new AIProjectsClient(
      worker.url,
      "any-subscription",
      "any-group",
      "shop",
      { getToken: async () => ({ token: keys[0], expiresOnTimestamp: Date.now() + 3_600_000 }) },
      { allowInsecureConnection: true, retryOptions: { maxRetries: 0 } },
    );
    // As above; this one hides its pipeline.
    const { pipeline } = (client as unknown as { _client: Pick<AgentsClient, "pipeline"> })._client;
    pipeline.removePolicy({ name: "bearerTokenAuthenticationPolicy" });
    pipeline.addPolicy({
      name: "header",
      sendRequest: (request, next) => {
        request.headers.set("authorization", `Bearer ${keys[0]}`);
        return next(request);
      },
    });
    const agent = await client.agents.createAgent("gpt-5-mini", { name: "era" });
    const thread = await client.agents.createThread();
    await client.agents.createMessage(thread.id, { role: "user", content: "Echo: hi" });
    const events: string[] = [];
    for await (const { event } of await client.agents.createRun(thread.id, agent.id).stream()) {
      events.push(event);
    }
    expect(events.slice(-2)).toEqual(["thread.run.completed", "done"]);
    const { data: messages } = await client.agents.listMessages(thread.id);
    expect(messages.map(({ role }) => role)).toEqual(["assistant", "user"]);
    const { data } = await client.agents.listAgents();
    expect(data.map(({ id }) => id)).toContain(agent.id);
    await client.agents.deleteAgent(agent.id);
  }, 30_000);

  test("F18 another caller finds none of it", async () => {
    const mine = sdk(keys[0]);
    const agent = await mine.createAgent("gpt-5-mini");
    const thread = await mine.threads.create();
    const other = sdk(keys[1]);
    await expect(other.getAgent(agent.id)).rejects.toMatchObject({ statusCode: 404 });
    await expect(other.threads.get(thread.id)).rejects.toMatchObject({ statusCode: 404 });
    const theirs = await other.threads.create();
    await expect(other.runs.create(theirs.id, agent.id)).rejects.toMatchObject({ statusCode: 404 });
  }, 30_000);
});

describe("the worker's own identity", () => {
  test("C16 one token of the provider's for all requests, and no secret in any line", async () => {
    const get = () =>
      fetch(`${worker.url}/api/projects/shop/assistants/x`, {
        headers: { authorization: `Bearer ${keys[0]}` },
      });
    await Promise.all(Array.from({ length: 20 }, get));
    expect(authority.forms).toHaveLength(1);
    expect(authority.forms[0]!.get("client_secret")).toBe(SECRET);
    expect(new Set(shown).size).toBe(1);
    const lines = worker.output.join("\n");
    for (const secret of [SECRET, SAID, shown[0]!.slice(7), keys[0]]) expect(lines).not.toContain(secret);
  });

  test("a secret that the provider refuses: 502, with its code in the log and nothing else", async () => {
    const wrong = await startWorker({
      UPSTREAM_KIND: "inference",
      UPSTREAM_URL: "http://127.0.0.1:9/models",
      UPSTREAM_KEY: "emulator-key",
      MODELS: "gpt-5-mini",
      ALLOWED_ORIGINS: ORIGIN,
      SESSION_SECRET: "session-secret-canary-0123456789abcdef",
      CALLER_KEYS: (await createCallerKey("one")).line,
      PROJECT_ENDPOINT: "http://127.0.0.1:9/api/projects/shop",
      PROJECT_SCOPE: "api://demo/.default",
      AZURE_TENANT_ID: "contoso.com",
      AZURE_CLIENT_ID: "worker",
      AZURE_CLIENT_SECRET: "wrong-canary",
      AZURE_AUTHORITY_HOST: authority.url,
    });
    try {
      const opened = await fetch(`${wrong.url}/session`, { method: "POST", headers: { origin: ORIGIN } });
      const { token } = (await opened.json()) as { token: string };
      const response = await fetch(`${wrong.url}/api/projects/shop/threads`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, origin: ORIGIN, "content-type": "application/json" },
        body: "{}",
      });
      expect([response.status, await response.text()]).toEqual([502, expect.not.stringContaining("canary")]);
      expect(await wrong.logged((one) => one.status === 502)).toMatchObject({
        reason: "token_refused",
        failure: "invalid_client",
      });
      expect(wrong.output.join("\n")).not.toContain("wrong-canary");
    } finally {
      await wrong.close();
    }
  }, 30_000);
});

describe("a run's stream that breaks off at the project", () => {
  const send = (path: string, body: unknown) =>
    fetch(`${worker.url}/api/projects/shop${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${keys[0]}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  for (const model of ["fault-cut", "fault-reset"]) {
    test(`${model}: the last event says so`, async () => {
      const agent = (await (await send("/assistants", { model })).json()) as { id: string };
      const messages = [{ role: "user", content: "Say hello" }];
      const response = await send("/threads/runs", {
        assistant_id: agent.id,
        stream: true,
        thread: { messages },
      });
      const text = await response.text();
      expect(text).toMatch(/^event: thread\.created\ndata: /);
      const frame = /event: error\ndata: (.*)\n\n$/.exec(text)?.[1];
      expect(JSON.parse(frame!).error).toMatchObject({ code: "stream_truncated", type: "server_error" });
      const id = response.headers.get("x-request-id");
      expect((await worker.logged((one) => one.request_id === id)).outcome).toMatch(
        /truncated|upstream_error/,
      );
    });
  }
});

test("C16 twenty first calls of a fresh worker, some of them given up, are one or two tokens and no hang", async () => {
  const before = authority.forms.length;
  const fresh = await startWorker(variables);
  try {
    const headers = { authorization: `Bearer ${keys[0]}` };
    const get = (signal: AbortSignal | null) =>
      fetch(`${fresh.url}/api/projects/shop/assistants`, { headers, signal });
    const first = [AbortSignal.timeout(1), AbortSignal.timeout(2)].map((signal) =>
      get(signal).catch(() => undefined),
    );
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(null)));
    await Promise.all(first);
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    // A list of nothing asks nobody; these do.
    const thread = () =>
      fetch(`${fresh.url}/api/projects/shop/threads`, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body: "{}",
      });
    const gone = new AbortController();
    const left = fetch(`${fresh.url}/api/projects/shop/threads`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: "{}",
      signal: gone.signal,
    }).catch(() => undefined);
    setTimeout(() => gone.abort(), 3);
    const made = await Promise.all(Array.from({ length: 20 }, thread));
    await left;
    expect(made.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(authority.forms.length - before).toBeGreaterThan(0);
    expect(authority.forms.length - before).toBeLessThanOrEqual(2);
  } finally {
    await fresh.close();
  }
}, 30_000);

test("a caller that leaves in the middle of a run closes the stream at the project", async () => {
  const headers = { authorization: `Bearer ${keys[0]}`, "content-type": "application/json" };
  const post = async (path: string, body: unknown) =>
    (await (
      await fetch(`${worker.url}/api/projects/shop${path}`, {
        method: "POST",
        headers,
        body: JSON.stringify(body),
      })
    ).json()) as { id: string };
  const agent = await post("/assistants", { model: "gpt-5-mini" });
  const thread = await post("/threads", {
    messages: [{ role: "user", content: `Echo: ${"word ".repeat(2000)}` }],
  });
  const body = JSON.stringify({ assistant_id: agent.id, stream: true });
  const socket = connect(worker.port, "127.0.0.1");
  socket.write(
    `POST /api/projects/shop/threads/${thread.id}/runs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${keys[0]}\r\nContent-Type: application/json\r\nx-ms-client-request-id: endless\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  await new Promise((resolve) => socket.once("data", resolve));
  socket.resetAndDestroy();
  for (let waited = 0; endless?.closed !== true && waited < 5000; waited += 20) await sleep(20);
  expect(endless).toEqual({ closed: true });
}, 30_000);
