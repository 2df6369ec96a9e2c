// Connections: what they say, what they hide, and the tokens that come of them.
import { inspect } from "node:util";
import { NotFoundError, type TokenCredential } from "latchkey/projects";
import { describe, expect, test, vi } from "vitest";
import { drain, failureOf, json, thrownBy } from "../service.ts";
import { credential, current, currentConnection, era, eraConnection, recorder, SECRET } from "./recorder.ts";

const eraOf = (properties: object) => era(recorder(() => json(eraConnection(properties))));
const currentOf = (members: object) => current(recorder(() => json(currentConnection(members))));
const WITH = { includeCredentials: true };

describe("what a connection says", () => {
  const same = {
    id: "/subscriptions/sub/connections/main",
    name: "main",
    authentication_type: "ApiKey",
    endpoint_url: "https://models.example",
  };

  test("with a connection string", async () => {
    const connection = await eraOf({}).connections.get("main", WITH);
    expect(connection).toMatchObject({ ...same, connection_type: "AIServices" });
    expect(connection.key).toBe(SECRET);
    expect(connection.token_credential).toBeUndefined();
  });

  test("on a project endpoint", async () => {
    const connection = await currentOf({}).connections.get("main", WITH);
    expect(connection).toMatchObject({ ...same, connection_type: "AzureOpenAI", is_default: true });
    expect(connection.metadata).toEqual({ ApiType: "Azure" });
    expect(connection.key).toBe(SECRET);
    expect(connection.requestId).toBeTruthy();
  });

  test.each([
    ["https://a.example", "https://a.example"],
    ["https://a.example//", "https://a.example/"],
    ["_", "_"],
    [undefined, ""],
    [null, ""],
    [7, "7"],
  ])("one slash at the end of %j goes", async (target, endpoint_url) => {
    expect(await eraOf({ target }).connections.get("main")).toMatchObject({ endpoint_url });
  });

  test.each([
    ["ApiKey", { key: SECRET }],
    ["SAS", { SAS: SECRET }],
    ["CustomKeys", { keys: { one: SECRET } }],
    ["AAD", undefined],
    ["None", undefined],
    ["ManagedIdentity", { clientId: "c" }],
  ])("of every way to authenticate: %s", async (authType, credentials) => {
    const connection = await eraOf({ authType, credentials }).connections.get("main", WITH);
    expect(connection.authentication_type).toBe(authType);
    expect(connection.credentials).toEqual(credentials);
    const flat = await currentOf({ credentials: { type: authType, ...credentials } }).connections.get("main");
    expect(flat.authentication_type).toBe(authType);
    expect(flat.credentials).toMatchObject(credentials ?? {});
  });

  test.each([{}, { name: 7 }, { id: "x", properties: {} }])("%j is no connection", async (body) => {
    const client = current(recorder(() => json(body)));
    expect(await failureOf(client.connections.get("main"))).toMatchObject({ kind: "malformed" });
    const lists = current(recorder(() => json({ value: [body] })));
    expect(await failureOf(lists.connections.list())).toMatchObject({ kind: "malformed" });
  });
});

describe("secrets", () => {
  test("P4 are printed by nothing, and told to no log and no trace", async () => {
    const told: unknown[] = [];
    const log = (message: string, fields: object) => told.push(message, { ...fields });
    const options = {
      logger: { debug: log, info: log, warn: log, error: log },
      logLevel: "debug" as const,
      logBodies: true,
      trace: () => ({ end: (outcome: object) => told.push({ ...outcome }) }),
    };
    for (const client of [
      era(
        recorder(() => json(eraConnection())),
        options,
      ),
      current(
        recorder(() => json(currentConnection())),
        options,
      ),
      current(
        recorder(() => json(currentConnection({ credentials: { type: "SAS", SAS: SECRET } }))),
        options,
      ),
    ]) {
      const connection = await client.connections.get("main", WITH);
      expect(connection.credentials).toBeDefined();
      for (const text of [
        JSON.stringify(connection),
        inspect(connection, { depth: 9 }),
        inspect({ ...connection }, { depth: 9 }),
        String(connection),
        inspect(client, { depth: 9 }),
        inspect(told, { depth: 9 }),
        JSON.stringify(told),
      ]) {
        expect(text).not.toContain(SECRET);
      }
    }
    expect(told.length).toBeGreaterThan(0);
  });

  test("an evaluator's configuration refers to the key, and has it only where that's asked for", async () => {
    const connection = await eraOf({ category: "AzureOpenAI" }).connections.get("main", WITH);
    const config = {
      azure_deployment: "gpt",
      azure_endpoint: "https://models.example",
      type: "azure_openai",
      api_version: "2024-10-21",
      api_key: "/subscriptions/sub/connections/main/credentials/key",
    };
    expect(connection.toEvaluatorModelConfig("gpt", "2024-10-21")).toEqual(config);
    expect(connection.toEvaluatorModelConfig("gpt", "2024-10-21", WITH)).toEqual({
      ...config,
      api_key: SECRET,
    });
    const other = await eraOf({}).connections.get("main");
    expect(other.toEvaluatorModelConfig("gpt", "1").type).toBe("AIServices");
  });

  test("the signature of a dataset's storage is hidden too", async () => {
    const blobReference = {
      blobUri: "https://blobs.example/a",
      storageAccountArmId: "/subscriptions/s",
      credential: { type: "SAS", sasUri: `https://blobs.example/a?sig=${SECRET}` },
    };
    const client = current(recorder(() => json({ blobReference, pendingUploadId: "p" })));
    for (const answer of [
      await client.datasets.getCredentials("d", "1"),
      await client.datasets.pendingUpload("d", "1"),
    ]) {
      expect(answer.blobReference.credential.sasUri).toContain(SECRET);
      expect(JSON.stringify(answer) + inspect(answer, { depth: 9 })).not.toContain(SECRET);
      expect(answer.blobReference.blobUri).toBe("https://blobs.example/a");
    }
  });
});

