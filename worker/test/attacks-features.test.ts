// What hostile callers and unlucky configurations tried with tools, policies, forms and upstreams, and what became of it.
import { describe, expect, test } from "vitest";
import { BREAKER, createBreaker } from "../breaker.ts";
import { heartbeatFor } from "../heartbeat.ts";
import type { ConfigInput } from "../proxy.ts";
import { FORM_TYPE, type FormPart, formBody, objectService, readForm } from "./object-service.ts";
import { P, post, projectRig, projectService } from "./project-service.ts";
import { createRig, errorOf, jsonAnswer, OTHER_KEY } from "./setup.ts";

const OTHER = { authorization: `Bearer ${OTHER_KEY}` };

describe("G08 a spec's paths are appended to its server", () => {
  const tool = (path: string) => ({
    type: "openapi",
    openapi: {
      name: "n",
      auth: { type: "anonymous" },
      spec: {
        openapi: "3.0.0",
        info: {},
        servers: [{ url: "https://api.example.com" }],
        paths: { [path]: { get: {} } },
      },
    },
  });
  const create = async (path: string) => {
    const service = projectService();
    const rig = await projectRig(service, { openApiHosts: ["api.example.com"] });
    const answer = await post(rig, `${P}/assistants`, { model: "gpt-5-mini", tools: [tool(path)] });
    return [answer.status, service.seen.length];
  };

  for (const path of [
    "@evil.example/x",
    ".evil.example/x",
    "//evil.example/x",
    "/\\evil.example",
    ":8443/x",
    "x",
  ])
    test(`${path} would lead elsewhere: refused`, async () => {
      expect(await create(path)).toEqual([400, 0]);
    });
  test("an ordinary one passes", async () => {
    expect((await create("/orders/{id}"))[0]).toBe(200);
  });
});

describe("A21 comments and readers that dispatch at every blank line", () => {
  /** As openai-go before its fix (issue 556): a blank line is an event, and an event without data is no JSON. */
  function decode(text: string): unknown[] {
    const events: unknown[] = [];
    let data = "";
    for (const line of text.split("\n").slice(0, -1)) {
      if (line.startsWith("data:")) data += line.slice(5).trim();
      if (line !== "") continue;
      events.push(JSON.parse(data));
      data = "";
    }
    return events;
  }
  for (const dialect of ["openai", "azure-openai", "agents"] as const)
    test(dialect, () => {
      const comment = new TextDecoder().decode(heartbeatFor(dialect, 10)!.bytes);
      expect(decode(`${comment}${comment}data: {"a":1}\n\n${comment}data: {"a":2}\n\n`)).toEqual([
        { a: 1 },
        { a: 2 },
      ]);
    });
});

describe("a probe that takes long", () => {
  const resting = () => {
    const breaker = createBreaker(BREAKER, () => 0);
    breaker.begin(0, 300_000)!.end("busy", 0, 1000);
    return breaker;
  };

  test("keeps the others away for a while, not for as long as one answer may take", () => {
    const breaker = resting();
    expect(breaker.begin(1000, 300_000)?.isProbe).toBe(true);
    expect(breaker.begin(1001, 300_000)).toBeUndefined();
    expect(breaker.begin(1000 + BREAKER.probeMs, 300_000)?.isProbe).toBe(true);
  });

  test("still tells that the rest is over when another has taken its place", () => {
    const breaker = resting();
    const slow = breaker.begin(1000, 300_000)!;
    const next = breaker.begin(1000 + BREAKER.probeMs, 300_000)!;
    slow.end("answered", 40_000);
    expect(breaker.look(40_000).state).toBe("closed");
    next.end("failed", 40_001);
    expect(breaker.look(40_001)).toMatchObject({ state: "closed" });
  });
});

