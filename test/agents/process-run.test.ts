// createAndProcessRun by scripts: what a service says in turn, what it must be sent, and what comes of it.
import { functionTool, type ProcessRunOptions, ToolSet } from "latchkey/projects";
import { describe, expect, test } from "vitest";
import type { Seen } from "../openai/recorder.ts";
import { failureOf, json, sleep, thrownBy } from "../service.ts";
import { agentsOf, functionCall, gives, requires, run, scripted } from "./agents-service.ts";

const ASK = { assistant_id: "asst_1" };
const RUNS = "/threads/thread_1/runs";
const CREATE = `POST ${RUNS}`;
const GET = `GET ${RUNS}/run_1`;
const SUBMIT = `POST ${RUNS}/run_1/submit_tool_outputs`;
const CANCEL = `POST ${RUNS}/run_1/cancel`;

const add = functionTool({
  name: "add",
  parameters: { type: "object", properties: { a: { type: "number" }, b: { type: "number" } } },
  execute: (args) => (args as { a: number; b: number }).a + (args as { b: number }).b,
});
const toolSet = new ToolSet(add);
const ADD = requires(functionCall("add", { a: 1, b: 2 }));
const BAD = requires(functionCall("nothing"));
const approval = run("requires_action", {
  required_action: {
    type: "submit_tool_approval",
    submit_tool_approval: { tool_calls: [{ id: "c", type: "mcp" }] },
  },
});

interface Script {
  /** Statuses or whole runs that creating and asking answer, in turn. */
  says: (string | object)[];
  options?: ProcessRunOptions;
  sent: string[];
  status: string;
}

/** Creating and asking take the script's next line; cancelling and submitting have answers of their own. */
function playing(says: (string | object)[]) {
  const rest = says.map((line) => (typeof line === "string" ? run(line) : line));
  return scripted(({ path }: Seen) => {
    if (path.endsWith("/cancel")) return json(run("cancelling"));
    if (path.endsWith("/submit_tool_outputs")) return json(run("queued"));
    return json(rest.length > 1 ? rest.shift()! : rest[0]!);
  });
}

const SCRIPTS: Record<string, Script> = {
  "at rest at once": { says: ["completed"], sent: [CREATE], status: "completed" },
  "queued, then at work, then whole": {
    says: ["queued", "in_progress", "completed"],
    sent: [CREATE, GET, GET],
    status: "completed",
  },
  failed: { says: ["queued", "failed"], sent: [CREATE, GET], status: "failed" },
  expired: { says: ["in_progress", "expired"], sent: [CREATE, GET], status: "expired" },
  incomplete: { says: ["in_progress", "incomplete"], sent: [CREATE, GET], status: "incomplete" },
  "cancelled by somebody else": {
    says: ["in_progress", "cancelling"],
    sent: [CREATE, GET],
    status: "cancelling",
  },
  "a call": {
    says: ["queued", ADD, "completed"],
    options: { toolSet },
    sent: [CREATE, GET, SUBMIT, GET],
    status: "completed",
  },
  "three rounds of calls": {
    says: ["queued", ADD, ADD, ADD, "completed"],
    options: { toolSet },
    sent: [CREATE, GET, SUBMIT, GET, SUBMIT, GET, SUBMIT, GET],
    status: "completed",
  },
  "no calls at all: cancelled, and given back as it was": {
    says: ["queued", requires()],
    options: { toolSet },
    sent: [CREATE, GET, CANCEL],
    status: "requires_action",
  },
  "calls that the service answers itself": {
    says: ["queued", requires({ id: "c", type: "azure_function" }), "completed"],
    sent: [CREATE, GET, GET],
    status: "completed",
  },
  "an approval, which is somebody else's": {
    says: ["queued", approval, "completed"],
    options: { toolSet },
    sent: [CREATE, GET, GET],
    status: "completed",
  },
  "an error is told once, and mended": {
    says: ["queued", BAD, "completed"],
    options: { toolSet, maxErrorRounds: 1 },
    sent: [CREATE, GET, SUBMIT, GET],
    status: "completed",
  },
  "errors past the limit: cancelled": {
    says: ["queued", BAD, BAD, BAD],
    options: { toolSet, maxErrorRounds: 2 },
    sent: [CREATE, GET, SUBMIT, GET, SUBMIT, GET, CANCEL],
    status: "cancelling",
  },
  "ten rounds of errors are told by default": {
    says: ["queued", ...Array<object>(11).fill(BAD)],
    options: { toolSet },
    sent: [CREATE, ...Array<string[]>(10).fill([GET, SUBMIT]).flat(), GET, CANCEL],
    status: "cancelling",
  },
};

