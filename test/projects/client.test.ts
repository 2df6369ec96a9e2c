// The client of a project: how it's made, what it refuses, where keys go, and how it ends.
import { AIProjectClient, CredentialError } from "latchkey/projects";
import { afterEach, describe, expect, test, vi } from "vitest";
import { failureOf, json, thrownBy } from "../service.ts";
import {
  CONNECTION_STRING,
  credential,
  current,
  ENDPOINT,
  era,
  HOST,
  recorder,
  SECRET,
  WORKSPACE,
} from "./recorder.ts";

const scope = { subscription_id: "sub", resource_group_name: "group", project_name: "demo" };

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("a connection string", () => {
  test.each([
    "",
    "host",
    "host;sub;group",
    "host;sub;group;demo;more",
    ";sub;group;demo",
    "host; ;group;demo",
    "host;sub;group;",
    undefined,
    null,
    7,
    {},
  ])("%j has not its four parts", async (text) => {
    const error = await thrownBy(() => AIProjectClient.fromConnectionString(text as string, credential));
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain("<host>;<subscription id>;<resource group>;<project name>");
  });

  test("may have the scheme in capitals", async () => {
    const target = recorder(() => json({ value: [] }));
    const client = AIProjectClient.fromConnectionString("HTTPS://h.example;s;g;p", credential, {
      fetch: target.fetch,
    });
    await client.evaluations.list();
    expect(target.seen[0]!.request).toContain("GET https://h.example/raisvc/v1.0/");
  });

  test("is not said again in an error", async () => {
    const error = await thrownBy(() =>
      AIProjectClient.fromConnectionString(`${SECRET};sub;group`, credential),
    );
    expect(String(error)).not.toContain(SECRET);
  });

  test("tells the scope; the constructor takes the same apart", async () => {
    const target = recorder(() => json({ value: [] }));
    expect(era(target).scope).toEqual(scope);
    const client = new AIProjectClient(HOST, credential, { scope, fetch: target.fetch });
    expect(client.scope).toEqual(scope);
    await client.connections.list();
    await era(target).connections.list();
    expect(target.seen[0]!.request).toBe(target.seen[1]!.request);
    expect(current(target).scope).toBeUndefined();
  });

  test.each(["subscription_id", "resource_group_name", "project_name"])(
    "an empty %s is refused",
    async (name) => {
      for (const value of ["", "..", undefined])
        expect(
          await thrownBy(() => new AIProjectClient(HOST, credential, { scope: { ...scope, [name]: value } })),
        ).toBeInstanceOf(TypeError);
    },
  );

  test("a part with a path in it stays one segment", async () => {
    const target = recorder(() => json({ value: [] }));
    const client = AIProjectClient.fromConnectionString("h.example;a/../b;g?x;p#y", credential, {
      fetch: target.fetch,
    });
    await client.connections.list();
    expect(target.seen[0]!.request).toContain(
      "/subscriptions/a%2F..%2Fb/resourceGroups/g%3Fx/providers/Microsoft.MachineLearningServices/workspaces/p%23y/connections?",
    );
  });

  test("its hosts can be others", async () => {
    const target = recorder(() => json({ value: [], properties: {} }));
    const hosts = { management: "https://control.example/base", evaluations: new URL("https://rai.example") };
    const client = era(target, { hosts });
    await client.connections.list();
    await client.evaluations.list();
    await failureOf(client.telemetry.getConnectionString());
    expect(target.seen.map(({ request }) => request)).toEqual([
      `GET https://control.example/base${WORKSPACE}/connections?api-version=2024-07-01-preview&includeAll=true`,
      `GET https://rai.example/raisvc/v1.0${WORKSPACE}/evaluations/runs?api-version=2024-07-01-preview`,
      `GET https://control.example/base${WORKSPACE}/?api-version=2024-07-01-preview`,
    ]);
  });

  test("may name the scheme of its host, for an emulator on this machine", async () => {
    const target = recorder(() => json({ value: [] }));
    const text = "http://127.0.0.1:8080;sub;group;demo";
    await AIProjectClient.fromConnectionString(text, credential, { fetch: target.fetch }).evaluations.list();
    expect(target.seen[0]!.request).toContain("GET http://127.0.0.1:8080/raisvc/v1.0/");
    const far = "http://h.example;sub;group;demo";
    expect(await thrownBy(() => AIProjectClient.fromConnectionString(far, credential))).toBeInstanceOf(
      TypeError,
    );
  });
});