describe("the default connection", () => {
  test("is the first of its type", async () => {
    const value = [eraConnection({}, "one"), eraConnection({}, "two")];
    const client = era(recorder(() => json({ value })));
    expect((await client.connections.getDefault("AIServices")).name).toBe("one");
  });

  test("may be on a later page", async () => {
    const client = current(
      recorder(({ request }) =>
        json(
          request.includes("skip")
            ? { value: [currentConnection({}, "late")] }
            : { value: [], nextLink: "https://x.example/connections?skip=1" },
        ),
      ),
    );
    expect((await client.connections.getDefault("AzureOpenAI")).name).toBe("late");
  });

  test("isn't looked for on page after empty page for ever", async () => {
    const target = recorder(() => json({ value: [], nextLink: `/connections?skip=${target.seen.length}` }));
    const error = await failureOf(current(target).connections.getDefault("AzureOpenAI"));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(target.seen).toHaveLength(100);
  });

  test.each([era, current])("there is none", async (clientOf) => {
    const target = recorder(() => json({ value: [] }));
    const error = await failureOf(clientOf(target).connections.getDefault("AzureOpenAI", WITH));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ kind: "api", status: 404, code: "ResourceNotFound" });
    expect(error.message).toContain("AzureOpenAI");
    expect(target.seen).toHaveLength(1);
  });

  test("a service's own 404 is the same class", async () => {
    const client = current(recorder(() => json({ error: { code: "NotFound", message: "no" } }, 404)));
    expect(await failureOf(client.connections.get("nobody"))).toBeInstanceOf(NotFoundError);
  });
});

describe("names", () => {
  test.each(["", ".", "..", undefined, 7, "\ud800"])("%j is none", async (name) => {
    const target = recorder();
    const { connections } = current(target);
    expect(await thrownBy(() => connections.get(name as string))).toBeInstanceOf(TypeError);
    if (typeof name !== "string" || !name)
      expect(await thrownBy(() => connections.getDefault(name as string))).toBeInstanceOf(TypeError);
    expect(target.seen).toEqual([]);
  });

  test("a path in a name stays one segment", async () => {
    const target = recorder(() => json(currentConnection()));
    await current(target).connections.get("../../evil?x=1#y");
    expect(target.seen[0]!.request).toContain("/connections/..%2F..%2Fevil%3Fx%3D1%23y?");
  });

  test("lists give all connections", async () => {
    const value = [currentConnection({}, "a"), currentConnection({}, "b")];
    const { items } = await drain(current(recorder(() => json({ value }))).connections.list());
    expect(items.map(({ name }) => name)).toEqual(["a", "b"]);
  });
});

describe("tokens", () => {
  const tokenOf = async (source: unknown) => (await (source as TokenCredential).getToken("s"))!;

  test("AAD: the client's own credential", async () => {
    const connection = await eraOf({ authType: "AAD" }).connections.get("main", WITH);
    expect(connection.token_credential).toBe(credential);
  });

  const jwt = (seconds: number) =>
    `e30.${Buffer.from(JSON.stringify({ exp: seconds })).toString("base64url")}.sig`;

  test.each([
    ["a JWT", jwt],
    [
      "a signature",
      (seconds: number) => `sv=1&se=${encodeURIComponent(new Date(seconds * 1000).toISOString())}&sig=x`,
    ],
  ])("SAS: %s is used until it ends, then asked for again", async (_, make) => {
    vi.useFakeTimers({ now: 1_700_000_000_000, toFake: ["Date"] });
    try {
      const target = recorder(() =>
        json(eraConnection({ authType: "SAS", credentials: { SAS: make(Date.now() / 1000 + 100) } })),
      );
      const { token_credential: source } = await era(target).connections.get("main", WITH);
      const first = await tokenOf(source);
      expect(first).toEqual({ token: make(1_700_000_100), expiresOnTimestamp: 1_700_000_100_000 });
      expect(await tokenOf(source)).toEqual(first);
      expect(target.seen).toHaveLength(1);
      vi.setSystemTime(1_700_000_200_000);
      expect((await tokenOf(source)).expiresOnTimestamp).toBe(1_700_000_300_000);
      expect(target.seen).toHaveLength(2);
      expect(target.seen[1]!.request).toContain("/connections/main/listsecrets?");
    } finally {
      vi.useRealTimers();
    }
  });

  test.each(["opaque", "a.b.c", "a.bnVsbA.c", "se=tomorrow"])(
    "SAS: %j, which doesn't say when it ends, is asked for each time",
    async (SAS) => {
      const target = recorder(() => json(currentConnection({ credentials: { type: "SAS", SAS } })));
      const { token_credential: source } = await current(target).connections.get("main", WITH);
      expect(await tokenOf(source)).toEqual({ token: SAS, expiresOnTimestamp: 0 });
      expect(await tokenOf(source)).toEqual({ token: SAS, expiresOnTimestamp: 0 });
      expect(target.seen).toHaveLength(3);
    },
  );
});