describe("the loop", () => {
  test.each(Object.entries(SCRIPTS))("%s", async (_, { says, options, sent, status }) => {
    const service = playing(says);
    const seen: string[] = [];
    const last = await service.client.createAndProcessRun("thread_1", ASK, {
      intervalMs: 0,
      onProgress: (now) => seen.push(now.status),
      ...options,
    });
    expect(service.calls()).toEqual(sent);
    expect(last.status).toBe(status);
    expect(seen.at(-1)).toBe(status);
  });

  test("outputs are submitted as the wire wants them", async () => {
    const both = requires(functionCall("add", { a: 1, b: 2 }), functionCall("nothing", {}, "call_2"));
    const service = playing(["queued", both, "completed"]);
    await service.client.createAndProcessRun("thread_1", ASK, { toolSet, intervalMs: 0 });
    expect(service.seen[0]!.body).toEqual({ ...ASK, tools: toolSet.definitions, stream: false });
    expect(service.seen[2]!.body).toEqual({
      tool_outputs: [
        { tool_call_id: "call_add", output: "3" },
        {
          tool_call_id: "call_2",
          output: '{"error":"The function nothing failed: There is no such tool. There are: add."}',
        },
      ],
      stream: false,
    });
  });

  test("tools of the body win, and null leaves the agent its own", async () => {
    for (const tools of [null, [{ type: "code_interpreter" as const }]]) {
      const service = playing(["completed"]);
      await service.client.createAndProcessRun("thread_1", { ...ASK, tools }, { toolSet });
      expect(service.seen[0]!.body).toEqual({ ...ASK, tools, stream: false });
    }
  });

  test("every state is told, with the calls before they are answered", async () => {
    const service = playing(["queued", ADD, "completed"]);
    const told: [string, number][] = [];
    await service.client.createAndProcessRun("thread_1", ASK, {
      toolSet,
      intervalMs: 0,
      onProgress: ({ status }) => told.push([status, service.seen.length]),
    });
    expect(told).toEqual([
      ["queued", 1],
      ["requires_action", 2],
      ["completed", 4],
    ]);
  });

  test("the client's trace sees the functions", async () => {
    const names: string[] = [];
    const trace = Object.assign(() => undefined, {
      tool: ({ name }: { name: string }) => {
        names.push(name);
        return undefined;
      },
    });
    const service = playing(["queued", ADD, "completed"]);
    const client = agentsOf(service, { trace });
    await client.createAndProcessRun("thread_1", ASK, { toolSet, intervalMs: 0 });
    expect(names).toEqual(["add"]);
  });

  test("it asks once a second unless told otherwise", async () => {
    const service = playing(["queued", "completed"]);
    const start = Date.now();
    await service.client.createAndProcessRun("thread_1", ASK);
    expect(Date.now() - start).toBeGreaterThanOrEqual(990);
  });
});

describe("tool sets", () => {
  test("that of the agent is remembered, and forgotten with it", async () => {
    const service = scripted(
      gives({ id: "asst_1" }),
      gives(run("queued")),
      gives(ADD),
      gives(run("queued")),
      gives(run("completed")),
      gives({ id: "asst_1", deleted: true }),
      gives(run("queued")),
      gives(ADD),
    );
    const { client } = service;
    await client.createAgent({ model: "m" }, { toolSet });
    const options = { intervalMs: 0 };
    expect((await client.createAndProcessRun("thread_1", ASK, options)).status).toBe("completed");
    expect(service.seen[1]!.body).toEqual({ ...ASK, stream: false });
    await client.deleteAgent("asst_1");
    expect(await thrownBy(client.createAndProcessRun("thread_1", ASK, options))).toMatchObject({
      name: "TypeError",
      message: expect.stringMatching(
        /^The run run_1 calls functions, but no tool set is known for it: give toolSet/,
      ),
    });
  });

  test("the argument's before the agent's before everybody's", async () => {
    const named = (name: string) => new ToolSet(functionTool({ name: "who", execute: () => name }));
    const WHO = requires(functionCall("who"));
    for (const [how, expected] of [
      [["every"], "every"],
      [["every", "agent"], "agent"],
      [["every", "agent", "argument"], "argument"],
    ] as const) {
      const service = scripted(
        ...(how.includes("agent" as never) ? [gives({ id: "asst_1" })] : []),
        gives(run("queued")),
        gives(WHO),
        gives(run("queued")),
        gives(run("completed")),
      );
      const { client } = service;
      client.enableAutoFunctionCalls(named("every"));
      if (how.includes("agent" as never)) await client.updateAgent("asst_1", {}, { toolSet: named("agent") });
      await client.createAndProcessRun("thread_1", ASK, {
        intervalMs: 0,
        ...(how.includes("argument" as never) && { toolSet: named("argument") }),
      });
      expect(service.seen.at(-2)!.body).toMatchObject({ tool_outputs: [{ output: expected }] });
    }
  });
});

