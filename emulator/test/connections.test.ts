import { describe, expect, test } from "vitest";
import { createEmulator, type EmulatorOptions } from "../index.ts";
import { emulatorOf } from "./asking.ts";
import type { Json } from "./calling.ts";
import { expectValid } from "./openapi.ts";
import { answerOf, callProject, good } from "./project-calls.ts";

const TYPES = ["AzureOpenAI", "AIServices", "Serverless", "CognitiveSearch", "AzureBlob"];

describe("connections of the era", () => {
  test.each(TYPES)("of type %s, with and without secrets", async (type) => {
    const emulator = emulatorOf();
    const list = await good(emulator, "management", `/connections?includeAll=true&category=${type}`);
    expect(list.value.length).toBeGreaterThan(0);
    for (const { name, id, properties } of list.value) {
      // The declarations have credentials here as well; the service leaves them out.
      expectValid("projects", "InternalConnectionPropertiesOutputParent", properties);
      expect(id.endsWith(`/workspaces/ws/connections/${name}`)).toBe(true);
      expect(properties.category).toBe(type);
      expect(properties.target).toMatch(/^http:\/\/emulator\.test\//);
      const one = await good(emulator, "management", `/connections/${name}`);
      expectValid("projects", "InternalConnectionPropertiesOutputParent", one.properties);
      expect(one.properties.credentials).toBeUndefined();
      for (const json of [{ ignored: "ignore" }, ""]) {
        const full = await good(emulator, "management", `/connections/${name}/listsecrets`, { json });
        const { authType, credentials } = full.properties;
        if (authType === "AAD") expect(credentials).toBeUndefined();
        else expectValid("projects", `InternalConnectionProperties${authType}AuthOutput`, full.properties);
        expectValid("projects", "GetConnectionResponseOutput", full);
      }
    }
  });

  test("are filtered by target", async () => {
    const emulator = emulatorOf();
    const target = encodeURIComponent("http://emulator.test/search");
    const { value } = await good(emulator, "management", `/connections?target=${target}`);
    expect(value.map(({ name }: Json) => name)).toEqual(["emulator-search"]);
  });

  test("that are not there are a 404 with Azure's error", async () => {
    const response = await callProject(emulatorOf(), "management", "/connections/none");
    expect([response.status, response.headers.get("x-ms-error-code")]).toEqual([404, "NotFound"]);
    expect(Object.keys(((await response.json()) as Json).error)).toEqual(["code", "message"]);
  });

  test("lead to the emulator itself", async () => {
    const emulator = emulatorOf();
    const { properties } = await good(emulator, "management", "/connections/emulator-openai/listsecrets", {
      json: {},
    });
    const path = "openai/deployments/gpt-4.1/chat/completions?api-version=2024-10-21";
    const response = await emulator.fetch(properties.target + path, {
      method: "POST",
      headers: { "api-key": properties.credentials.key, "content-type": "application/json" },
      body: JSON.stringify({ messages: [{ role: "user", content: "echo hello" }] }),
    });
    expect(((await response.json()) as Json).choices[0].message.content).toBe("hello");
  });
});

describe("connections of today", () => {
  test("are listed without secrets, one default of each type", async () => {
    const emulator = emulatorOf();
    const { value } = await good(emulator, "project", "/connections");
    const types = new Set(value.map(({ type }: Json) => type));
    expect(types).toContain("AppInsights");
    for (const type of types) {
      const defaults = await good(
        emulator,
        "project",
        `/connections?connectionType=${type}&defaultConnection=true`,
      );
      expect(defaults.value).toHaveLength(1);
      expect(defaults.value[0].isDefault).toBe(true);
    }
    for (const { name, credentials } of value) {
      expect(Object.keys(credentials)).toEqual(["type"]);
      expect((await good(emulator, "project", `/connections/${name}`)).credentials).toEqual(credentials);
    }
  });

  test.each([
    ["emulator-openai", { type: "ApiKey", key: "emulator-key" }],
    ["emulator-openai-entra", { type: "AAD" }],
    ["emulator-storage", { type: "SAS", SAS: expect.stringContaining("sig=") }],
    ["emulator-custom", { type: "CustomKeys", "x-api-key": "emulator-key" }],
    ["emulator-open", { type: "None" }],
    ["emulator-insights", { type: "ApiKey", key: expect.stringContaining("InstrumentationKey=") }],
  ])("tell the secrets of %s where they are asked for", async (name, credentials) => {
    const path = `/connections/${name}/getConnectionWithCredentials`;
    const connection = await good(emulatorOf(), "project", path, { method: "POST" });
    expect(connection.credentials).toEqual(credentials);
  });
});

describe("connections by option", () => {
  const connections = [
    {
      name: "mine",
      type: "CognitiveSearch",
      target: "https://search.example.test/",
      credentials: { type: "AAD" },
      metadata: { a: "b" },
    },
  ] as const;

  test("take the place of the default ones, in both forms", async () => {
    const emulator = emulatorOf({ connections, applicationInsights: "" });
    const now = await good(emulator, "project", "/connections");
    expect(now.value).toMatchObject([
      { name: "mine", target: "https://search.example.test/", metadata: { a: "b" } },
    ]);
    const then = await good(emulator, "management", "/connections");
    expect(then.value).toMatchObject([{ name: "mine", properties: { authType: "AAD" } }]);
  });

  test.each<[string, Json]>([
    ["connections must be a list", "x"],
    ["must have a name", [{}]],
    ["must have a target", [{ name: "a", type: "b" }]],
    ["must have credentials", [{ name: "a", type: "b", target: "/" }]],
    ['two connections are named "mine"', [connections[0], connections[0]]],
  ])("%s", (message, given) => {
    expect(() => createEmulator({ connections: given } as EmulatorOptions)).toThrow(message);
  });
});

describe("telemetry", () => {
  test("is found by way of the workspace", async () => {
    const emulator = emulatorOf();
    for (const path of ["", "/"]) {
      const workspace = await good(emulator, "management", path);
      expectValid("projects", "GetWorkspaceResponseOutput", workspace);
      const url = `http://emulator.test${workspace.properties.applicationInsights}?api-version=2020-02-02`;
      const response = await emulator.fetch(url, { headers: { authorization: "Bearer emulator-key" } });
      const insights = (await response.json()) as Json;
      expectValid("projects", "GetAppInsightsResponseOutput", insights);
      expect(insights.properties.ConnectionString).toMatch(
        /^InstrumentationKey=[\w-]{36};IngestionEndpoint=/,
      );
    }
  });

  test("may not be attached", async () => {
    const emulator = emulatorOf({ applicationInsights: "" });
    expect((await good(emulator, "management", "/")).properties.applicationInsights).toBe("");
    expect((await answerOf(emulator, "insights", "")).status).toBe(404);
    const { value } = await good(emulator, "project", "/connections?connectionType=AppInsights");
    expect(value).toEqual([]);
  });
});
