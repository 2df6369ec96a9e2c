// The issuer that stands in for Entra ID in `npm start`: one program, one grant, one token.
import { expect, onTestFinished, test } from "vitest";
import { emulatorProjectVars, meansEmulatorProject, misspelt } from "../../settings.mjs";
import { startTokenIssuer } from "../../token-issuer.mjs";

const options = {
  tenantId: "emulator",
  clientId: "latchkey",
  clientSecret: "issuer-secret",
  token: "the-token",
};

async function start() {
  const issuer = await startTokenIssuer(options);
  onTestFinished(issuer.close);
  return (form: Record<string, string>, path = "/emulator/oauth2/v2.0/token", method = "POST") =>
    fetch(issuer.url + path, { method, ...(method === "POST" ? { body: new URLSearchParams(form) } : {}) });
}
const good = { grant_type: "client_credentials", client_id: "latchkey", client_secret: "issuer-secret" };

test("gives the token to the program that has the secret", async () => {
  const ask = await start();
  const answer = await ask(good);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({ access_token: "the-token", token_type: "Bearer", expires_in: 3600 });
});

test.each([
  ["another secret", { ...good, client_secret: "x" }, 401],
  ["no secret", { grant_type: "client_credentials", client_id: "latchkey" }, 401],
  ["another program", { ...good, client_id: "x" }, 401],
  ["another grant", { ...good, grant_type: "password" }, 400],
])("%s gets none", async (_, form, status) => {
  const ask = await start();
  const answer = await ask(form as Record<string, string>);
  expect(answer.status).toBe(status);
  expect(await answer.text()).not.toContain("the-token");
});

test("nothing else is there", async () => {
  const ask = await start();
  expect((await ask(good, "/other/oauth2/v2.0/token")).status).toBe(404);
  expect((await ask(good, undefined, "GET")).status).toBe(404);
});

test("the variables of the emulator's project, unless .dev.vars names one", () => {
  expect(emulatorProjectVars("http://127.0.0.1:1", { url: "http://127.0.0.1:2", clientSecret: "s" })).toEqual(
    {
      PROJECT_ENDPOINT: "http://127.0.0.1:1/api/projects/demo",
      AZURE_TENANT_ID: "emulator",
      AZURE_CLIENT_ID: "latchkey",
      AZURE_CLIENT_SECRET: "s",
      AZURE_AUTHORITY_HOST: "http://127.0.0.1:2",
    },
  );
  expect(meansEmulatorProject({})).toBe(true);
  expect(meansEmulatorProject({ PROJECT_ENDPOINT: "https://a" })).toBe(false);
  expect(misspelt({ PROJECT_ENPOINT: "x", AZURE_CLIENT_SECRET: "y" })).toEqual([
    ".dev.vars: PROJECT_ENPOINT is not a variable of the proxy; did you mean PROJECT_ENDPOINT?",
  ]);
});