describe("when it doesn't come to an end", () => {
  test("the deadline passes: the error has the run, to go on by its id", async () => {
    const service = playing(["in_progress"]);
    const error = await failureOf(
      service.client.createAndProcessRun("thread_1", ASK, { intervalMs: 5, timeoutMs: 60 }),
    );
    expect(error).toMatchObject({ kind: "timeout", deadline: "total", partial: { id: "run_1" } });
    const asked = service.seen.length;
    await sleep(30);
    expect(service.seen).toHaveLength(asked);
  });

  test("an abort ends the waiting and the functions, not the run", async () => {
    const controller = new AbortController();
    let reason: unknown;
    const slow = functionTool({
      name: "slow",
      execute: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            reason = signal.reason;
            reject(new Error("aborted"));
          });
          controller.abort("enough");
        }),
    });
    const service = playing(["queued", requires(functionCall("slow"))]);
    const error = await failureOf(
      service.client.createAndProcessRun("thread_1", ASK, {
        intervalMs: 0,
        toolSet: new ToolSet(slow),
        signal: controller.signal,
      }),
    );
    expect(error).toMatchObject({ kind: "aborted", cause: "enough", partial: { id: "run_1" } });
    expect(reason).toBeDefined();
    await sleep(10);
    expect(service.calls()).toEqual([CREATE, GET]);
  });

  test("a function that hangs is told to the model after its time", async () => {
    const hang = functionTool({ name: "hang", execute: () => new Promise(() => {}) });
    const service = playing(["queued", requires(functionCall("hang")), "completed"]);
    await service.client.createAndProcessRun("thread_1", ASK, {
      intervalMs: 0,
      toolSet: new ToolSet(hang),
      toolTimeoutMs: 20,
    });
    expect(service.seen[2]!.body).toMatchObject({
      tool_outputs: [{ output: '{"error":"The function hang failed: The tool took longer than 20 ms."}' }],
    });
  });

  test("aborted before it began, nothing is sent", async () => {
    const service = playing(["completed"]);
    const signal = AbortSignal.abort("no");
    const error = await failureOf(service.client.createAndProcessRun("thread_1", ASK, { signal }));
    expect(error).toMatchObject({ kind: "aborted", cause: "no" });
    expect(service.seen).toEqual([]);
  });

  test.each([
    ["no id", { type: "function", function: { name: "add", arguments: "{}" } }],
    ["no function", { id: "call_1", type: "function" }],
  ])("a call with %s is malformed, and has the run", async (_, call) => {
    const service = playing(["queued", requires(call)]);
    const error = await failureOf(
      service.client.createAndProcessRun("thread_1", ASK, { toolSet, intervalMs: 0 }),
    );
    expect(error).toMatchObject({ kind: "malformed", partial: { id: "run_1" } });
  });

  test("a question that fails has the run, too", async () => {
    const service = scripted(gives(run("queued")), () => json({ error: { message: "gone" } }, 404));
    const error = await failureOf(service.client.createAndProcessRun("thread_1", ASK, { intervalMs: 0 }));
    expect(error).toMatchObject({ kind: "api", status: 404, partial: { id: "run_1" } });
  });

  test.each([
    [{ intervalMs: -1 }, /intervalMs/],
    [{ timeoutMs: 0 }, /timeoutMs/],
    [{ maxErrorRounds: 0.5 }, /maxErrorRounds/],
    [{ nonsense: 1 }, "Unknown option: nonsense."],
  ])("%j is refused", async (options, words) => {
    const service = playing(["completed"]);
    const error = await thrownBy(service.client.createAndProcessRun("thread_1", ASK, options as object));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(words);
    expect(service.seen).toEqual([]);
  });
});
