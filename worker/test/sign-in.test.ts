// By what people sign in at a page: told to anybody, and nothing beside it.
import { describe, expect, test } from "vitest";
import { ConfigError, type ConfigInput, defineConfig } from "../config.ts";
import { configFromEnv, explain } from "../env.ts";
import { APP, AUDIENCE, OTHER_TENANT, TENANT } from "./entra-issuer.ts";
import { configInput, createRig, ORIGIN } from "./setup.ts";

type Entra = NonNullable<ConfigInput["entra"]>;

const page = { clientId: APP, scopes: [`${AUDIENCE}/Models.Use`] };
const entra: Entra = { tenants: [TENANT], audiences: [AUDIENCE], scopes: ["Models.Use"] };

async function told(settings: Entra | undefined): Promise<unknown> {
  const rig = await createRig(settings && { entra: settings });
  const response = await rig.fetch("/sign-in", { headers: { authorization: null, origin: ORIGIN } });
  expect(response.status).toBe(200);
  expect(response.headers.get("access-control-allow-origin")).toBe(ORIGIN);
  return response.json();
}

describe("GET /sign-in", () => {
  test("tells nothing where nobody can sign in, or no page is meant to", async () => {
    expect(await told(undefined)).toEqual({ entra: null });
    expect(await told(entra)).toEqual({ entra: null });
  });

  test("tells application, authority and scopes, and none of what lets tokens in", async () => {
    expect(await told({ ...entra, page })).toEqual({
      entra: {
        client_id: APP,
        authority: `https://login.microsoftonline.com/${TENANT}`,
        scopes: [`${AUDIENCE}/Models.Use`],
        protocol: "entra",
      },
    });
  });

  test("has people of several directories choose theirs", async () => {
    const several = { ...entra, tenants: [TENANT, OTHER_TENANT], page };
    expect(await told(several)).toMatchObject({
      entra: { authority: "https://login.microsoftonline.com/organizations" },
    });
  });

  test("tells the authority that is given, and its protocol", async () => {
    const authority = "https://login.example.com/people";
    expect(await told({ ...entra, page: { ...page, authority, protocol: "oidc" } })).toMatchObject({
      entra: { authority, protocol: "oidc" },
    });
  });
});

describe("what a page is told is checked at start", () => {
  test.each<[string, Entra, string]>([
    ["no scope to ask for", { ...entra, page: { clientId: APP, scopes: [] } }, "entra.page.scopes"],
    ["an id that is none", { ...entra, page: { ...page, clientId: "a canary" } }, "entra.page.clientId"],
    ["http", { ...entra, page: { ...page, authority: "http://127.0.0.1:1" } }, "entra.page.authority"],
    [
      "a query",
      { ...entra, page: { ...page, authority: "https://a.example/?canary" } },
      "entra.page.authority",
    ],
    ["nobody let in", { ...entra, scopes: [], roles: ["Run"], page }, "entra.page"],
    [
      "a member that is none",
      { ...entra, page: { ...page, clientSecret: "canary" } as typeof page },
      "entra.page.clientSecret is not an option",
    ],
  ])("%s", async (_, settings, problem) => {
    const input = await configInput({ entra: settings });
    expect(() => defineConfig(input)).toThrow(problem);
    expect(() => defineConfig(input)).not.toThrow("canary");
  });
});

describe("the variable ENTRA", () => {
  const env = {
    ...{ UPSTREAM_KIND: "openai", UPSTREAM_URL: "https://api.example.com/v1", UPSTREAM_KEY: "test-key" },
    ...{ MODELS: "m", ALLOWED_ORIGINS: ORIGIN, SESSION_SECRET: "0123456789abcdef0123456789abcdef" },
  };
  const read = (text: string) => defineConfig(configFromEnv({ ...env, ENTRA: text })).entra;

  test("is the option as JSON", () => {
    expect(read(JSON.stringify({ ...entra, page }))).toEqual(
      defineConfig({ ...configFromEnv(env), entra: { ...entra, page } }).entra,
    );
    expect(read(" ")).toBeUndefined();
  });

  test.each([
    ["{canary", "ENTRA must be JSON, with the members of `entra`"],
    ['"canary"', "entra must be an object"],
    ['{"canary":1}', "entra.canary is not an option"],
  ])("%s is a problem that is named", (text, problem) => {
    let said = "";
    try {
      read(text);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      said = explain(error);
    }
    expect(said).toContain(problem);
  });
});