describe("F21 a caller whose own calls make a service fail", () => {
  const failing = (breaker: ReturnType<typeof createBreaker>, caller: string, times: number) => {
    for (let i = 0; i < times; i += 1) breaker.begin(0, 1000, caller)?.end("failed", 0);
  };
  const answered = (breaker: ReturnType<typeof createBreaker>, caller: string) =>
    breaker.begin(0, 1000, caller)?.end("answered", 0);

  test("does not take it from the others for whom it works", () => {
    const breaker = createBreaker(BREAKER, () => 0);
    answered(breaker, "good");
    failing(breaker, "bad", 50);
    expect(breaker.look(0)).toMatchObject({ state: "closed", calls: 51, failed: 50 });
  });

  test("a service that fails for everybody rests, and so it does for one who is alone with it", () => {
    const all = createBreaker(BREAKER, () => 0);
    for (const caller of ["a", "b", "c", "d", "e"]) failing(all, caller, 1);
    const alone = createBreaker(BREAKER, () => 0);
    answered(alone, "a");
    failing(alone, "a", 5);
    expect([all.look(0).state, alone.look(0).state]).toEqual(["open", "open"]);
  });

  test("through the proxy", async () => {
    const service = objectService(({ body }) =>
      body.includes("poison") ? jsonAnswer({ error: {} }, { status: 500 }) : undefined,
    );
    const rig = await createRig({}, { fetch: service.fetch, random: () => 0 });
    const ask = async (content: string, headers = {}) =>
      (
        await rig.chat(
          { model: "via-openai", messages: [{ role: "user", content }] },
          { path: "/v1/chat/completions", headers },
        )
      ).status;
    expect(await ask("hello", OTHER)).toBe(200);
    for (let i = 0; i < 10; i += 1) expect(await ask("poison")).toBe(502);
    expect(await ask("hello", OTHER)).toBe(200);
  });
});

describe("forms", () => {
  const file: FormPart = { name: "file", value: "RIFF", filename: "a.wav", type: "audio/wav" };
  const model: FormPart = { name: "model", value: "whisper" };

  async function rigWith(change: Partial<ConfigInput>, statusOf: (url: string) => number = () => 200) {
    const service = objectService(({ url }) => jsonAnswer({ text: "t" }, { status: statusOf(url) }));
    const rig = await createRig(change, { fetch: service.fetch });
    const send = (parts: readonly FormPart[], path = "/v1/audio/transcriptions") =>
      rig.fetch(path, { method: "POST", body: formBody(parts), headers: { "content-type": FORM_TYPE } });
    return { rig, service, send };
  }
  const at = (upstream: string, deployment: string, weight = 1) => ({ upstream, deployment, weight });

  test("go by the words of the place that gets them, not of one that is drained", async () => {
    const toAzure = await rigWith({
      models: { whisper: { upstreams: [at("openai", "whisper-1", 0), at("azure", "w")] } },
    });
    expect((await toAzure.send([model, file])).status).toBe(200);
    const [azure] = toAzure.service.seen;
    expect(azure!.url).toContain("/openai/deployments/w/");
    expect((await readForm(azure!)).map(([name]) => name)).toEqual(["file"]);

    const toOpenai = await rigWith({
      models: { whisper: { upstreams: [at("azure", "w", 0), at("openai", "whisper-1")] } },
    });
    expect((await toOpenai.send([model, file])).status).toBe(200);
    expect((await readForm(toOpenai.service.seen[0]!))[0]).toEqual(["model", "whisper-1"]);
  });

  test("a name that comes after the file is told as its own place has it", async () => {
    const { send, service } = await rigWith({
      models: {
        other: { upstreams: [at("openai", "other-1")] },
        whisper: { upstreams: [at("azure", "w", 0), at("openai", "whisper-1")] },
      },
    });
    expect((await send([file, model])).status).toBe(200);
    const models = (await readForm(service.seen[0]!)).filter(([name]) => name === "model");
    expect(models).toEqual([["model", "whisper-1"]]);
  });

  test("go to a place that is well while another rests", async () => {
    const { send, service } = await rigWith(
      {
        models: {
          whisper: {
            upstreams: [
              { upstream: "openai", deployment: "whisper-1", priority: 1 },
              { upstream: "azure", deployment: "w", priority: 2 },
            ],
          },
        },
      },
      (url) => (url.includes("openai.example.com") ? 429 : 200),
    );
    expect([(await send([model, file])).status, (await send([model, file])).status]).toEqual([429, 200]);
    expect(service.seen.map(({ url }) => new URL(url).hostname)).toEqual([
      "openai.example.com",
      "azure.example.com",
    ]);
    expect((await readForm(service.seen[1]!)).map(([name]) => name)).toEqual(["file"]);
  });

  const group = { name: "all", match: {} };
  const rules: [string, object, FormPart[], number][] = [
    ["a forbidden field", { forbidden: ["prompt"] }, [{ name: "prompt", value: "p" }], 0],
    ["a field that is not allowed", { allowed: ["language"] }, [{ name: "temperature", value: "0" }], 0],
    ["a forbidden list", { forbidden: ["include"] }, [{ name: "include[]", value: "logprobs" }], 0],
    ["what is allowed", { allowed: ["language"] }, [{ name: "language", value: "en" }], 1],
  ];
  for (const [name, parameters, parts, calls] of rules)
    test(`a group's parameters hold for forms: ${name}`, async () => {
      const { send, service } = await rigWith({
        models: { whisper: { upstream: "openai", deployment: "whisper-1" } },
        policy: [{ ...group, parameters }],
      });
      const answer = await send([model, ...parts, file]);
      expect([answer.status === 200 ? 1 : 0, service.seen.length]).toEqual([calls, calls]);
      if (calls === 0) expect(answer.status).toBe(403);
    });
});

