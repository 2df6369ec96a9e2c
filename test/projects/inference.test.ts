// Clients of models: which connection they come from, where they call, as whom, and what they take over.
import {
  type AIProjectClient,
  CredentialError,
  NotFoundError,
  AIProjectClient as Project,
} from "latchkey/projects";
import { describe, expect, test, vi } from "vitest";
import { COMPLETION, failureOf, json, thrownBy } from "../service.ts";
import {
  CONNECTION_STRING,
  credential,
  current,
  currentConnection,
  ENDPOINT,
  era,
  eraConnection,
  recorder,
  SECRET,
} from "./recorder.ts";

const COGNITIVE = "Bearer for-https://cognitiveservices.azure.com/.default";
const ML = "Bearer for-https://ml.azure.com/.default";
const MESSAGES = [{ role: "user" as const, content: "Hi" }];

/** A service of any project and any model; the connection is what's given. */
const world = (properties: object) =>
  recorder(({ request }) => {
    const sent = request.includes("/api/projects/")
      ? currentConnection(properties)
      : eraConnection(properties);
    if (/\/connections\?/.test(request)) return json({ value: [sent] });
    if (/\/connections\//.test(request)) return json(sent);
    return json(/embeddings/.test(request) ? { data: [] } : COMPLETION);
  });

const USES: Record<string, (client: AIProjectClient, choice?: object) => Promise<unknown>> = {
  "/chat/completions": async (c, choice) =>
    (await c.inference.getChatCompletionsClient({ model: "m", ...choice })).complete({ messages: MESSAGES }),
  "/embeddings": async (c, choice) => (await c.inference.getEmbeddingsClient(choice)).embed({ input: ["a"] }),
  "/images/embeddings": async (c, choice) =>
    (await c.inference.getImageEmbeddingsClient(choice)).embed({
      input: [{ image: "data:image/png;base64,AA==" }],
    }),
};

const openAI = async (c: AIProjectClient, options = {}) =>
  (await c.inference.getAzureOpenAIClient({ apiVersion: "2024-10-21", ...options })).chat.completions.create({
    model: "gpt",
    messages: MESSAGES,
  });

describe.each(Object.entries(USES))("the model inference API: %s", (path, use) => {
  const at = `${path}?api-version=2024-05-01-preview`;

  test("a connection with a key", async () => {
    const target = world({});
    await use(era(target));
    const { request, headers } = target.seen.at(-1)!;
    expect(request).toBe(`POST https://models.example/models${at}`);
    expect(headers.get("api-key")).toBe(SECRET);
    expect(headers.get("authorization")).toBe(`Bearer ${SECRET}`);
  });

  test("a connection of Entra ID", async () => {
    const target = world({ authType: "AAD", credentials: undefined });
    await use(era(target));
    expect(target.seen.at(-1)!.headers.get("authorization")).toBe(COGNITIVE);
  });

  test("a serverless connection is the model itself, with a scope of its own", async () => {
    const target = world({ category: "Serverless", authType: "AAD" });
    await use(era(target), { serverless: true });
    expect(target.seen[0]!.request).toContain("category=Serverless");
    expect(target.seen.at(-1)!.request).toBe(`POST https://models.example${at}`);
    expect(target.seen.at(-1)!.headers.get("authorization")).toBe(ML);
  });

  test("a connection by its name, whatever its type", async () => {
    for (const clientOf of [era, current]) {
      const target = world({ category: "AzureOpenAI" });
      await use(clientOf(target), { connectionName: "mine" });
      expect(target.seen).toHaveLength(2);
      expect(target.seen[0]!.request).toMatch(
        /\/connections\/mine\/(listsecrets|getConnectionWithCredentials)\?/,
      );
      expect(target.seen[1]!.request).toBe(`POST https://models.example/models${at}`);
    }
  });

  test("on a project endpoint the resource itself, without any connection", async () => {
    const target = world({});
    await use(current(target));
    expect(target.seen).toHaveLength(1);
    expect(target.seen[0]!.request).toBe(`POST https://resource.example/models${at}`);
    expect(target.seen[0]!.headers.get("authorization")).toBe(COGNITIVE);
  });
});

describe("Azure OpenAI", () => {
  test("of a connection with a key", async () => {
    const target = world({ category: "AzureOpenAI" });
    await openAI(era(target));
    expect(target.seen[0]!.request).toContain("category=AzureOpenAI");
    const { request, headers } = target.seen.at(-1)!;
    expect(request).toBe(
      "POST https://models.example/openai/deployments/gpt/chat/completions?api-version=2024-10-21",
    );
    expect(headers.get("api-key")).toBe(SECRET);
    expect(headers.get("authorization")).toBeNull();
  });

  test("of a connection of Entra ID", async () => {
    const target = world({ credentials: { type: "AAD" } });
    await openAI(current(target), { connectionName: "mine" });
    expect(target.seen.at(-1)!.headers.get("authorization")).toBe(COGNITIVE);
  });

  test("of a project endpoint", async () => {
    const target = world({});
    await openAI(current(target), { apiVersion: undefined });
    expect(target.seen.map(({ request }) => request)).toEqual([
      "POST https://resource.example/openai/v1/chat/completions",
    ]);
    expect(target.seen[0]!.headers.get("authorization")).toBe(COGNITIVE);
  });
});

describe("the project's own Responses and conversations", () => {
  const answer = { id: "resp_1", object: "response", status: "completed", output: [] };

  test("with an agent named in the call", async () => {
    const target = recorder(() => json(answer));
    const client = await current(target).getOpenAIClient();
    await client.responses.create({
      input: "Hi",
      agent_reference: { type: "agent_reference", name: "poet" },
    });
    const { request, headers, body } = target.seen[0]!;
    expect(request).toBe(`POST ${ENDPOINT}/openai/v1/responses`);
    expect(headers.get("authorization")).toBe("Bearer for-https://ai.azure.com/.default");
    expect(JSON.parse(body)).toEqual({
      input: "Hi",
      agent_reference: { type: "agent_reference", name: "poet" },
    });
  });

  test("at an agent's own endpoint", async () => {
    const target = recorder(() => json(answer));
    const client = await current(target).inference.getOpenAIClient({ agentName: "my poet" });
    await client.responses.create({ input: "Hi" });
    expect(target.seen[0]!.request).toBe(
      `POST ${ENDPOINT}/agents/my%20poet/endpoint/protocols/openai/responses?api-version=v1`,
    );
  });

  test("are not there for a connection string", async () => {
    expect(await thrownBy(era(recorder()).getOpenAIClient())).toBeInstanceOf(TypeError);
  });
});

describe("what can't be used", () => {
  test.each(["SAS", "CustomKeys", "None", "ManagedIdentity", "ApiKey", ""])(
    "a connection with %j",
    async (authType) => {
      const target = world({ authType, credentials: { SAS: SECRET } });
      for (const use of [...Object.values(USES), openAI]) {
        const error = await failureOf(use(era(target)));
        expect(error).toBeInstanceOf(CredentialError);
        expect(error.message).not.toContain(SECRET);
      }
      expect(target.seen.filter(({ request }) => request.includes("models.example"))).toEqual([]);
    },
  );

  test("a key of a proxy gives no token of Entra ID, and goes to no host of a connection", async () => {
    const target = world({ authType: "AAD", credentials: undefined });
    const hosts = { management: "https://proxy.example", agents: "https://proxy.example" };
    const project = Project.fromConnectionString(
      CONNECTION_STRING,
      { key: SECRET },
      { fetch: target.fetch, hosts },
    );
    for (const use of Object.values(USES))
      expect(await failureOf(use(project))).toBeInstanceOf(CredentialError);
    expect(target.seen.every(({ request }) => request.includes("https://proxy.example/"))).toBe(true);
  });

  test("C01 a key of a connection in a browser, unless it's opted in", async () => {
    vi.stubGlobal("navigator", { userAgent: "Mozilla/5.0" });
    try {
      const target = world({});
      for (const use of [...Object.values(USES), openAI])
        expect(await thrownBy(use(era(target)))).toBeInstanceOf(TypeError);
      await USES["/embeddings"]!(era(target, { dangerouslyAllowBrowser: true }));
      expect(target.seen.at(-1)!.headers.get("api-key")).toBe(SECRET);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  test("no connection", async () => {
    const target = recorder(() => json({ value: [] }));
    for (const use of [...Object.values(USES), openAI])
      expect(await failureOf(use(era(target)))).toBeInstanceOf(NotFoundError);
  });

  test("an empty name, or a target that is no URL", async () => {
    const target = world({ target: "_" });
    for (const use of [...Object.values(USES), openAI]) {
      expect(await thrownBy(use(era(target), { connectionName: "" }))).toBeInstanceOf(TypeError);
      expect(await thrownBy(use(era(target)))).toBeInstanceOf(TypeError);
    }
  });
});

describe("what a client takes over", () => {
  test("fetch, deadlines, log and trace; its own options win", async () => {
    const traced: string[] = [];
    const logged: string[] = [];
    const log = (message: string) => logged.push(message);
    const options = {
      trace: ({ name }: { name: string }) => {
        traced.push(name);
        return undefined;
      },
      logger: { debug: log, info: log, warn: log, error: log },
      logLevel: "info" as const,
      headers: { "x-project": "yes" },
    };
    const target = world({});
    await USES["/embeddings"]!(current(target, options));
    expect(traced).toEqual(["embeddings"]);
    expect(logged).toEqual(["latchkey: response"]);
    expect(target.seen[0]!.headers.get("x-project")).toBe("yes");
    const failing = recorder(() => json({}, 503, { "retry-after": "0" }));
    const project = new Project(ENDPOINT, credential, { fetch: failing.fetch, maxRetries: 1 });
    await failureOf(USES["/embeddings"]!(project));
    expect(failing.seen).toHaveLength(2);
    await failureOf(USES["/embeddings"]!(project, { maxRetries: 0 }));
    expect(failing.seen).toHaveLength(3);
  });

  test("not the project's headers, where the connection leads to another host", async () => {
    const target = world({});
    await USES["/embeddings"]!(era(target, { headers: { "x-project": SECRET } }));
    expect(target.seen.map(({ headers }) => headers.get("x-project"))).toEqual([SECRET, SECRET, null]);
  });

  test("a proxy's endpoint leads to the proxy's models", async () => {
    const target = world({});
    const project = new Project("https://worker.example/base/api/projects/p/", credential, {
      fetch: target.fetch,
    });
    await USES["/embeddings"]!(project);
    expect(target.seen[0]!.request).toContain("POST https://worker.example/base/models/embeddings?");
  });
});
