// The clients: where a call goes and as whom, by what they are made with; their options, and what comes with a result.
import { AzureOpenAI, type AzureOpenAIOptions, OpenAI, type OpenAIOptions } from "latchkey/openai";
import { afterEach, describe, expect, test, vi } from "vitest";
import { COMPLETION, failureOf, json, thrownBy } from "../service.ts";
import { azure, DATED, KEY, RESOURCE, recorder, type Seen } from "./recorder.ts";

const CHAT = { model: "m", messages: [{ role: "user" as const, content: "Hi" }] };
const target = () => recorder(() => json({ ...COMPLETION, output: [], data: [] }));

async function chat(options: Partial<AzureOpenAIOptions>, body: object = CHAT): Promise<Seen> {
  const { fetch, seen } = target();
  await new AzureOpenAI({ apiKey: KEY, fetch, ...options }).chat.completions.create(body as typeof CHAT);
  return seen[0]!;
}

describe("where a call goes", () => {
  const dated = `/openai/deployments/m/chat/completions?api-version=${DATED}`;
  test.each([
    ["a date", { endpoint: RESOURCE, apiVersion: DATED }, dated],
    ["slashes at the end", { endpoint: `${RESOURCE}///`, apiVersion: DATED }, dated],
    ["a URL object", { endpoint: new URL(RESOURCE), apiVersion: DATED }, dated],
    ["no version", { endpoint: RESOURCE }, "/openai/v1/chat/completions"],
    ["v1", { endpoint: RESOURCE, apiVersion: "v1" }, "/openai/v1/chat/completions"],
    [
      "preview",
      { endpoint: RESOURCE, apiVersion: "preview" },
      "/openai/v1/chat/completions?api-version=preview",
    ],
    [
      "a deployment",
      { endpoint: RESOURCE, apiVersion: DATED, deployment: "mine" },
      `/openai/deployments/mine/chat/completions?api-version=${DATED}`,
    ],
    [
      "a deployment with a strange name",
      { endpoint: RESOURCE, apiVersion: DATED, deployment: "a/../b?c#d%2f" },
      `/openai/deployments/a%2F..%2Fb%3Fc%23d%252f/chat/completions?api-version=${DATED}`,
    ],
    [
      "a baseURL",
      { baseURL: `${RESOURCE}/openai`, apiVersion: DATED },
      `/openai/deployments/m/chat/completions?api-version=${DATED}`,
    ],
    [
      "a baseURL below a deployment",
      { baseURL: `${RESOURCE}/openai/deployments/x`, apiVersion: DATED, deployment: "mine" },
      `/openai/deployments/x/chat/completions?api-version=${DATED}`,
    ],
    [
      "a baseURL that only looks so",
      { baseURL: `${RESOURCE}/deployments-proxy`, apiVersion: DATED },
      `/deployments-proxy/deployments/m/chat/completions?api-version=${DATED}`,
    ],
    ["a baseURL without a version", { baseURL: `${RESOURCE}/openai/v1/` }, "/openai/v1/chat/completions"],
  ])("%s", async (_, options, expected) => {
    const { path, query } = await chat(options);
    expect(path + query).toBe(expected);
  });

  test("the deployment is the model of a v1 body", async () => {
    const { body } = await chat({ endpoint: RESOURCE, deployment: "mine" });
    expect(body).toMatchObject({ model: "mine" });
  });

  test("a dated body keeps its model", async () => {
    const { body } = await chat({ endpoint: RESOURCE, apiVersion: DATED, deployment: "mine" });
    expect(body).toMatchObject({ model: "m" });
  });

  test.each(["", ".", "..", 7, null])("the model %j is no place to go", async (model) => {
    const { fetch, seen } = target();
    const error = await thrownBy(() =>
      azure({ fetch }).chat.completions.create({ ...CHAT, model: model as string }),
    );
    expect(error).toBeInstanceOf(TypeError);
    expect(seen).toHaveLength(0);
  });

  test("what has no deployment stays above them, even where the body has a model", async () => {
    const { fetch, seen } = target();
    const client = azure({ fetch }, { deployment: "mine" });
    await client.fineTuning.jobs.create({ model: "m", training_file: "f" });
    await client.responses.create({ model: "m", input: "Hi" });
    await client.batches.list();
    expect(seen.map(({ path }) => path)).toEqual([
      "/openai/fine_tuning/jobs",
      "/openai/responses",
      "/openai/batches",
    ]);
  });

  test.each([
    [{}, "https://api.openai.com/v1/models"],
    [{ baseURL: "http://localhost:11434/v1/" }, "http://localhost:11434/v1/models"],
    [{ baseURL: null }, "https://api.openai.com/v1/models"],
  ])("OpenAI %j", async (options, href) => {
    let url = "";
    const fetch = async (input: Request | URL | string) => {
      url = (input as Request).url;
      return json({ data: [] });
    };
    await new OpenAI({ apiKey: KEY, fetch, ...options }).models.list();
    expect(url).toBe(href);
  });
});