describe("options", () => {
  test.each([
    { apiVersion: "2024-07-01-preview" },
    { credentialScopes: "https://x.example/.default" },
    { api_version: "x" },
    { credential_scopes: ["x"] },
  ])("a connection string refuses %j: each service has its own", async (options) => {
    expect(
      await thrownBy(() =>
        AIProjectClient.fromConnectionString(CONNECTION_STRING, credential, options as object),
      ),
    ).toBeInstanceOf(TypeError);
  });

  test("a project endpoint takes another version and scope", async () => {
    const target = recorder(() => json({ value: [] }));
    const client = current(target, {
      apiVersion: "2025-11-15-preview",
      credentialScopes: "https://ai.azure.us/.default",
    });
    await client.deployments.list();
    expect(target.seen[0]!.request).toContain("api-version=2025-11-15-preview");
    expect(target.seen[0]!.headers.get("authorization")).toBe("Bearer for-https://ai.azure.us/.default");
  });

  test.each([
    { hosts: {} },
    { apiVersion: "" },
    { apiVersion: 1 },
    { api_version: "v1" },
    { timeoutMs: 0 },
    null,
  ])("a project endpoint refuses %j", async (options) => {
    expect(await thrownBy(() => new AIProjectClient(ENDPOINT, credential, options as object))).toBeInstanceOf(
      TypeError,
    );
  });

  test.each([
    "",
    "resource.example/api/projects/demo",
    CONNECTION_STRING,
    "http://resource.example",
    "https://u:p@resource.example",
    undefined,
  ])("%j is no endpoint", async (endpoint) => {
    expect(await thrownBy(() => new AIProjectClient(endpoint as string, credential))).toBeInstanceOf(
      TypeError,
    );
  });
});

describe("a key", () => {
  test("is that of a proxy: it goes out as a bearer token, and as nothing else", async () => {
    const target = recorder(() => json({ value: [] }));
    for (const key of [SECRET, { key: SECRET }])
      await new AIProjectClient("https://worker.example/api/projects/p", key, {
        fetch: target.fetch,
      }).deployments.list();
    for (const { headers } of target.seen) {
      expect(headers.get("authorization")).toBe(`Bearer ${SECRET}`);
      expect(headers.has("api-key")).toBe(false);
    }
  });

  test("never goes to Azure's control plane, unless that is where the proxy is", async () => {
    const target = recorder(() => json({ value: [] }));
    const client = AIProjectClient.fromConnectionString(CONNECTION_STRING, SECRET, { fetch: target.fetch });
    for (const call of [() => client.connections.list(), () => client.telemetry.getConnectionString()]) {
      const error = await failureOf(call);
      expect(error).toBeInstanceOf(CredentialError);
      expect(error.message).not.toContain(SECRET);
    }
    expect(target.seen).toEqual([]);
    await client.evaluations.list();
    expect(target.seen[0]!.headers.get("authorization")).toBe(`Bearer ${SECRET}`);
    const hosts = { management: "https://worker.example" };
    await AIProjectClient.fromConnectionString(CONNECTION_STRING, SECRET, {
      fetch: target.fetch,
      hosts,
    }).connections.list();
    expect(target.seen[1]!.request).toContain("https://worker.example/");
  });

  test("C01 is refused in a browser", async () => {
    vi.stubGlobal("navigator", { userAgent: "Mozilla/5.0" });
    expect(await thrownBy(() => new AIProjectClient(ENDPOINT, SECRET))).toBeInstanceOf(TypeError);
    expect(new AIProjectClient(ENDPOINT, SECRET, { dangerouslyAllowBrowser: true })).toBeDefined();
    expect(new AIProjectClient(ENDPOINT, credential)).toBeDefined();
  });
});

describe("the end", () => {
  test("a closed client refuses calls to each of its services", async () => {
    const target = recorder(() => json({ value: [] }));
    await using client = era(target);
    client.close();
    for (const call of [() => client.connections.list(), () => client.evaluations.list()])
      expect(await failureOf(call)).toMatchObject({ kind: "aborted" });
    expect(target.seen).toEqual([]);
  });

  test("what is under way is aborted when the block ends", async () => {
    let call: PromiseLike<unknown>;
    {
      await using client = current({ fetch: (() => new Promise(() => {})) as typeof fetch });
      call = client.deployments.get("gpt");
    }
    expect(await failureOf(call)).toMatchObject({ kind: "aborted" });
  });
});

describe("answers", () => {
  test("an empty object is no agent and no evaluation", async () => {
    const empty = () => recorder(() => json({}));
    const definition = { kind: "prompt" as const, model: "m" };
    for (const call of [
      () => current(empty()).agentVersions.create({ name: "a", definition }),
      () => current(empty()).agentVersions.getVersion("a", "1"),
      () => era(empty()).evaluations.get("e"),
      () => era(empty()).evaluations.update("e", {}),
    ])
      expect(await failureOf(call)).toMatchObject({ kind: "malformed" });
  });
});
