// A run as a stream: what it delivers, what it adds up to, how it may end, and how one stream leads to the next.
import {
  type AgentStreamEvent,
  type AgentsClient,
  functionTool,
  type MessageDeltaChunk,
  type ThreadRun,
  ToolSet,
} from "latchkey/projects";
import { describe, expect, expectTypeOf, test } from "vitest";
import { recorder } from "../openai/recorder.ts";
import {
  body,
  bytesOf,
  drain,
  eventStream,
  failureOf,
  json,
  type Piece,
  sleep,
  thrownBy,
} from "../service.ts";
import {
  agentsOf,
  DONE,
  delta,
  functionCall,
  gives,
  message,
  requires,
  run,
  SAYS_HELLO,
  scripted,
  sse,
  text,
} from "./agents-service.ts";

const ASK = { assistant_id: "asst_1" };
const answering = (...pieces: Piece[]): AgentsClient => agentsOf(recorder(() => eventStream(body(pieces))));
const streamed =
  (...pieces: string[]) =>
  () =>
    eventStream(body(pieces));
const open = (client: AgentsClient, options = {}) => client.createStream("thread_1", ASK, options);

describe("one stream", () => {
  test("every event with its name, in order; the whole; the text", async () => {
    const stream = await open(answering(...SAYS_HELLO));
    const { items, error } = await drain(stream);
    expect(error).toBeUndefined();
    expect(items.map(({ event }) => String(event))).toEqual([
      "thread.run.created",
      "thread.run.queued",
      "thread.run.in_progress",
      "thread.run.step.created",
      "thread.message.created",
      "thread.message.delta",
      "thread.message.delta",
      "thread.message.completed",
      "thread.run.completed",
      "done",
    ]);
    const { run, messages, steps, thread } = await stream.final();
    expect(run).toMatchObject({ id: "run_1", status: "completed", usage: { total_tokens: 3 } });
    expect(messages).toEqual([message("completed", [text("Hello, wörld ✓")])]);
    expect(steps).toMatchObject([{ id: "step_1", status: "in_progress" }]);
    expect(thread).toBeUndefined();
    const again = await open(answering(...SAYS_HELLO));
    expect((await drain(again.text())).items).toEqual(["Hel", "lo, wörld ✓"]);
  });

  test("wherever the bytes are split", async () => {
    const bytes = bytesOf(SAYS_HELLO.join(""));
    const whole = await (await open(answering(bytes))).final();
    for (let at = 1; at < bytes.length; at++) {
      const stream = await open(answering(bytes.subarray(0, at), bytes.subarray(at)));
      expect(await stream.final()).toEqual(whole);
    }
    const single = await open(answering(...Array.from(bytes, (byte) => new Uint8Array([byte]))));
    expect(await single.final()).toEqual(whole);
  });

  test("cut anywhere before the end: truncated, with what came", async () => {
    const bytes = bytesOf(SAYS_HELLO.join(""));
    const done = bytes.length - bytesOf(DONE).length;
    for (let at = 0; at <= done; at += 7) {
      const stream = await open(answering(bytes.subarray(0, at)));
      const error = await failureOf(stream.final());
      expect(error.kind).toBe("truncated");
      expect(error.partial).toBe(stream.snapshot);
    }
    const late = await open(answering(bytes.subarray(0, done)));
    const { partial } = (await failureOf(late.final())) as { partial: { run: ThreadRun } };
    expect(partial).toMatchObject({ run: { id: "run_1", status: "completed" }, messages: [{ id: "msg_1" }] });
  });

  test("a lost connection carries the run id and the text so far", async () => {
    const cut = body([...SAYS_HELLO.slice(0, 6)], { error: new Error("reset") });
    const error = await failureOf((await open(agentsOf(recorder(() => eventStream(cut))))).final());
    expect(error).toMatchObject({
      kind: "truncated",
      partial: { run: { id: "run_1" }, messages: [{ content: [{ text: { value: "Hel" } }] }] },
    });
  });

  test.each([
    ["done and [DONE]", DONE],
    ["[DONE] alone", "data: [DONE]\n\n"],
    ["done with something else", sse("done", "{}")],
    ["[DONE] without its blank line", "event: done\ndata: [DONE]"],
  ])("it ends with %s", async (_, end) => {
    const { items, error } = await drain(await open(answering(...SAYS_HELLO.slice(0, -1), end)));
    expect(error).toBeUndefined();
    expect(items.at(-1)).toEqual({ event: "done", data: "[DONE]" });
  });

  test("it ends at done, though the connection stays open, and hears nothing after it", async () => {
    const more = body([...SAYS_HELLO, delta("more")], "open");
    const stream = await open(agentsOf(recorder(() => eventStream(more))), { idleTimeoutMs: 5000 });
    expect((await drain(stream.text())).items.join("")).toBe("Hello, wörld ✓");
  });

  test.each([
    ["eof", SAYS_HELLO.slice(0, 6), true],
    ["finish_reason", SAYS_HELLO.slice(0, -1), true],
    ["finish_reason", SAYS_HELLO.slice(0, 6), false],
    ["done", SAYS_HELLO.slice(0, -1), false],
  ] as const)("streamEnd %s", async (streamEnd, pieces, whole) => {
    const client = agentsOf(
      recorder(() => eventStream(body(pieces))),
      { streamEnd },
    );
    const { error } = await drain(await open(client));
    expect(error === undefined).toBe(whole);
  });

  test("a stream that ends before any run is malformed, not empty", async () => {
    expect(await failureOf((await open(answering(DONE))).final())).toMatchObject({ kind: "malformed" });
  });

  test.each([
    ["an error event", sse("error", { error: { code: "rate_limit_exceeded", message: "slow" } })],
    ["a flat error event", sse("error", { code: "rate_limit_exceeded", message: "slow" })],
    ["an error without a name", `data: {"error":{"code":"rate_limit_exceeded","message":"slow"}}\n\n`],
  ])("%s is thrown as a typed error, with the run", async (_, piece) => {
    const { items, error } = await drain(await open(answering(...SAYS_HELLO.slice(0, 6), piece, DONE)));
    expect(items).toHaveLength(6);
    expect(error).toMatchObject({
      kind: "api",
      code: "rate_limit_exceeded",
      status: undefined,
      partial: { run: { id: "run_1" } },
    });
  });

  test("an error event of plain text", async () => {
    const { error } = await drain(await open(answering(sse("error", "the model is asleep"))));
    expect(error).toMatchObject({ kind: "api", message: "the model is asleep" });
  });

  test("a run that failed is an answer", async () => {
    const failed = run("failed", { last_error: { code: "server_error", message: "no" } });
    const { run: last } = await (await open(answering(sse("thread.run.failed", failed), DONE))).final();
    expect(last).toMatchObject({ status: "failed", last_error: { code: "server_error" } });
  });

  test("unknown events are kept: parsed, or as their text", async () => {
    const { items } = await drain(
      await open(answering(sse("thread.future", { a: 1 }), sse("ping", "not json"), ...SAYS_HELLO)),
    );
    expect(items.slice(0, 2)).toEqual([
      { event: "thread.future", data: { a: 1 } },
      { event: "ping", data: "not json" },
    ]);
  });

  test("something else where an object belongs is malformed, and not quoted", async () => {
    const error = await failureOf((await open(answering(sse("thread.run.created", "canary")))).final());
    expect(error.kind).toBe("malformed");
    expect(`${error.message} ${error.stack}`).not.toContain("canary");
  });

  test.each(["id", "thread_id", "status"])("a run without its %s is malformed", async (member) => {
    const broken = { ...run("queued"), [member]: undefined };
    const stream = await open(answering(sse("thread.run.created", broken), DONE));
    expect(await failureOf(stream.final())).toMatchObject({ kind: "malformed" });
  });

  test("events without a name say by their object what they are", async () => {
    const nameless = SAYS_HELLO.map((record) => record.replace(/^event: .*\n/, ""));
    const { items } = await drain(await open(answering(...nameless)));
    expect(items.map(({ event }) => String(event)).slice(-5)).toEqual([
      "thread.message.delta",
      "thread.message.delta",
      "thread.message.completed",
      "thread.run.completed",
      "done",
    ]);
  });

  test("a whole run in place of a stream", async () => {
    const stream = await open(agentsOf(recorder(() => json(run("completed")))));
    expect((await drain(stream)).items.map(({ event }) => String(event))).toEqual([
      "thread.run.completed",
      "done",
    ]);
  });

  test("a page in place of a stream is an error before the first event", async () => {
    const page = agentsOf(recorder(() => new Response("<p>", { headers: { "content-type": "text/html" } })));
    expect(await failureOf(open(page))).toMatchObject({ kind: "malformed" });
  });

  test("expires_at of a step is its expired_at", async () => {
    const step = { id: "s", object: "thread.run.step", status: "expired", expires_at: 7, step_details: {} };
    const { items } = await drain(await open(answering(sse("thread.run.step.expired", step), ...SAYS_HELLO)));
    expect(items[0]!.data).toEqual({
      id: "s",
      object: "thread.run.step",
      status: "expired",
      expired_at: 7,
      step_details: {},
    });
  });

  test("events are the caller's: they don't change afterwards", async () => {
    const stream = await open(answering(...SAYS_HELLO));
    const { items } = await drain(stream);
    expect(items[4]!.data).toEqual(message("in_progress"));
    expect(items[5]!.data).toMatchObject({ delta: { content: [{ text: { value: "Hel" } }] } });
  });

  test("a thread made by the same call", async () => {
    const thread = { id: "thread_9", object: "thread" };
    const client = answering(sse("thread.created", thread), ...SAYS_HELLO);
    const stream = await client.createThreadAndRunStream(ASK);
    expect((await stream.final()).thread).toEqual(thread);
  });

  test("the type of an event's data follows its name", () => {
    const of = (event: AgentStreamEvent) => {
      if (event.event === "thread.message.delta") return event.data;
      return undefined;
    };
    expectTypeOf(of).returns.toEqualTypeOf<MessageDeltaChunk | undefined>();
  });
});