describe("an endpoint that is really a baseURL", () => {
  test.each(["/openai", "/openai/v1", "/openai/v1/"])("%s is a TypeError that says so", (path) => {
    const make = () => new AzureOpenAI({ endpoint: RESOURCE + path, apiKey: KEY });
    expect(make).toThrow(TypeError);
    expect(make).toThrow("baseURL");
    expect(() => new AzureOpenAI({ baseURL: RESOURCE + path, apiKey: KEY })).not.toThrow();
  });
});

describe("ids that try to leave their path", () => {
  const IDS = ["", ".", "..", "\ud800"];
  const calls: [string, (client: AzureOpenAI, id: string) => unknown][] = [
    ["files.retrieve", (c, id) => c.files.retrieve(id)],
    ["files.content", (c, id) => c.files.content(id)],
    ["files.delete", (c, id) => c.files.delete(id)],
    ["batches.cancel", (c, id) => c.batches.cancel(id)],
    ["jobs.listEvents", (c, id) => c.fineTuning.jobs.listEvents(id)],
    ["checkpoints.list", (c, id) => c.fineTuning.jobs.checkpoints.list(id)],
    ["models.retrieve", (c, id) => c.models.retrieve(id)],
    ["responses.retrieve", (c, id) => c.responses.retrieve(id)],
    ["responses.poll", (c, id) => c.responses.poll(id)],
    ["conversations.items.retrieve", (c, id) => c.conversations.items.retrieve(id, { conversation_id: "c" })],
    ["conversations.items.delete", (c, id) => c.conversations.items.delete("i", { conversation_id: id })],
  ];
  test.each(calls)("%s refuses what is no segment", async (_, call) => {
    const { fetch, seen } = target();
    for (const id of [...IDS, undefined as unknown as string]) {
      expect(await thrownBy(async () => call(azure({ fetch }), id))).toBeInstanceOf(TypeError);
    }
    expect(seen).toHaveLength(0);
  });

  test.each([
    ["a/../../secrets", "a%2F..%2F..%2Fsecrets"],
    ["x?api-key=1#y", "x%3Fapi-key%3D1%23y"],
    ["%2e%2e", "%252e%252e"],
    ["..\\..", "..%5C.."],
    ["a\r\nb\0", "a%0D%0Ab%00"],
    ["é 猫", "%C3%A9%20%E7%8C%AB"],
  ])("%j is one segment", async (id, segment) => {
    const { fetch, seen } = target();
    await azure({ fetch }).files.retrieve(id);
    expect(seen[0]).toMatchObject({ path: `/openai/files/${segment}`, query: `?api-version=${DATED}` });
  });
});

