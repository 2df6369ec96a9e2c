// Streams of runs: how they end, what they cost, what is remembered before it passes, and what is taken out of them.
import { describe, expect, test } from "vitest";
import { createRunMeter } from "../agent-meter.ts";
import { passEvents } from "../agent-stream.ts";
import {
  CONNECTION,
  GROUP,
  HOST,
  idOf,
  OPERATORS_AGENT,
  P,
  post,
  projectRig,
  projectService,
  SUBSCRIPTION,
} from "./project-service.ts";
import { eventStream, OTHER_KEY, type Rig } from "./setup.ts";

const encoder = new TextEncoder();
const event = (name: string, data: unknown) =>
  `event: ${name}\ndata: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;
const run = (status: string, more: object = {}) =>
  event(`thread.run.${status}`, {
    id: "run_1",
    object: "thread.run",
    thread_id: "thread_new",
    assistant_id: "asst_1",
    status,
    ...more,
  });
const delta = (value: string) =>
  event("thread.message.delta", {
    id: "msg_1",
    object: "thread.message.delta",
    delta: { content: [{ index: 0, type: "text", text: { value } }] },
  });
const DONE = event("done", "[DONE]");
const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
const WHOLE = run("created") + delta("a") + delta("b") + run("completed", { usage }) + DONE;

/** A run's stream by this text, or by these pieces. `end` says how: cleanly, by a failure, or never. */
async function streaming(
  pieces: readonly string[] | string,
  { end = "clean", change = {}, path = "/threads/runs", body = {} } = {},
) {
  const list = typeof pieces === "string" ? [pieces] : pieces;
  const source = () =>
    new ReadableStream<Uint8Array>({
      async start(controller) {
        for (const piece of list) {
          controller.enqueue(encoder.encode(piece));
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        if (end === "clean") controller.close();
        if (end === "broken") controller.error(new Error("reset"));
      },
    });
  const service = projectService(({ body: sent }) =>
    sent.includes('"stream":true') ? eventStream(source()) : undefined,
  );
  const rig = await projectRig(service, change);
  const response = await post(rig, P + path, { assistant_id: OPERATORS_AGENT, stream: true, ...body });
  return { rig, service, response };
}

async function ended(rig: Rig) {
  await rig.settled();
  return rig.log.at(-1)!;
}

const frameOf = (text: string) => /event: error\ndata: (.*)\n\n$/.exec(text)?.[1];

describe("how a run's stream ends", () => {
  test("P1 whole: byte for byte, with usage and how it finished", async () => {
    const { rig, response } = await streaming(WHOLE);
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    expect(await response.text()).toBe(WHOLE);
    expect(await ended(rig)).toMatchObject({
      outcome: "complete",
      finish_reason: "completed",
      usage,
      events: 5,
      stream: true,
    });
  });

  test("P1 with tools to run: the first stream is whole, too", async () => {
    const text = run("created") + run("requires_action") + DONE;
    const { rig, response } = await streaming(text);
    expect(await response.text()).toBe(text);
    expect(await ended(rig)).toMatchObject({ outcome: "complete", finish_reason: "requires_action" });
  });

  test("P1 in single bytes, with CRLF, in one piece: the same", async () => {
    for (const text of [WHOLE, WHOLE.replaceAll("\n", "\r\n")]) {
      const { rig, response } = await streaming([...text].map(String));
      expect(await response.text()).toBe(text);
      expect(await ended(rig)).toMatchObject({ outcome: "complete", usage });
    }
  }, 20_000);

  for (const [name, pieces, end, outcome] of [
    ["P1 left without done", [run("created"), delta("a")], "clean", "truncated"],
    ["B05 a reset", [run("created"), delta("a")], "broken", "upstream_error"],
    ["P1 left inside an event", [run("created"), delta("a").slice(0, 40)], "clean", "truncated"],
    ["B05 a reset inside an event", [run("created"), delta("a").slice(0, 40)], "broken", "upstream_error"],
    ["P1 completed is no end: done is", [run("created"), run("completed", { usage })], "clean", "truncated"],
  ] as const) {
    test(`${name}: a last event that says so, in this dialect`, async () => {
      const { rig, response } = await streaming(pieces, { end });
      const text = await response.text();
      const error = JSON.parse(frameOf(text)!).error;
      expect(error).toMatchObject({
        code: "stream_truncated",
        type: "server_error",
        request_id: response.headers.get("x-request-id"),
      });
      // What came before it is whole.
      expect(text.slice(0, text.indexOf("event: error"))).toBe(
        pieces.filter((piece) => piece.endsWith("\n\n")).join(""),
      );
      expect(await ended(rig)).toMatchObject({ outcome });
    });
  }

  test("B03 silence: the idle frame", async () => {
    const { rig, response } = await streaming([run("created"), ": ping\n\n"], {
      end: "never",
      change: { deadlines: { idleMs: 50 } },
    });
    expect(JSON.parse(frameOf(await response.text())!).error).toMatchObject({ code: "upstream_idle" });
    expect(await ended(rig)).toMatchObject({ outcome: "idle" });
  });

  test("I08 no end: the frame of the longest stream", async () => {
    const { rig, response } = await streaming([run("created")], {
      end: "never",
      change: { deadlines: { streamMs: 60 } },
    });
    expect(JSON.parse(frameOf(await response.text())!).error).toMatchObject({ code: "stream_too_long" });
    expect(await ended(rig)).toMatchObject({ outcome: "max_duration" });
  });

  test("A28 the service's own error event is told in our words, and no second one follows", async () => {
    const text = run("created") + event("error", { error: { code: "server_error", message: "m" } });
    const { rig, response } = await streaming(text);
    const told = await response.text();
    expect(told.startsWith(run("created"))).toBe(true);
    expect(told.slice(run("created").length)).toMatch(
      /^event: error\ndata: \{"error":\{"message":"The model service failed\.",[^\n]*\n\n$/,
    );
    expect(await ended(rig)).toMatchObject({ outcome: "upstream_error" });
  });

  test("a run that failed is a stream that went well", async () => {
    const text =
      run("created") + run("failed", { last_error: { code: "rate_limit_exceeded", message: "m" } }) + DONE;
    const { rig, response } = await streaming(text);
    expect(await response.text()).toBe(text);
    expect(await ended(rig)).toMatchObject({ outcome: "complete", finish_reason: "failed" });
  });

  test("B20 A33 what is no event stream is 502", async () => {
    for (const answer of [
      new Response("<html>", { headers: { "content-type": "text/html" } }),
      new Response(null),
    ]) {
      const service = projectService(() => answer.clone());
      const rig = await projectRig(service);
      expect(
        (await post(rig, `${P}/threads/runs`, { assistant_id: OPERATORS_AGENT, stream: true })).status,
      ).toBe(502);
    }
  });

  test("an event past the limit ends the stream with a frame, and memory stays small", async () => {
    const big = ["event: thread.message.delta\ndata: ", ...Array(40).fill("x".repeat(1000))];
    const { rig, response } = await streaming([run("created"), ...big], {
      change: { limits: { answerBytes: 20_000 } },
    });
    expect(JSON.parse(frameOf(await response.text())!).error.code).toBe("stream_truncated");
    expect(await ended(rig)).toMatchObject({ outcome: "upstream_error" });
  });

  test("P5 a caller that reads nothing holds little, however much the project sends", async () => {
    let sent = 0;
    const service = projectService(() =>
      eventStream(
        new ReadableStream({
          pull(controller) {
            sent += 1;
            controller.enqueue(encoder.encode(delta("x".repeat(1000))));
          },
        }),
      ),
    );
    const rig = await projectRig(service, { deadlines: { idleMs: 100 } });
    const response = await post(rig, `${P}/threads/runs`, { assistant_id: OPERATORS_AGENT, stream: true });
    await ended(rig);
    expect(sent).toBeLessThan(20);
    expect(rig.log.at(-1)).toMatchObject({ outcome: "idle" });
    await response.body!.cancel().catch(() => {});
  });

  test("tool outputs are submitted as a stream of the same kind", async () => {
    const service = projectService(({ path }) =>
      path.endsWith("submit_tool_outputs")
        ? eventStream(run("queued") + run("completed", { usage }) + DONE)
        : undefined,
    );
    const rig = await projectRig(service);
    const thread = await idOf(await post(rig, `${P}/threads`, {}));
    const response = await post(rig, `${P}/threads/${thread}/runs/run_1/submit_tool_outputs`, {
      tool_outputs: [{ tool_call_id: "c", output: "o" }],
      stream: true,
    });
    expect(await response.text()).toContain("thread.run.completed");
    expect(await ended(rig)).toMatchObject({ outcome: "complete", usage });
  });
});

describe("what a run's stream costs", () => {
  const metered = (text: string) => {
    const meter = createRunMeter();
    meter.feed(encoder.encode(text));
    return meter.totals();
  };
  const step = (tokens: number) =>
    event("thread.run.step.completed", {
      id: "s",
      object: "thread.run.step",
      usage: { prompt_tokens: tokens, completion_tokens: 1, total_tokens: tokens + 1 },
    });

  test("the run's own usage counts once, whatever its steps say", () => {
    expect(metered(step(3) + step(4) + run("completed", { usage })).usage).toEqual(usage);
  });
  test("without it the steps are added up", () => {
    expect(metered(step(3) + step(4) + run("requires_action")).usage).toEqual({
      prompt_tokens: 7,
      completion_tokens: 2,
      total_tokens: 9,
    });
  });
  test("without any, pieces of text are counted and called an estimate", () => {
    expect(metered(delta("a") + delta("b")).usage).toEqual({ completion_tokens: 2, estimated: true });
  });
  test("F07 usage that is none is not counted", () => {
    expect(metered(run("completed", { usage: { prompt_tokens: -1, completion_tokens: "9" } })).usage).toEqual(
      { completion_tokens: 0, estimated: true },
    );
  });
});

describe("what a run makes is remembered before it passes", () => {
  test("F18 the thread of thread and run, whole and streamed", async () => {
    const text = event("thread.created", { id: "thread_new", object: "thread" }) + WHOLE;
    const { rig, response } = await streaming(text);
    const reader = response.body!.getReader();
    await reader.read();
    expect((await rig.fetch(`${P}/threads/thread_new/messages`)).status).toBe(200);
    expect(
      (
        await rig.fetch(`${P}/threads/thread_new/messages`, {
          headers: { authorization: `Bearer ${OTHER_KEY}` },
        })
      ).status,
    ).toBe(404);
    await reader.cancel();

    const whole = await projectRig(projectService());
    const answer = (await (
      await post(whole, `${P}/threads/runs`, { assistant_id: OPERATORS_AGENT })
    ).json()) as { thread_id: string };
    expect((await whole.fetch(`${P}/threads/${answer.thread_id}`)).status).toBe(200);
    const other = { headers: { authorization: `Bearer ${OTHER_KEY}` } };
    expect((await whole.fetch(`${P}/threads/${answer.thread_id}`, other)).status).toBe(404);
  });

  const message = (role: string, content: object[]) => ({
    id: "msg_1",
    object: "thread.message",
    role,
    content,
  });
  const made = [
    { type: "image_file", image_file: { file_id: "assistant_made" } },
    {
      type: "text",
      text: {
        value: "v",
        annotations: [
          { type: "file_path", file_path: { file_id: "assistant_path" } },
          { type: "file_citation", file_citation: { file_id: "assistant_cited" } },
        ],
      },
    },
  ];
  const statusOf = async (rig: Rig, id: string) => (await rig.fetch(`${P}/files/${id}/content`)).status;

  test("F18 files of the code interpreter belong to the caller, files that were only read do not", async () => {
    const stepDetails = {
      type: "tool_calls",
      tool_calls: [
        {
          type: "code_interpreter",
          code_interpreter: { outputs: [{ type: "image", image: { file_id: "assistant_step" } }] },
        },
      ],
    };
    const text =
      run("created") +
      event("thread.run.step.completed", {
        id: "step_1",
        object: "thread.run.step",
        step_details: stepDetails,
      }) +
      event("thread.message.completed", message("assistant", made)) +
      run("completed") +
      DONE;
    const { rig, response } = await streaming(text);
    expect(await response.text()).toBe(text);
    expect([
      await statusOf(rig, "assistant_made"),
      await statusOf(rig, "assistant_path"),
      await statusOf(rig, "assistant_step"),
    ]).toEqual([200, 200, 200]);
    expect(await statusOf(rig, "assistant_cited")).toBe(404);
  });

  test("F18 the same from messages and steps that are read later", async () => {
    const service = projectService(({ path, method }) =>
      method === "GET" && path.endsWith("/messages")
        ? { object: "list", data: [message("assistant", made)] }
        : undefined,
    );
    const rig = await projectRig(service);
    const thread = await idOf(await post(rig, `${P}/threads`, {}));
    expect(await statusOf(rig, "assistant_made")).toBe(404);
    await rig.fetch(`${P}/threads/${thread}/messages`);
    expect([await statusOf(rig, "assistant_made"), await statusOf(rig, "assistant_cited")]).toEqual([
      200, 404,
    ]);
  });

  test("F18 a text that says the name of a member makes nothing", async () => {
    const text = run("created") + delta('"image_file":{"file_id":"assistant_x"}') + DONE;
    const { rig, response } = await streaming(text);
    await response.text();
    expect(await statusOf(rig, "assistant_x")).toBe(404);
  });

  test("F18 a schema that a caller wrote and gets back in a run, a list or a step makes nothing", async () => {
    const theirs = {
      image_file: { file_id: "assistant_x" },
      file_path: { file_id: "assistant_x" },
      image: { file_id: "assistant_x" },
    };
    const tools = [
      {
        type: "function",
        function: { name: "f", parameters: { ...theirs, content: [theirs], step_details: theirs } },
      },
    ];
    const echo = {
      tools,
      response_format: { type: "json_schema", json_schema: { name: "n", schema: theirs } },
      metadata: {},
      content: [theirs],
    };
    const text =
      run("created", echo) +
      event("thread.run.step.completed", {
        id: "step_1",
        object: "thread.run.step",
        content: [theirs],
        step_details: {
          type: "tool_calls",
          tool_calls: [{ type: "function", function: { arguments: JSON.stringify(theirs), ...theirs } }],
        },
      }) +
      run("completed", echo) +
      DONE;
    const { rig, response } = await streaming(text);
    await response.text();
    expect(await statusOf(rig, "assistant_x")).toBe(404);
    const whole = await projectRig(
      projectService(({ path }) =>
        path === "/threads/runs"
          ? { id: "run_1", object: "thread.run", thread_id: "thread_1", ...echo }
          : undefined,
      ),
    );
    expect((await post(whole, `${P}/threads/runs`, { assistant_id: OPERATORS_AGENT, tools })).status).toBe(
      200,
    );
    expect(await statusOf(whole, "assistant_x")).toBe(404);
  });

  test("F15 when it can't be remembered, it doesn't pass", async () => {
    const text = event("thread.created", { id: "thread_new", object: "thread" }) + WHOLE;
    const { rig, response } = await streaming(text, { change: { limits: { objects: 1 } } });
    // One object is allowed, and this caller's thread is the second.
    expect((await response.text()).includes("thread_new")).toBe(true);
    await rig.settled();
    const full = await streaming(text, { change: { limits: { objects: 1 } } });
    await full.response.text();
    const second = await post(full.rig, `${P}/threads/runs`, { assistant_id: OPERATORS_AGENT });
    expect(second.status).toBe(429);
  });
});

describe("H10 what is the operator's is taken out", () => {
  const secretRun = {
    assistant_id: OPERATORS_AGENT,
    model: "dep-canary",
    instructions: "order-canary",
    tools: [{ type: "bing_grounding", bing_grounding: { connections: [{ connection_id: CONNECTION }] } }],
    last_error: { code: "x", message: `at https://${HOST}/api/projects/shop` },
  };

  test("of a stream's events", async () => {
    const { response } = await streaming(
      run("created", secretRun) + delta("a") + run("completed", { ...secretRun, usage }) + DONE,
    );
    const text = await response.text();
    expect(text).not.toContain("canary");
    expect(text).toContain('"model":"gpt-5-mini"');
    expect(text).toContain(delta("a"));
  });

  test("H03 of a stream also the token, wherever the service shows it", async () => {
    const { response } = await streaming(run("created") + delta("token-canary-1") + DONE);
    expect(await response.text()).not.toContain("canary");
  });

  test("of whole answers, at any depth, and where pages go on", async () => {
    const service = projectService(({ method }) =>
      method === "GET"
        ? {
            object: "list",
            data: [
              {
                id: "run_1",
                object: "thread.run",
                ...secretRun,
                deep: { resource: CONNECTION, where: `group resourceGroups/${GROUP}` },
              },
            ],
            nextLink: `https://${HOST}/api/projects/shop/x?api-version=v1`,
          }
        : undefined,
    );
    const rig = await projectRig(service);
    const thread = await idOf(await post(rig, `${P}/threads`, {}));
    const text = await (await rig.fetch(`${P}/threads/${thread}/runs`)).text();
    expect(text).not.toMatch(new RegExp(`${HOST}|${SUBSCRIPTION}|order-canary|dep-canary|nextLink`));
    expect(JSON.parse(text).data[0].deep.resource).toBe("bing-canary");
  });

  test("of a workspace also its path", async () => {
    const ERA =
      "/agents/v1.0/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/hub";
    const service = projectService(() => ({
      id: "thread_1",
      object: "thread",
      note: `sub ${SUBSCRIPTION}, resourceGroups/${GROUP}`,
    }));
    const rig = await projectRig(service);
    expect(await (await post(rig, `${ERA}/threads`, {})).text()).not.toContain("canary");
    const failing = await projectRig(
      projectService(
        () =>
          new Response(
            JSON.stringify({
              error: { message: `no /subscriptions/${SUBSCRIPTION}/resourceGroups/${GROUP}` },
            }),
            { status: 404, headers: { "content-type": "application/json" } },
          ),
      ),
    );
    expect(await (await post(failing, `${ERA}/threads`, {})).text()).not.toContain("canary");
  });

  test("words of people stay as they are", async () => {
    const words = "the id /subscriptions/mine/resourceGroups/mine and instructions";
    const service = projectService(({ method }) =>
      method === "GET"
        ? {
            id: "msg_1",
            object: "thread.message",
            content: [{ type: "text", text: { value: words, annotations: [] } }],
            metadata: { model: "dep-canary" },
          }
        : undefined,
    );
    const rig = await projectRig(service);
    const thread = await idOf(await post(rig, `${P}/threads`, {}));
    expect(await (await rig.fetch(`${P}/threads/${thread}/messages/msg_1`)).json()).toMatchObject({
      content: [{ text: { value: words } }],
      metadata: { model: "dep-canary" },
    });
  });

  test("P4 nothing of it is logged", async () => {
    const { rig, response } = await streaming(run("created", secretRun) + delta("said-canary") + DONE, {
      body: { additional_instructions: undefined, instructions: "asked-canary" },
    });
    await response.text();
    await ended(rig);
    expect(JSON.stringify(rig.log)).not.toMatch(/canary/);
  });
});

