// A project in the configuration: by variables and by options; every wrong value is found at start, none is shown.
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { configFromEnv, type Env, explain } from "../env.ts";
import { ConfigError, createProxy, defineConfig } from "../proxy.ts";
import { configInput } from "./setup.ts";

const good: Env = {
  UPSTREAM_KIND: "inference",
  UPSTREAM_URL: "https://res.services.example.com/models",
  UPSTREAM_KEY: "key-canary",
  MODELS: "gpt-5-mini=dep-1,Phi-4",
  ALLOWED_ORIGINS: "https://app.example.com",
  SESSION_SECRET: "secret-canary-0123456789abcdefghij",
  PROJECT_ENDPOINT: "https://res.services.example.com/api/projects/shop/",
  AZURE_TENANT_ID: "contoso.com",
  AZURE_CLIENT_ID: "client-1",
  AZURE_CLIENT_SECRET: "client-canary",
};

function problemsOf(env: Env): string {
  try {
    createProxy(defineConfig(configFromEnv(env)));
    return "";
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.message).not.toContain("canary");
    return explain(error);
  }
}

describe("variables", () => {
  test("a project endpoint: its name, its models, its scope; no secret is printed", () => {
    const config = defineConfig(configFromEnv(good));
    const project = config.upstreams.get("shop")!;
    expect(project).toMatchObject({
      kind: "projects",
      url: "https://res.services.example.com/api/projects/shop",
      apiVersion: "v1",
      entra: { scope: "https://ai.azure.com/.default", tenantId: "contoso.com" },
    });
    expect([...project.deployments]).toEqual([
      ["gpt-5-mini", "dep-1"],
      ["Phi-4", "Phi-4"],
    ]);
    expect(JSON.stringify(config) + inspect(config, { depth: 9 })).not.toContain("canary");
    expect(config.objectsUpstream).toBeUndefined();
  });

  test("a connection string: the workspace's base, by its last part", () => {
    const config = defineConfig(
      configFromEnv({
        ...good,
        PROJECT_ENDPOINT: "",
        PROJECT_CONNECTION_STRING: "eastus.api.example.com;sub-1;my group;hub",
        PROJECT_MODELS: "Phi-4=p",
        PROJECT_AGENTS: "asst_1, asst_2",
      }),
    );
    const project = config.upstreams.get("hub")!;
    expect(project).toMatchObject({
      kind: "workspace",
      url: "https://eastus.api.example.com/agents/v1.0/subscriptions/sub-1/resourceGroups/my%20group/providers/Microsoft.MachineLearningServices/workspaces/hub",
      apiVersion: "2024-12-01-preview",
      entra: { scope: "https://ml.azure.com/.default" },
    });
    expect([...project.agents]).toEqual(["asst_1", "asst_2"]);
    expect([...project.deployments]).toEqual([["Phi-4", "p"]]);
  });

  test("without a project there is none", () => {
    const { PROJECT_ENDPOINT: _, ...rest } = good;
    expect([...defineConfig(configFromEnv(rest)).upstreams.keys()]).toEqual(["default"]);
  });

  const PROOFS = "AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE or AZURE_FEDERATED_TOKEN";
  const cases: [string, Env, RegExp][] = [
    ["no tenant", { AZURE_TENANT_ID: "" }, /^AZURE_TENANT_ID must be an id or a domain$/],
    ["a tenant that is a path", { AZURE_TENANT_ID: "canary/../x" }, /^AZURE_TENANT_ID must be/],
    ["no client", { AZURE_CLIENT_ID: "" }, /^AZURE_CLIENT_ID is missing$/],
    ["no proof", { AZURE_CLIENT_SECRET: "" }, new RegExp(`^${PROOFS} must have exactly one`)],
    ["two proofs", { AZURE_FEDERATED_TOKEN: "canary" }, new RegExp(`^${PROOFS} must have exactly one`)],
    [
      "a certificate without its key",
      { AZURE_CLIENT_SECRET: "", AZURE_CLIENT_CERTIFICATE: "canary" },
      /must have certificate and privateKey together/,
    ],
    [
      "a certificate that is none",
      { AZURE_CLIENT_SECRET: "", AZURE_CLIENT_CERTIFICATE: "canary", AZURE_CLIENT_PRIVATE_KEY: "canary" },
      /is not usable: certificate must be in PEM form/,
    ],
    [
      "an endpoint of something else",
      { PROJECT_ENDPOINT: "https://canary.example.com/models/p" },
      /^PROJECT_ENDPOINT or PROJECT_CONNECTION_STRING must be a project endpoint/,
    ],
    [
      "G11 an endpoint by http",
      { PROJECT_ENDPOINT: "http://canary.example.com/api/projects/p" },
      /must be https/,
    ],
    [
      "G11 an endpoint at an IP address",
      { PROJECT_ENDPOINT: "https://169.254.169.254/api/projects/p" },
      /must name a host/,
    ],
    [
      "G11 an issuer by http",
      { AZURE_AUTHORITY_HOST: "http://canary.example.com" },
      /^AZURE_AUTHORITY_HOST must be https/,
    ],
    [
      "both addresses",
      { PROJECT_CONNECTION_STRING: "a;b;c;d" },
      /^PROJECT_CONNECTION_STRING is given beside/,
    ],
    [
      "three parts",
      { PROJECT_ENDPOINT: "", PROJECT_CONNECTION_STRING: "canary;b;c" },
      /^PROJECT_CONNECTION_STRING must have four parts/,
    ],
    [
      "a host that leads elsewhere",
      { PROJECT_ENDPOINT: "", PROJECT_CONNECTION_STRING: "canary.example.com/x?;b;c;d" },
      /must not hold a query|must be a project/,
    ],
    ["an agent that is no id", { PROJECT_AGENTS: "../canary" }, /^PROJECT_AGENTS must be ids$/],
  ];
  for (const [name, change, problem] of cases) {
    test(name, () => expect(problemsOf({ ...good, ...change })).toMatch(problem));
  }
});

describe("options", () => {
  const entra = { tenantId: "t", clientId: "c", clientSecret: "canary" };
  const url = "https://a.example.com/api/projects/p";
  const wrong: [string, object, string][] = [
    ["a key", { kind: "projects", url, key: "canary", entra }, "is not taken by a project"],
    ["no identity", { kind: "projects", url }, "is for projects, and needed there"],
    [
      "an identity where a key is taken",
      { kind: "openai", url: "https://a.example.com/v1", key: "k", entra },
      "is for projects, and needed there",
    ],
    [
      "an unknown option of the identity",
      { kind: "projects", url, entra: { ...entra, colour: 1 } },
      "is not an option",
    ],
  ];
  for (const [name, upstream, message] of wrong) {
    test(name, async () => {
      const input = await configInput();
      const made = () => defineConfig({ ...input, upstreams: { ...input.upstreams, p: upstream as never } });
      expect(made).toThrow(message);
      expect(made).not.toThrow("canary");
    });
  }

  test("objects of OpenAI's surface are not kept in a project unless its address is called", async () => {
    const input = await configInput();
    const upstreams = { ...input.upstreams, p: { kind: "projects" as const, url, entra } };
    expect(() => defineConfig({ ...input, upstreams, objectsUpstream: "p" })).toThrow(
      /objectsUpstream must name/,
    );
  });
});