describe("deltas add up", () => {
  const of = (id: string, step_details: object) =>
    sse("thread.run.step.delta", { id, object: "thread.run.step.delta", delta: { step_details } });
  const calls = (...tool_calls: object[]) => of("s", { type: "tool_calls", tool_calls });

  test("calls of functions, code with its outputs, searches", async () => {
    const stream = await open(
      answering(
        sse("thread.run.created", run("queued")),
        calls({ index: 0, id: "c0", type: "function", function: { name: "f", arguments: "", output: null } }),
        calls({ index: 0, type: "function", function: { arguments: '{"a":' } }),
        calls({ index: 0, type: "function", function: { arguments: "1}" } }),
        calls({ index: 1, id: "c1", type: "code_interpreter", code_interpreter: { input: "1+" } }),
        calls({ index: 1, type: "code_interpreter", code_interpreter: { input: "1" } }),
        calls({
          index: 1,
          type: "code_interpreter",
          code_interpreter: { outputs: [{ index: 0, type: "logs", logs: "2" }] },
        }),
        calls({
          index: 1,
          type: "code_interpreter",
          code_interpreter: {
            outputs: [
              { index: 0, type: "logs", logs: "\n" },
              { index: 1, type: "image", image: { file_id: "file_1" } },
            ],
          },
        }),
        calls({
          index: 2,
          id: "c2",
          type: "file_search",
          file_search: { results: [{ file_id: "f", score: 1 }] },
        }),
        sse("thread.run.completed", run("completed")),
        DONE,
      ),
    );
    expect((await stream.final()).steps).toEqual([
      {
        id: "s",
        object: "thread.run.step",
        status: "in_progress",
        step_details: {
          type: "tool_calls",
          tool_calls: [
            { id: "c0", type: "function", function: { name: "f", arguments: '{"a":1}' } },
            {
              id: "c1",
              type: "code_interpreter",
              code_interpreter: {
                input: "1+1",
                outputs: [
                  { type: "logs", logs: "2\n" },
                  { type: "image", image: { file_id: "file_1" } },
                ],
              },
            },
            { id: "c2", type: "file_search", file_search: { results: [{ file_id: "f", score: 1 }] } },
          ],
        },
      },
    ]);
  });

  test("text with annotations, and images", async () => {
    const annotation = { index: 0, type: "file_citation", text: "【0】", file_citation: { file_id: "f" } };
    const image = {
      id: "msg_1",
      object: "thread.message.delta",
      delta: { content: [{ index: 1, type: "image_file", image_file: { file_id: "i" } }] },
    };
    const stream = await open(
      answering(
        delta("See "),
        delta("【0】", { annotations: [annotation] }),
        sse("thread.message.delta", image),
        sse("thread.run.completed", run("completed")),
        DONE,
      ),
    );
    const { index: _, ...kept } = annotation;
    expect((await stream.final()).messages[0]!.content).toEqual([
      text("See 【0】", [kept]),
      { type: "image_file", image_file: { file_id: "i" } },
    ]);
  });

  test("indices and names that are traps add nothing", async () => {
    const trap = (content: unknown) => sse("thread.message.delta", { id: "m", delta: { content } });
    const stream = await open(
      answering(
        trap([{ index: 1e9, type: "text", text: { value: "x" } }]),
        trap([{ index: -1, type: "text" }]),
        trap("text"),
        trap([null, 1]),
        sse("thread.message.delta", { id: "n" }),
        sse("thread.run.step.delta", `{"id":"s","delta":{"step_details":{"__proto__":{"polluted":1}}}}`),
        sse("thread.run.step.delta", { id: "s", delta: { step_details: "x" } }),
        sse("thread.run.completed", run("completed")),
        DONE,
      ),
    );
    const { messages, steps } = await stream.final();
    expect(messages.map(({ content }) => content)).toEqual([[], []]);
    expect((steps[0]!.step_details as { polluted?: number }).polluted).toBeUndefined();
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe("readers", () => {
  test("two are refused", async () => {
    const stream = await open(answering(...SAYS_HELLO));
    await drain(stream);
    expect(() => stream.text()).toThrow("Events can be read once");
  });

  test("the whole is there for who waits beside the reader", async () => {
    const stream = await open(answering(...SAYS_HELLO));
    const [whole] = await Promise.all([stream.final(), drain(stream)]);
    expect(whole.run.status).toBe("completed");
  });

  test("leaving closes the connection, and there is no whole", async () => {
    const source = body(SAYS_HELLO, "open");
    const stream = await open(agentsOf(recorder(() => eventStream(source))));
    for await (const _ of stream) break;
    expect(source.state.cancelled).toBe(true);
    expect(await failureOf(stream.final())).toMatchObject({ kind: "aborted" });
  });

  test.each(["abort()", "a signal"])("%s ends it with what came", async (how) => {
    const controller = new AbortController();
    const source = body(SAYS_HELLO.slice(0, 6), "open");
    const client = agentsOf(recorder(() => eventStream(source)));
    const stream = await open(client, { signal: controller.signal });
    const reason = new Error("enough");
    setTimeout(() => (how === "abort()" ? stream.abort(reason) : controller.abort(reason)), 20);
    const { items, error } = await drain(stream);
    expect(items).toHaveLength(6);
    expect(error).toMatchObject({ kind: "aborted", cause: reason, partial: { run: { id: "run_1" } } });
    expect(source.state.cancelled).toBe(true);
  });

  test("aborted or disposed before anybody reads, it closes the connection", async () => {
    for (const end of ["abort", "dispose"]) {
      const source = body(SAYS_HELLO, "open");
      const stream = await open(agentsOf(recorder(() => eventStream(source))));
      if (end === "abort") stream.abort();
      else await stream[Symbol.asyncDispose]();
      expect(source.state.cancelled).toBe(true);
      expect(await failureOf(stream.final())).toMatchObject({ kind: "aborted" });
    }
  });

  test("a web stream of the events", async () => {
    const reader = (await open(answering(...SAYS_HELLO))).toReadableStream().getReader();
    expect((await reader.read()).value).toMatchObject({ event: "thread.run.created" });
    await reader.cancel();
  });

  test("an idle stream ends by its deadline, with the run", async () => {
    const source = body(SAYS_HELLO.slice(0, 3), "open");
    const stream = await open(agentsOf(recorder(() => eventStream(source))), { idleTimeoutMs: 30 });
    expect(await failureOf(stream.final())).toMatchObject({
      kind: "timeout",
      deadline: "idle",
      partial: { run: { id: "run_1" } },
    });
  });
});

describe("an event handler", () => {
  const noting = () => {
    const notes: string[] = [];
    const handler = {
      onMessageDelta: ({ id }: { id: string }) => notes.push(`delta ${id}`),
      onThreadMessage: ({ status }: { status?: string }) => notes.push(`message ${status}`),
      onThreadRun: async ({ status }: { status: string }) => {
        await sleep(1);
        notes.push(`run ${status}`);
      },
      onRunStep: ({ id }: { id: string }) => notes.push(`step ${id}`),
      onRunStepDelta: ({ id }: { id: string }) => notes.push(`step delta ${id}`),
      onError: (error: unknown) => notes.push(`error ${(error as { kind: string }).kind}`),
      onDone: () => notes.push("done"),
      onUnhandledEvent: (event: string) => notes.push(`other ${event}`),
    };
    return { notes, handler };
  };

  test("is told everything in order, once", async () => {
    const { notes, handler } = noting();
    const stream = await open(answering(sse("thread.new", {}), ...SAYS_HELLO), { eventHandler: handler });
    expect(notes).toEqual([]);
    expect((await stream.untilDone()).run.status).toBe("completed");
    expect(notes).toEqual([
      "other thread.new",
      "run queued",
      "run queued",
      "run in_progress",
      "step step_1",
      "message in_progress",
      "delta msg_1",
      "delta msg_1",
      "message completed",
      "run completed",
      "done",
    ]);
  });

  test("is told why the stream failed", async () => {
    const { notes, handler } = noting();
    const stream = await open(answering(sse("error", { message: "no" })));
    expect(await failureOf(stream.untilDone(handler))).toMatchObject({ kind: "api" });
    expect(notes).toEqual(["error api"]);
  });

  test("what it throws ends the stream", async () => {
    const source = body(SAYS_HELLO, "open");
    const fault = new Error("mine");
    const eventHandler = {
      onThreadRun() {
        throw fault;
      },
    };
    const stream = await open(agentsOf(recorder(() => eventStream(source))), { eventHandler });
    expect(await thrownBy(stream.untilDone())).toBe(fault);
    expect(source.state.cancelled).toBe(true);
  });

  test("two are refused: in a list, one after the other, beside a reader", async () => {
    const client = answering(...SAYS_HELLO);
    expect(() => open(client, { eventHandler: [{}, {}] })).toThrow(/one object/);
    expect(() => open(client, { eventHandler: { onDone: "no" } })).toThrow(TypeError);
    const stream = await open(client, { eventHandler: {} });
    expect(await thrownBy(stream.untilDone({}))).toMatchObject({
      message: expect.stringMatching(/has an event handler/),
    });
    const read = await open(client);
    for await (const _ of read) {
      expect(await thrownBy(read.untilDone({}))).toMatchObject({
        message: expect.stringMatching(/being read/),
      });
      break;
    }
  });
});

describe("calls of functions", () => {
  const add = functionTool({
    name: "add",
    parameters: { type: "object", properties: { a: { type: "number" }, b: { type: "number" } } },
    execute: (args) => {
      const { a, b } = args as { a: number; b: number };
      return a + b;
    },
  });
  const toolSet = () => new ToolSet(add);
  const asks = (...calls: object[]) =>
    streamed(
      sse("thread.run.created", run("queued")),
      sse("thread.run.requires_action", requires(...calls)),
      DONE,
    );
  const ends = streamed(
    sse("thread.run.queued", run("queued")),
    delta("3"),
    sse("thread.run.completed", run("completed")),
    DONE,
  );

  test("are answered, and the next stream is joined on: one loop sees all", async () => {
    const service = scripted(
      asks(functionCall("add", { a: 1, b: 2 })),
      asks(functionCall("add", { a: 3, b: 4 }, "call_2")),
      ends,
    );
    const stream = await open(service.client, { toolSet: toolSet() });
    const { items, error } = await drain(stream);
    expect(error).toBeUndefined();
    expect(items.map(({ event }) => String(event).replace("thread.", ""))).toEqual([
      "run.created",
      "run.requires_action",
      "done",
      "run.created",
      "run.requires_action",
      "done",
      "run.queued",
      "message.delta",
      "run.completed",
      "done",
    ]);
    expect(service.calls()).toEqual([
      "POST /threads/thread_1/runs",
      "POST /threads/thread_1/runs/run_1/submit_tool_outputs",
      "POST /threads/thread_1/runs/run_1/submit_tool_outputs",
    ]);
    expect(service.seen[0]!.body).toMatchObject({ stream: true, tools: [{ function: { name: "add" } }] });
    expect(service.seen.slice(1).map((seen) => seen.body)).toEqual([
      { tool_outputs: [{ tool_call_id: "call_add", output: "3" }], stream: true },
      { tool_outputs: [{ tool_call_id: "call_2", output: "7" }], stream: true },
    ]);
    expect(await stream.final()).toMatchObject({ run: { status: "completed" }, messages: [{ id: "msg_1" }] });
  });

  test("by the set the agent was made with, or that of every agent; done is told once", async () => {
    for (const how of ["agent", "every"]) {
      const answers = [asks(functionCall("add", { a: 1, b: 2 })), ends];
      const first = how === "agent" ? [gives({ id: "asst_1" }), ...answers] : answers;
      const { client, seen } = scripted(...first);
      if (how === "agent") await client.createAgent({ model: "m" }, { toolSet: toolSet() });
      else client.enableAutoFunctionCalls(toolSet());
      let done = 0;
      const stream = await open(client, { eventHandler: { onDone: () => done++ } });
      await stream.untilDone();
      expect(done).toBe(1);
      expect(seen.at(-1)!.body).toMatchObject({ tool_outputs: [{ output: "3" }] });
      expect(seen.at(-2)!.body).not.toHaveProperty("tools");
    }
  });

  test("without a set nothing is sent, and the stream ends; outputs go on by a stream of their own", async () => {
    const service = scripted(asks(functionCall("add")), ends);
    const stream = await open(service.client);
    const { run: waiting } = await stream.final();
    expect(waiting.status).toBe("requires_action");
    expect(service.seen).toHaveLength(1);
    const next = await service.client.submitToolOutputsToStream("thread_1", waiting.id, {
      tool_outputs: [{ tool_call_id: "call_add", output: "3" }],
    });
    expect((await drain(next.text())).items).toEqual(["3"]);
  });

  test("outputs given by hand go on with those of a tool set", async () => {
    const service = scripted(asks(functionCall("add", { a: 1, b: 1 })), ends);
    const next = await service.client.submitToolOutputsToStream(
      "thread_1",
      "run_1",
      { tool_outputs: [] },
      { toolSet: toolSet() },
    );
    await next.untilDone();
    expect(service.seen).toHaveLength(2);
  });

  test("a stream that is cut after its calls submits nothing", async () => {
    const service = scripted(streamed(sse("thread.run.requires_action", requires(functionCall("add")))));
    const stream = await open(service.client, { toolSet: toolSet() });
    expect(await failureOf(stream.final())).toMatchObject({
      kind: "truncated",
      partial: { run: { id: "run_1", status: "requires_action" } },
    });
    expect(service.seen).toHaveLength(1);
  });

  test("the second stream fails: the error has the run", async () => {
    const service = scripted(asks(functionCall("add")), () => json({ error: { message: "no" } }, 500));
    const stream = await open(service.client, { toolSet: toolSet() });
    expect(await failureOf(stream.final())).toMatchObject({
      kind: "api",
      status: 500,
      partial: { run: { id: "run_1" } },
    });
  });

  test("without an end: the run is cancelled, and it's an error", async () => {
    const service = scripted((seen) =>
      seen.path.endsWith("/cancel") ? json(run("cancelling")) : asks(functionCall("add", { a: 1, b: 1 }))(),
    );
    const stream = await open(service.client, { toolSet: toolSet(), maxSteps: 2 });
    expect(await failureOf(stream.final())).toMatchObject({
      kind: "output",
      reason: "steps",
      partial: { run: { id: "run_1" } },
    });
    expect(service.calls().at(-1)).toBe("POST /threads/thread_1/runs/run_1/cancel");
    expect(service.seen).toHaveLength(4);
  });

  test("errors come back too often: the run is cancelled, and the loop sees it", async () => {
    const service = scripted((seen) =>
      seen.path.endsWith("/cancel") ? json(run("cancelling")) : asks(functionCall("nothing"))(),
    );
    const stream = await open(service.client, { toolSet: toolSet(), maxErrorRounds: 1 });
    const { items } = await drain(stream);
    expect(items.at(-1)).toMatchObject({ event: "thread.run.cancelling", data: { id: "run_1" } });
    expect((await stream.final()).run.status).toBe("cancelling");
    expect(service.seen).toHaveLength(3);
  });

  test("a function at work ends with the run's abort", async () => {
    let ended = false;
    const slow = functionTool({
      name: "slow",
      execute: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            ended = true;
            reject(signal.reason);
          });
        }),
    });
    const service = scripted(asks(functionCall("slow")));
    const stream = await open(service.client, { toolSet: new ToolSet(slow) });
    setTimeout(() => stream.abort(), 20);
    expect(await failureOf(stream.final())).toMatchObject({
      kind: "aborted",
      partial: { run: { id: "run_1" } },
    });
    expect(ended).toBe(true);
    expect(service.seen).toHaveLength(1);
  });

  test("the options of the call hold for every stream", async () => {
    const service = scripted(asks(functionCall("add", { a: 1, b: 1 })), ends);
    const stream = await open(service.client, { toolSet: toolSet(), headers: { "x-mine": "1" } });
    await stream.untilDone();
    expect(service.seen.map(({ headers }) => headers.get("x-mine"))).toEqual(["1", "1"]);
  });

  test.each([{ maxSteps: 0 }, { maxErrorRounds: -1 }, { nonsense: 1 }])("%j is refused", async (options) => {
    const client = answering(...SAYS_HELLO);
    expect(await thrownBy(async () => open(client, options))).toBeInstanceOf(TypeError);
  });
});