describe("events are passed whole", () => {
  const collect = async (pieces: readonly Uint8Array[]) => {
    let index = 0;
    const source = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (index === pieces.length) controller.close();
        else controller.enqueue(pieces[index++]!);
      },
    });
    const passed = passEvents(source, {
      tell: (_, data) => data,
      matters: () => true,
      eventBytes: 1e6,
    });
    const out: string[] = [];
    for await (const piece of passed) out.push(new TextDecoder().decode(piece));
    return out;
  };
  const texts = [
    "data: a\n\n",
    "data: a\r\n\r\ndata: b\r\n\r\n",
    "data: a\r\rdata: b\r\r",
    "event: x\ndata: {\ndata: }\n\n",
    ": c\n\n\n\ndata: é€😀\n\n",
    "data: a\n\r\ndata: b\n\n",
  ];
  for (const text of texts) {
    test(`cut anywhere: ${JSON.stringify(text)}`, async () => {
      const bytes = encoder.encode(text);
      for (let cut = 0; cut <= bytes.length; cut++) {
        const out = await collect([bytes.slice(0, cut), bytes.slice(cut)]);
        expect(out.join("")).toBe(text);
        // Lines of comments pass as they come.
        for (const piece of out) expect(piece).toMatch(/(\r\n|\n|\r){2}$|^(:[^\r\n]*[\r\n]+)+$/);
      }
      expect((await collect([...bytes].map((byte) => Uint8Array.of(byte)))).join("")).toBe(text);
    });
  }

  test("A25 a large event in single bytes takes linear time", async () => {
    const size = 200_000;
    const bytes = encoder.encode(`data: ${"x".repeat(size)}\n\n`);
    const started = performance.now();
    await collect([...bytes].map((byte) => Uint8Array.of(byte)));
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