describe("names of agents", () => {
  const named = (name: string) => ({ name, definition: { kind: "prompt", model: "gpt-5-mini" } });

  test("one whose making was refused is free again: nobody holds names without making agents", async () => {
    let refusing = true;
    const service = projectService(({ method, path }) =>
      refusing && method === "POST" && path === "/agents"
        ? jsonAnswer({ error: { code: "bad", message: "No." } }, { status: 400 })
        : undefined,
    );
    const rig = await projectRig(service);
    expect((await post(rig, `${P}/agents`, named("wanted"))).status).toBe(400);
    refusing = false;
    expect((await post(rig, `${P}/agents`, named("wanted"), OTHER)).status).toBe(200);
    const again = await post(rig, `${P}/agents`, named("wanted"));
    expect([again.status, (await errorOf(again)).code]).toEqual([409, "name_taken"]);
  });
});

describe("F18 a caller that has as many objects as it may", () => {
  const limits = { objects: 1 };
  const full = (answer: Response) => errorOf(answer).then(({ code }) => [answer.status, code]);

  test("makes no more at the service either: they would be nobody's, and never deleted", async () => {
    const service = objectService();
    const rig = await createRig({ limits }, { fetch: service.fetch });
    const parts = [
      { name: "purpose", value: "assistants" },
      { name: "file", value: "text", filename: "a.txt" },
    ];
    const upload = () =>
      rig.fetch("/v1/files", {
        method: "POST",
        body: formBody(parts),
        headers: { "content-type": FORM_TYPE },
      });
    const made = (await (await upload()).json()) as { id: string };
    expect(await full(await upload())).toEqual([429, "too_many_objects"]);
    expect(service.seen).toHaveLength(1);
    await rig.fetch(`/v1/files/${made.id}`, { method: "DELETE" });
    expect((await upload()).status).toBe(201);
  });

  test("nor agents by name, but may change what it has", async () => {
    const service = projectService();
    const rig = await projectRig(service, { limits });
    const definition = { kind: "prompt", model: "gpt-5-mini" };
    expect((await post(rig, `${P}/agents`, { name: "one", definition })).status).toBe(200);
    expect(await full(await post(rig, `${P}/agents`, { name: "two", definition }))).toEqual([
      429,
      "too_many_objects",
    ]);
    expect(service.seen.filter(({ method }) => method === "POST")).toHaveLength(1);
    expect((await post(rig, `${P}/agents/one/versions`, { definition })).status).toBe(200);
  });
});
