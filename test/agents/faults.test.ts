// What can go wrong, with the emulator as the service: a typed outcome each time, and the run can be found again.
import { createEmulator } from "latchkey/emulator";
import { AgentsClient, functionTool, ToolSet } from "latchkey/projects";
import { expect, test } from "vitest";
import { drain, failureOf, json, PROMPT, thrownBy } from "../service.ts";
import { agentsOf, functionCall, requires, run, scripted, sse, TOKEN } from "./agents-service.ts";

const emulator = createEmulator({ paceMs: 0, stageMs: 0 });
const agents = new AgentsClient("https://emulator.example/api/projects/p", async () => "emulator-key", {
  fetch: emulator.fetch,
  maxRetries: 0,
});
const FAST = { intervalMs: 5, timeoutMs: 20_000 };
const asking = (scenario: string) => ({ headers: { "x-emulator-scenario": scenario } });

async function begun(
  content = "Tell me a story",
): Promise<{ threadId: string; body: { assistant_id: string } }> {
  const { id } = await agents.createAgent({ model: "gpt-4.1" });
  const thread = await agents.createThread({ messages: [{ role: "user", content }] });
  return { threadId: thread.id, body: { assistant_id: id } };
}

test.each([
  ["run-failed", { status: "failed", last_error: { code: "rate_limit_exceeded" } }],
  ["run-incomplete", { status: "incomplete", incomplete_details: { reason: "max_completion_tokens" } }],
  ["run-expired", { status: "expired" }],
])("%s is an answer, whole and streamed", async (scenario, expected) => {
  const { threadId, body } = await begun();
  const options = asking(scenario);
  expect(await agents.createAndProcessRun(threadId, body, { ...FAST, ...options })).toMatchObject(expected);
  const stream = await agents.createStream(threadId, body, options);
  expect((await stream.final()).run).toMatchObject(expected);
});

test("a stream cut in the middle of a run: its id leads to the run", async () => {
  const { threadId, body } = await begun();
  const stream = await agents.createStream(threadId, body, asking("cut;after=7"));
  const error = await failureOf(stream.final());
  expect(error.kind).toBe("truncated");
  const { run } = error.partial as { run: { id: string } };
  expect(await agents.getRun(threadId, run.id)).toMatchObject({ id: run.id, object: "thread.run" });
});

test.each(["cut-before-done", "half-event", "reset"])("%s is truncated, with the run", async (scenario) => {
  const { threadId, body } = await begun();
  const { error } = await drain(await agents.createStream(threadId, body, asking(scenario)));
  expect(error).toMatchObject({ kind: "truncated", partial: { run: { thread_id: threadId } } });
});

test.each(["byte-per-write", "crlf", "bom", "done-open"])("%s makes no difference", async (scenario) => {
  const { threadId, body } = await begun();
  const stream = await agents.createStream(threadId, body, asking(scenario));
  expect((await stream.final()).run.status).toBe("completed");
});

test("a run that is stuck: the deadline passes, whole and streamed", async () => {
  const { threadId, body } = await begun();
  const options = asking("run-stuck");
  expect(
    await failureOf(
      agents.createAndProcessRun(threadId, body, { intervalMs: 5, timeoutMs: 100, ...options }),
    ),
  ).toMatchObject({ kind: "timeout", deadline: "total", partial: { status: "in_progress" } });
  const other = await begun();
  const stream = await agents.createStream(other.threadId, other.body, { idleTimeoutMs: 50, ...options });
  expect(await failureOf(stream.final())).toMatchObject({ kind: "timeout", deadline: "idle" });
});

test("functions that are called again and again", async () => {
  const { threadId, body } = await begun("What is the weather in Paris?");
  const weather = functionTool({
    name: "get_weather",
    parameters: { type: "object", properties: { city: { type: "string" } } },
    execute: () => "clear",
  });
  const options = { toolSet: new ToolSet(weather), ...asking("run-rounds;count=3") };
  expect((await agents.createAndProcessRun(threadId, body, { ...FAST, ...options })).status).toBe(
    "completed",
  );
  const stream = await agents.createStream(threadId, body, options);
  const { items } = await drain(stream);
  expect(items.filter(({ event }) => event === "done")).toHaveLength(4);
  const limited = await agents.createStream(threadId, body, { ...options, maxSteps: 2 });
  const error = await failureOf(limited.final());
  expect(error).toMatchObject({ kind: "output", reason: "steps" });
  const { run } = error.partial as { run: { id: string } };
  expect((await agents.getRun(threadId, run.id)).status).toMatch(/^cancell/);
});

test("a run that waits for no call at all is cancelled", async () => {
  const { threadId, body } = await begun();
  const run = await agents.createAndProcessRun(threadId, body, { ...FAST, ...asking("run-empty-calls") });
  expect(run.status).toBe("requires_action");
  expect((await agents.getRun(threadId, run.id)).status).toMatch(/^cancell/);
});

test("expires_at of steps", async () => {
  const { threadId, body } = await begun();
  const stream = await agents.createStream(threadId, body, asking("step-expires-at"));
  const { steps } = await stream.final();
  expect(steps[0]).toHaveProperty("expired_at");
  expect(steps[0]).not.toHaveProperty("expires_at");
});

test("unknown ids are what the service says", async () => {
  const missing = [
    agents.getAgent("asst_none"),
    agents.getThread("thread_none"),
    agents.getRun("thread_none", "run_none"),
    agents.getFile("file_none"),
    agents.getVectorStore("vs_none"),
    agents.createAndProcessRun("thread_none", { assistant_id: "asst_none" }),
    agents.createStream("thread_none", { assistant_id: "asst_none" }),
  ];
  for (const call of missing) expect(await failureOf(call)).toMatchObject({ kind: "api", status: 404 });
});

test("errors, logs and addresses hold neither the token nor what is said", async () => {
  const seen: string[] = [];
  const note = (...words: unknown[]) => seen.push(JSON.stringify(words));
  const logger = { debug: note, info: note, warn: note, error: note };
  const service = scripted(({ path }) =>
    path.endsWith("/runs") ? json(run("queued")) : json(requires(functionCall("tell", { text: PROMPT }))),
  );
  const tell = functionTool({
    name: "tell",
    execute() {
      throw new Error("no");
    },
  });
  const client = agentsOf(service, { logger, logLevel: "debug" });
  const body = { assistant_id: "a", additional_messages: [{ role: "user" as const, content: PROMPT }] };
  const options = { toolSet: new ToolSet(tell), maxErrorRounds: 2, intervalMs: 0, timeoutMs: 200 };
  const errors = [
    await thrownBy(client.createAndProcessRun("t", body, { ...options, toolSet: undefined })),
    await thrownBy(client.createAndProcessRun("t", body, { ...options, maxErrorRounds: 1e6 })),
    await thrownBy(
      agentsOf({
        fetch: async () =>
          new Response(
            `${sse("thread.run.created", run("queued"))}event: thread.run.failed\ndata: ${PROMPT}\n\n`,
            {
              headers: { "content-type": "text/event-stream" },
            },
          ),
      })
        .createStream("t", body)
        .then((stream) => stream.final()),
    ),
  ];
  for (const error of errors) {
    const { message, stack } = error as Error;
    seen.push(`${message} ${stack} ${JSON.stringify(error)} ${Object.values(error as object).join()}`);
  }
  seen.push(...service.seen.map(({ path, query }) => path + query));
  expect(seen.length).toBeGreaterThan(10);
  expect(seen.join("\n")).not.toContain(PROMPT);
  expect(seen.join("\n")).not.toContain(TOKEN);
});