describe("what a client is made with", () => {
  const provider = () => "token";
  const good = { endpoint: RESOURCE, apiVersion: DATED };
  const WRONG: [string, unknown, RegExp][] = [
    ["nothing", undefined, /endpoint|apiKey/],
    ["no credential", good, /apiKey, azureADTokenProvider, credential; none/],
    ["an empty key", { ...good, apiKey: "" }, /credential/],
    ["a key that is undefined", { ...good, apiKey: undefined }, /none is given/],
    [
      "a key and a provider",
      { ...good, apiKey: KEY, azureADTokenProvider: provider },
      /apiKey and azureADTokenProvider/,
    ],
    ["a key and a credential", { ...good, apiKey: KEY, credential: { key: KEY } }, /apiKey and credential/],
    ["a provider that is text", { ...good, azureADTokenProvider: KEY }, /azureADTokenProvider/],
    ["no address", { apiVersion: DATED, apiKey: KEY }, /endpoint, baseURL; none/],
    ["two addresses", { ...good, baseURL: RESOURCE, apiKey: KEY }, /endpoint and baseURL/],
    ["an address with a user", { ...good, endpoint: `https://u:${KEY}@h.example`, apiKey: KEY }, /endpoint/],
    ["http elsewhere", { ...good, endpoint: "http://h.example", apiKey: KEY }, /https/],
    ["an empty version", { ...good, apiVersion: "", apiKey: KEY }, /apiVersion/],
    ["a version that is a number", { ...good, apiVersion: 2024, apiKey: KEY }, /apiVersion/],
    ["an empty deployment", { ...good, deployment: "", apiKey: KEY }, /deployment/],
    ["an unknown option", { ...good, apikey: KEY, apiKey: KEY }, /apikey/],
    ["a timeout of 0", { ...good, apiKey: KEY, timeoutMs: 0 }, /timeoutMs/],
  ];
  test.each(WRONG)("%s is a TypeError that names it, without a value", async (_, options, message) => {
    const error = (await thrownBy(() => new AzureOpenAI(options as AzureOpenAIOptions))) as Error;
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain(KEY);
  });

  test("OpenAI knows no endpoint", async () => {
    const options = { endpoint: RESOURCE, apiKey: KEY } as OpenAIOptions;
    expect(String(await thrownBy(() => new OpenAI(options)))).toMatch(/Unknown option: endpoint/);
  });

  test.each([
    ["a key", { apiKey: KEY }, { "api-key": KEY, authorization: null }],
    ["a key object", { credential: { key: KEY } }, { "api-key": KEY, authorization: null }],
    ["a provider", { azureADTokenProvider: provider }, { "api-key": null, authorization: "Bearer token" }],
    ["a function as the key", { apiKey: provider }, { "api-key": null, authorization: "Bearer token" }],
  ])("%s goes out in its header", async (_, options, expected) => {
    const { headers } = await chat({ ...good, apiKey: undefined, ...options });
    for (const [name, value] of Object.entries(expected)) expect(headers.get(name)).toBe(value);
  });

  test("a token credential is asked for the scope of Cognitive Services", async () => {
    const getToken = vi.fn(async () => ({ token: "t", expiresOnTimestamp: Date.now() + 3_600_000 }));
    await chat({ ...good, apiKey: undefined, credential: { getToken } });
    expect(getToken).toHaveBeenCalledWith("https://cognitiveservices.azure.com/.default", expect.anything());
  });

  test("npm's names of options", async () => {
    const { headers, query } = await chat({
      ...good,
      organization: "org",
      project: "proj",
      defaultHeaders: { "x-a": "1", "x-b": "1" },
      headers: { "x-b": "2" },
      defaultQuery: { trace: "1" },
      timeout: 1000,
    });
    const names = ["openai-organization", "openai-project", "x-a", "x-b"];
    expect(names.map((name) => headers.get(name))).toEqual(["org", "proj", "1", "2"]);
    expect(query).toBe(`?trace=1&api-version=${DATED}`);
  });
});

describe("in a browser", () => {
  afterEach(() => vi.unstubAllGlobals());

  test("C01 a key needs an opt-in, a token doesn't", async () => {
    vi.stubGlobal("navigator", { userAgent: "Mozilla/5.0" });
    const at = { endpoint: RESOURCE };
    expect(await thrownBy(() => new AzureOpenAI({ ...at, apiKey: KEY }))).toBeInstanceOf(TypeError);
    expect(await thrownBy(() => new OpenAI({ apiKey: KEY }))).toBeInstanceOf(TypeError);
    new AzureOpenAI({ ...at, apiKey: KEY, dangerouslyAllowBrowser: true });
    new AzureOpenAI({ ...at, azureADTokenProvider: () => "t" });
    new OpenAI({ credential: { getToken: async () => null } });
  });
});

