// Every route of agents and projects, one after the other: no guard may be missing on any of them.
import { describe, expect, test } from "vitest";
import { operations } from "../operations.ts";
import { addresses } from "../routes.ts";
import { FORM_TYPE, formBody } from "./object-service.ts";
import {
  ENDPOINT,
  idOf,
  JSON_TYPE,
  OPERATORS_AGENT,
  P,
  post,
  projectRig,
  projectService,
} from "./project-service.ts";
import { CALLER_KEY, errorOf, OTHER_KEY, type Rig } from "./setup.ts";

const prompt = { kind: "prompt", model: "gpt-5-mini" };
const evaluators = {
  r: { id: "azureai://built-in/evaluators/relevance", initParams: { deployment_name: "gpt-5-mini" } },
};
const bodies: Record<string, Record<string, unknown>> = {
  agent_create: { model: "gpt-5-mini", name: "a", instructions: "i" },
  agent_update: { name: "b" },
  thread_run: { assistant_id: OPERATORS_AGENT, thread: { messages: [{ role: "user", content: "c" }] } },
  thread_create: { messages: [{ role: "user", content: "c" }] },
  thread_update: { metadata: { a: "b" } },
  message_create: { role: "user", content: [{ type: "text", text: "t" }] },
  message_update: { metadata: { a: "b" } },
  run_create: { assistant_id: OPERATORS_AGENT, additional_instructions: "i" },
  run_update: { metadata: { a: "b" } },
  run_submit: { tool_outputs: [{ tool_call_id: "call_1", output: "o" }] },
  store_create: { name: "s", expires_after: { anchor: "last_active_at", days: 1 } },
  store_update: { name: "t" },
  entry_create: { chunking_strategy: { type: "auto" } },
  entries_create: { chunking_strategy: { type: "auto" } },
  named_create: { name: "fresh", definition: prompt },
  named_update: { definition: prompt },
  version_create: { definition: prompt },
  evaluation_update: { displayName: "d", tags: { a: "b" } },
  evaluation_create: { data: { type: "dataset", id: "data-1" }, evaluators },
};

const rows = addresses.filter(
  ({ pattern, name }) =>
    /^\/(api|agents|raisvc)\//.test(pattern) && !/\/openai\/v1/.test(pattern) && name !== "session",
);
const own = ["deployments", "deployment", "connections", "connection"];
const upload = (purpose = "assistants") => ({
  body: formBody([
    { name: "purpose", value: purpose },
    { name: "file", value: "text", filename: "a.txt" },
  ]),
  headers: { "content-type": FORM_TYPE },
});

const pathOf = (pattern: string, ids: Record<string, string> = {}) =>
  pattern
    .replace("{project}", /^\/api/.test(pattern) ? "shop" : "hub")
    .replace(/\{\}/g, "anything")
    .replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? `${name}-x`);

const bodyOf = (name: string) =>
  name === "agent_file_create"
    ? upload()
    : bodies[name] === undefined
      ? { headers: {} }
      : { body: JSON.stringify(bodies[name]), headers: JSON_TYPE };

/** One object of each kind, all of one caller. */
async function makeAll(rig: Rig, base: string, headers = {}): Promise<Record<string, string>> {
  const project = base === P;
  return {
    agent: await idOf(await post(rig, `${base}/assistants`, bodies.agent_create, headers)),
    thread: await idOf(await post(rig, `${base}/threads`, {}, headers)),
    agent_file: await idOf(
      await rig.fetch(`${base}/files`, {
        method: "POST",
        ...upload(),
        headers: { ...upload().headers, ...headers },
      }),
    ),
    vector_store: await idOf(await post(rig, `${base}/vector_stores`, {}, headers)),
    evaluation: await idOf(
      await post(
        rig,
        `${base.replace("/agents/", "/raisvc/")}/evaluations/runs:run`,
        bodies.evaluation_create,
        headers,
      ),
    ),
    ...(project
      ? {
          agent_name: await idOf(
            await post(rig, `${P}/agents`, { name: "mine", definition: prompt }, headers),
          ),
        }
      : {}),
    message: "msg_1",
    run: "run_1",
    step: "step_1",
    entry: "assistant_1",
    entries: "vsfb_1",
    version: "1",
    connection: "bing",
    deployment: "gpt-5-mini",
  };
}

const configured = { dataAssets: ["data-1"], project: { connections: { bing: "bing-id" } } };
const ERA =
  "/agents/v1.0/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/hub";

describe("every route of a project", () => {
  for (const { name, method, pattern } of rows) {
    const base = pattern.startsWith("/api") ? P : ERA;

    test(`${method} ${pattern}: takes what is documented, with a token, and nothing of the caller's credential`, async () => {
      const service = projectService();
      const rig = await projectRig(service, configured);
      const ids = await makeAll(rig, base);
      service.seen.length = 0;
      // A form would never be read again: what is sent is what counts.
      const path =
        name === "version_create" ? pathOf(pattern, { ...ids, agent_name: "later" }) : pathOf(pattern, ids);
      const response = await rig.fetch(`${path}?api-version=x&api-key=y&%61pi-version=z`, {
        method,
        ...bodyOf(name),
      });
      expect([response.status, await response.clone().text()]).toEqual([
        expect.toSatisfy((status: number) => status < 300),
        expect.any(String),
      ]);
      for (const { url, headers, body } of service.seen) {
        expect(`${url} ${JSON.stringify(headers)} ${body}`).not.toContain(CALLER_KEY);
        expect(headers.authorization).toBe("Bearer token-canary-1");
        expect(headers["api-key"]).toBeUndefined();
        expect(url).toMatch(
          /^https:\/\/acct-canary\.services\.example\.com\/api\/projects\/shop\/[^?]+\?([^?]*&)?api-version=v1$|^https:\/\/region-canary\.example\.com\/(agents\/v1\.0\/.*\?([^?]*&)?api-version=2024-12-01-preview|raisvc\/v1\.0\/.*\?([^?]*&)?api-version=2024-07-01-preview)$/,
        );
      }
      if (!["projects", "deployments", "deployment"].includes(name))
        expect(service.seen.length).toBeGreaterThan(0);
      expect(service.grants).toHaveLength(1);
      await rig.settled();
      expect(rig.log.at(-1)).toMatchObject({ route: pattern, outcome: "complete" });
    });

    if (name !== "projects")
      test(`P3 ${method} ${pattern}: a project that is not configured does not exist`, async () => {
        const service = projectService();
        const rig = await projectRig(service);
        for (const project of [
          "default",
          "azure",
          "nobody",
          "__proto__",
          "constructor",
          "%2e%2e",
          "shop%2f..",
        ]) {
          const path = pattern.replace("{project}", project).replace(/\{\w*\}/g, "x");
          const response = await rig.fetch(path, { method, ...bodyOf(name) });
          expect([project, [404, 405]]).toEqual([project, expect.arrayContaining([response.status])]);
        }
        expect(service.seen.length + service.grants.length).toBe(0);
      });

    const kind = ["agent", "thread", "agent_file", "vector_store", "evaluation", "agent_name"].find((one) =>
      pattern.includes(`{${one}}`),
    );
    if (kind !== undefined && !operations[name as keyof typeof operations]?.claims) {
      test(`F18 ${method} ${pattern}: another caller's and an unknown one are 404 alike, and nobody is asked`, async () => {
        const service = projectService();
        const rig = await projectRig(service, configured);
        const ids = await makeAll(rig, base);
        service.seen.length = 0;
        const other = { authorization: `Bearer ${OTHER_KEY}` };
        const { headers, ...rest } = bodyOf(name);
        const foreign = await rig.fetch(pathOf(pattern, ids), {
          method,
          ...rest,
          headers: { ...headers, ...other },
        });
        const unknown = await rig.fetch(pathOf(pattern, { ...ids, [kind]: "x_unknown" }), {
          method,
          ...rest,
          headers,
        });
        expect([foreign.status, unknown.status]).toEqual([404, 404]);
        const { request_id: _, ...first } = await errorOf(foreign);
        const { request_id: __, ...second } = await errorOf(unknown);
        expect(first).toEqual(second);
        expect(first).toMatchObject({ code: "not_found", type: "invalid_request_error" });
        expect(service.seen).toHaveLength(0);
      });
      test(`G10 ${method} ${pattern}: no id leads out of its segment`, async () => {
        const service = projectService();
        const rig = await projectRig(service, configured);
        for (const id of [
          "..",
          "%2e%2e",
          "a%2fb",
          "..%2f..%2fassistants",
          "a b",
          "%00",
          "x".repeat(200),
          "a%3fb",
          "%0d%0a",
        ]) {
          const path = pattern
            .replace(`{${kind}}`, id)
            .replace("{project}", "shop")
            .replace(/\{\w*\}/g, "x");
          const response = await rig.fetch(path, { method, ...bodyOf(name) });
          // Dots are steps of the path before anything else is decided: what is left may be a list of the caller's own.
          const dots = /^(\.|%2e){2}$/.test(id);
          expect([id, dots || (response.status >= 400 && response.status < 500)]).toEqual([id, true]);
        }
        expect(service.seen).toHaveLength(0);
      });
    }

    if (bodies[name] !== undefined) {
      test(`G07 ${method} ${pattern}: an unknown member is refused before anything is sent`, async () => {
        const service = projectService();
        const rig = await projectRig(service, configured);
        const ids = await makeAll(rig, base);
        service.seen.length = 0;
        for (const member of ["api_base", "endpoint", "api_key", "extra_body", "toolset", "data_sources_x"]) {
          const body = { ...bodies[name], [member]: "https://evil.example" };
          const init = { method, headers: JSON_TYPE, body: JSON.stringify(body) };
          const response = await rig.fetch(pathOf(pattern, ids), init);
          expect([member, response.status]).toEqual([member, 400]);
          expect(await errorOf(response)).toMatchObject({ param: member });
        }
        expect(service.seen).toHaveLength(0);
      });
      test(`G15 ${method} ${pattern}: another media type is 415`, async () => {
        const service = projectService();
        const rig = await projectRig(service, configured);
        const init = { method, headers: { "content-type": FORM_TYPE }, body: upload().body };
        expect((await rig.fetch(pathOf(pattern), init)).status).toBe(415);
        expect(service.seen).toHaveLength(0);
      });
    }
  }

  test("no route gives credentials of connections, and the control plane is not there", async () => {
    const service = projectService();
    const rig = await projectRig(service, configured);
    for (const path of [
      `${P}/connections/bing/getConnectionWithCredentials`,
      `${P}/connections/bing/listsecrets`,
      `${ERA}/connections/bing/listsecrets`,
      "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/hub/connections/bing/listsecrets",
      `${P}/connections/bing%2FgetConnectionWithCredentials`,
      `${P}/evaluations/schedules/x`,
      `${P}/datasets`,
    ]) {
      expect([path, (await post(rig, path, {})).status]).toEqual([
        path,
        expect.toSatisfy((s: number) => s === 404 || s === 405),
      ]);
    }
    expect(service.seen).toHaveLength(0);
    expect(addresses.filter(({ path }) => /secret|credential/i.test(path))).toEqual([]);
  });

  test("OpenAI's surface of a project goes to the project, with its deployments and a token", async () => {
    const service = projectService(({ path }) =>
      path.endsWith("/chat/completions") ? { choices: [] } : { id: "resp_1", object: "response" },
    );
    const rig = await projectRig(service);
    const chat = await post(rig, `${P}/openai/v1/chat/completions`, {
      model: "gpt-5-mini",
      messages: [{ role: "user", content: "c" }],
    });
    expect(chat.status).toBe(200);
    expect((await post(rig, `${P}/openai/v1/responses`, { model: "gpt-5-mini", input: "i" })).status).toBe(
      200,
    );
    expect(
      service.seen.map(({ url, body, headers }) => [url, JSON.parse(body).model, headers.authorization]),
    ).toEqual([
      [`${ENDPOINT}/openai/v1/chat/completions`, "dep-canary", "Bearer token-canary-1"],
      [`${ENDPOINT}/openai/v1/responses`, "dep-canary", "Bearer token-canary-1"],
    ]);
    const elsewhere = await post(rig, `${P}/openai/v1/chat/completions`, {
      model: "mini",
      messages: [{ role: "user", content: "c" }],
    });
    expect(elsewhere.status).toBe(404);
    const models = (await (await rig.fetch(`${P}/openai/v1/models`)).json()) as { data: { id: string }[] };
    expect(models.data.map(({ id }) => id)).toEqual(["gpt-5-mini", "via-openai"]);
    const own1 = await post(rig, "/v1/responses", {
      model: "via-openai",
      input: "i",
      previous_response_id: "resp_1",
    });
    expect(await errorOf(own1)).toMatchObject({ code: "invalid_request" });
  });

  test("the names of the projects, and nothing else of them", async () => {
    const service = projectService();
    const rig = await projectRig(service);
    expect(await (await rig.fetch("/api/projects")).json()).toEqual({
      value: [{ name: "shop" }, { name: "hub" }],
    });
    expect((await rig.fetch("/api/projects", { headers: { authorization: null } })).status).toBe(401);
    expect(service.seen).toHaveLength(0);
  });

  test("deployments and connections tell nothing of the operator's", async () => {
    const service = projectService(({ path }) =>
      path === "/connections/bing"
        ? {
            name: "bing",
            id: "/subscriptions/s",
            type: "ApiKey",
            target: "https://secret-host",
            isDefault: true,
            credentials: { type: "ApiKey", key: "key-canary" },
            metadata: { a: "m-canary" },
          }
        : undefined,
    );
    const rig = await projectRig(service, configured);
    const text = await (await rig.fetch(`${P}/connections?connectionType=ApiKey`)).text();
    expect(JSON.parse(text)).toEqual({
      value: [
        {
          name: "bing",
          id: "bing",
          type: "ApiKey",
          target: "",
          isDefault: true,
          credentials: { type: "ApiKey" },
          metadata: {},
        },
      ],
    });
    expect(await (await rig.fetch(`${P}/connections?connectionType=AzureBlob`)).json()).toEqual({
      value: [],
    });
    expect((await rig.fetch(`${P}/connections/other`)).status).toBe(404);
    const { value } = (await (await rig.fetch(`${P}/deployments`)).json()) as { value: { name: string }[] };
    expect(value.map(({ name }) => name)).toEqual(["gpt-5-mini", "via-openai"]);
    expect(JSON.stringify(value)).not.toContain("canary");
    expect((await rig.fetch(`${P}/deployments/mini`)).status).toBe(404);
    expect(service.seen.every(({ method }) => method === "GET")).toBe(true);
  });

  test("own answers have no other rows", () => {
    expect(own.every((name) => rows.some((row) => row.name === name))).toBe(true);
  });
});