describe("options of a call", () => {
  test("query, headers, timeout, signal", async () => {
    const { fetch, seen } = target();
    const client = azure({ fetch });
    const query = { trace: [1, 2], "api-version": "other", none: null };
    await client.files.retrieve("f", { query, headers: { "x-a": "1", accept: null }, timeout: 1000 });
    expect(seen[0]?.query).toBe("?trace%5B%5D=1&trace%5B%5D=2&api-version=other");
    expect(seen[0]?.headers.get("x-a")).toBe("1");
    const error = await failureOf(client.files.retrieve("f", { signal: AbortSignal.abort("why") }));
    expect(error).toMatchObject({ kind: "aborted", cause: "why" });
    expect(seen).toHaveLength(1);
  });

  test("an unknown one is a TypeError", async () => {
    const options = { retries: 1 } as object;
    expect(await thrownBy(() => azure(target()).files.retrieve("f", options))).toBeInstanceOf(TypeError);
  });

  test("model_extras are laid over a chat's body, and passed through", async () => {
    const { body, headers } = await chat(
      { endpoint: RESOURCE },
      { ...CHAT, temperature: 1, model_extras: { temperature: 2, safe: true } },
    );
    expect(body).toEqual({ ...CHAT, temperature: 2, safe: true });
    expect(headers.get("extra-parameters")).toBe("pass-through");
  });

  test("empty model_extras are none", async () => {
    const { body, headers } = await chat({ endpoint: RESOURCE }, { ...CHAT, model_extras: {} });
    expect(body).toEqual(CHAT);
    expect(headers.get("extra-parameters")).toBeNull();
  });
});

describe("what comes with a result", () => {
  const answer = () => json({ ...COMPLETION }, 200, { "apim-request-id": "req-1", "x-extra": "e" });

  test("the request's id, out of sight", async () => {
    const completion = await azure(recorder(answer)).chat.completions.create(CHAT);
    expect(completion.requestId).toBe("req-1");
    expect(completion._request_id).toBe("req-1");
    expect(JSON.stringify(completion)).toBe(JSON.stringify(COMPLETION));
  });

  test("withResponse: the result, the response and the id", async () => {
    const call = azure(recorder(answer)).chat.completions.create(CHAT);
    const { data, response, requestId, request_id } = await call.withResponse();
    expect(data.id).toBe(COMPLETION.id);
    expect(response.headers.get("x-extra")).toBe("e");
    expect([requestId, request_id]).toEqual(["req-1", "req-1"]);
    expect(await call).toBe(data);
  });

  test("asResponse: the response unread", async () => {
    const response = await azure(recorder(answer)).chat.completions.create(CHAT).asResponse();
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(COMPLETION);
  });

  test("it is a promise in every way", async () => {
    const call = azure(recorder(answer)).chat.completions.create(CHAT);
    expect(call).toBeInstanceOf(Promise);
    expect(await call.finally(() => {}).then(({ id }) => id)).toBe(COMPLETION.id);
    const failing = azure(recorder(() => json({ error: { message: "no" } }, 404))).files.retrieve("f");
    expect(await failing.catch((error: Error) => error.name)).toBe("NotFoundError");
    expect(await Promise.allSettled([failing])).toMatchObject([{ status: "rejected" }]);
  });
});

describe("withOptions", () => {
  test("lays options over the client's own", async () => {
    const { fetch, seen } = target();
    const client = azure({ fetch }, { headers: { "x-a": "1" } });
    const other = client.withOptions({ apiVersion: "v1", headers: { "x-b": "2" }, maxRetries: 5 });
    expect(other).toBeInstanceOf(AzureOpenAI);
    await other.files.retrieve("f");
    await client.files.retrieve("f");
    expect(seen.map(({ path, query }) => path + query)).toEqual([
      "/openai/v1/files/f",
      `/openai/files/f?api-version=${DATED}`,
    ]);
  });

  test("shares the token, and takes another credential or address in place of the old one", async () => {
    const { fetch, seen } = target();
    const getToken = vi.fn(async () => ({ token: "t", expiresOnTimestamp: Date.now() + 3_600_000 }));
    const client = new AzureOpenAI({ endpoint: RESOURCE, credential: { getToken }, fetch });
    await client.files.retrieve("f");
    await client.withOptions({ maxRetries: 0 }).files.retrieve("f");
    expect(getToken).toHaveBeenCalledTimes(1);
    await client.withOptions({ apiKey: KEY, baseURL: "https://other.example/v1" }).files.retrieve("f");
    expect(seen[2]).toMatchObject({ path: "/v1/files/f" });
    expect(seen[2]?.headers.get("api-key")).toBe(KEY);
  });

  test("close ends both", async () => {
    const client = azure(target());
    const other = client.withOptions({ maxRetries: 0 });
    client.close();
    expect(await failureOf(other.files.retrieve("f"))).toMatchObject({ kind: "aborted" });
  });
});

test("nothing that is printed has the key", () => {
  const client = azure(target());
  expect(JSON.stringify(client)).not.toContain(KEY);
});
