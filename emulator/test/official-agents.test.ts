// The official agents client against the emulator on a socket, as code written for the service would call it.

import {
  AgentsClient,
  type FunctionToolDefinition,
  type MessageDeltaChunk,
  type MessageTextContent,
  type RequiredFunctionToolCall,
  type RunStepToolCallDetails,
  type SubmitToolOutputsAction,
  type ThreadMessage,
  type ThreadRun,
  ToolUtility,
} from "@azure/ai-agents";
import { AIProjectsClient, type AIProjectsClientOptions } from "azure-ai-projects-1beta";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EmulatorServer, serveEmulator } from "../serve.ts";
import { emulatorOf } from "./asking.ts";

let server: EmulatorServer;
let client: AgentsClient;

beforeAll(async () => {
  server = await serveEmulator(emulatorOf(), { port: 0 });
  client = clientOf("p");
});
afterAll(() => server.close());

function clientOf(project: string): AgentsClient {
  const credential = {
    getToken: async () => ({ token: "emulator-key", expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  const endpoint = `${server.url}/api/projects/${project}`;
  const options = { allowInsecureConnection: true, retryOptions: { maxRetries: 0 } };
  // The client sends tokens over TLS only; on this machine there is nobody to listen.
  const made = new AgentsClient(endpoint, credential, options);
  made.pipeline.removePolicy({ name: "bearerTokenAuthenticationPolicy" });
  made.pipeline.addPolicy({
    name: "plainToken",
    sendRequest: (request, next) => {
      request.headers.set("authorization", "Bearer emulator-key");
      return next(request);
    },
  });
  return made;
}

const weather: FunctionToolDefinition = ToolUtility.createFunctionTool({
  name: "getWeather",
  description: "The weather of a city",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
}).definition;

async function all<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of pages) items.push(item);
  return items;
}

const textOf = ({ content }: ThreadMessage): string =>
  content.map((part) => (part as MessageTextContent).text.value).join("");

async function asked(
  question: string,
  tools: FunctionToolDefinition[] = [],
): Promise<{ thread: string; agent: string }> {
  const agent = await client.createAgent("gpt-4.1", { name: "helper", instructions: "Be kind.", tools });
  const thread = await client.threads.create();
  await client.messages.create(thread.id, "user", question);
  return { thread: thread.id, agent: agent.id };
}

const callsOf = (run: ThreadRun): RequiredFunctionToolCall[] =>
  (run.requiredAction as SubmitToolOutputsAction).submitToolOutputs.toolCalls as RequiredFunctionToolCall[];

describe("the official agents client", () => {
  test("keeps agents", async () => {
    const own = clientOf("agents");
    const made = await own.createAgent("gpt-4.1", { name: "one", metadata: { a: "b" }, tools: [weather] });
    expect(made).toMatchObject({ object: "assistant", name: "one", metadata: { a: "b" }, tools: [weather] });
    expect(await own.getAgent(made.id)).toEqual(made);
    expect((await own.updateAgent(made.id, { name: "two" })).name).toBe("two");
    for (let n = 0; n < 4; n++) await own.createAgent("gpt-4.1");
    // This client looks for a link to the next page, which the service doesn't send: it never asks for one.
    const page = await all(own.listAgents({ limit: 2 }));
    const rest = await all(own.listAgents({ after: page.at(-1)?.id ?? "" }));
    expect([page.length, rest.length]).toEqual([2, 3]);
    expect(await own.deleteAgent(made.id)).toMatchObject({ deleted: true });
    await expect(own.getAgent(made.id)).rejects.toMatchObject({ statusCode: 404 });
  });

  test("keeps threads and messages", async () => {
    const thread = await client.threads.create({
      messages: [{ role: "user", content: "a" }],
      metadata: { a: "b" },
    });
    expect(await client.threads.get(thread.id)).toEqual(thread);
    expect((await client.threads.update(thread.id, { metadata: { c: "d" } })).metadata).toEqual({ c: "d" });
    const message = await client.messages.create(thread.id, "user", [
      { type: "text", text: "b" },
      { type: "image_url", imageUrl: { url: "https://example.com/a.png", detail: "low" } },
    ] as Parameters<AgentsClient["messages"]["create"]>[2]);
    expect(await client.messages.get(thread.id, message.id)).toEqual(message);
    const kept = await client.messages.update(thread.id, message.id, { metadata: { e: "f" } });
    expect(kept.metadata).toEqual({ e: "f" });
    expect(await all(client.messages.list(thread.id, { order: "asc" }))).toHaveLength(2);
    expect((await all(client.threads.list())).map(({ id }) => id)).toContain(thread.id);
    expect(await client.threads.delete(thread.id)).toMatchObject({ deleted: true });
  });

  test("runs and polls", async () => {
    const { thread, agent } = await asked("echo from the official client");
    const run = await client.runs.createAndPoll(thread, agent, { pollingOptions: { intervalInMs: 5 } });
    expect(run).toMatchObject({ status: "completed", assistantId: agent });
    expect(run.usage?.totalTokens).toBeGreaterThan(0);
    const [message] = await all(client.messages.list(thread, { runId: run.id }));
    expect(message && textOf(message)).toBe("from the official client");
    expect(await client.runs.update(thread, run.id, { metadata: { a: "b" } })).toMatchObject({
      metadata: { a: "b" },
    });
    expect((await all(client.runs.list(thread))).map(({ id }) => id)).toEqual([run.id]);
    const [step] = await all(client.runSteps.list(thread, run.id));
    expect(step && (await client.runSteps.get(thread, run.id, step.id))).toEqual(step);
  });

  test("answers function calls", async () => {
    const { thread, agent } = await asked("What is the weather in Paris and London?", [weather]);
    let run: ThreadRun = await client.runs.create(thread, agent);
    while (run.status === "queued" || run.status === "in_progress")
      run = await client.runs.get(thread, run.id);
    const calls = callsOf(run);
    expect(calls.map(({ function: { name } }) => name)).toEqual(["getWeather", "getWeather"]);
    const outputs = calls.map(({ id }) => ({ toolCallId: id, output: JSON.stringify({ sky: "blue" }) }));
    run = await client.runs.submitToolOutputs(thread, run.id, outputs);
    while (run.status === "queued" || run.status === "in_progress")
      run = await client.runs.get(thread, run.id);
    expect(run.status).toBe("completed");
    const [message] = await all(client.messages.list(thread));
    expect(message && textOf(message)).toContain("sky blue");
    const steps = await all(client.runSteps.list(thread, run.id, { order: "asc" }));
    const details = steps[0]?.stepDetails as RunStepToolCallDetails | undefined;
    expect(details?.toolCalls).toHaveLength(2);
  });

  interface Told {
    readonly names: string[];
    readonly text: string;
    readonly run: ThreadRun | undefined;
  }

  async function told(stream: AsyncIterable<{ event: string; data: unknown }>): Promise<Told> {
    const names: string[] = [];
    let text = "";
    let run: ThreadRun | undefined;
    for await (const { event, data } of stream) {
      if (names.at(-1) !== event) names.push(event);
      if (/^thread\.run\.(?!step)/.test(event)) run = data as ThreadRun;
      if (event !== "thread.message.delta") continue;
      for (const part of (data as MessageDeltaChunk).delta.content) {
        text += (part as { text?: { value?: string } }).text?.value ?? "";
      }
    }
    return { names, text, run };
  }

  test("streams, with function calls between two streams", async () => {
    const { thread, agent } = await asked("What is the weather in Paris?", [weather]);
    const first = await told(await client.runs.create(thread, agent).stream());
    expect(first.run?.status).toBe("requires_action");
    expect(first.names.slice(-2)).toEqual(["thread.run.requires_action", "done"]);
    const run = first.run as ThreadRun;
    const outputs = callsOf(run).map(({ id }) => ({ toolCallId: id, output: "sunny" }));
    const second = await told(await client.runs.submitToolOutputs(thread, run.id, outputs).stream());
    expect(second.names[0]).toBe("thread.run.step.completed");
    expect(second.text).toContain("sunny");
    expect(second.run).toMatchObject({ status: "completed", id: run.id });
  });

  test("makes thread and run at once, streaming", async () => {
    const agent = await client.createAgent("gpt-4.1");
    const thread = { messages: [{ role: "user" as const, content: "echo at once" }] };
    const { names, text } = await told(await client.runs.createThreadAndRun(agent.id, { thread }).stream());
    expect([names[0], text]).toEqual(["thread.created", "at once"]);
  });

  test("cancels", async () => {
    const { thread, agent } = await asked("tell me about bridges");
    const run = await client.runs.create(thread, agent);
    expect((await client.runs.cancel(thread, run.id)).status).toBe("cancelling");
    expect((await client.runs.get(thread, run.id)).status).toBe("cancelled");
  });

  test("is told what is wrong", async () => {
    const { thread, agent } = await asked("hello");
    await client.runs.create(thread, agent);
    await expect(client.messages.create(thread, "user", "x")).rejects.toMatchObject({
      statusCode: 400,
      message: expect.stringContaining("is active"),
    });
    await expect(client.threads.get("thread_nobody")).rejects.toMatchObject({ statusCode: 404 });
  });
});

describe("the official client of the connection-string era", () => {
  function era(): AIProjectsClient["agents"] {
    // It takes no http: the last step before the socket leads it here.
    const policy: NonNullable<AIProjectsClientOptions["additionalPolicies"]>[number]["policy"] = {
      name: "lead-to-emulator",
      sendRequest: (request, next) => {
        const { pathname, search } = new URL(request.url);
        request.url = server.url + pathname + search;
        request.allowInsecureConnection = true;
        return next(request);
      },
    };
    const credential = {
      getToken: async () => ({ token: "emulator-key", expiresOnTimestamp: Date.now() + 3_600_000 }),
    };
    return AIProjectsClient.fromConnectionString("region.api.azureml.ms;sub;rg;ws", credential, {
      additionalPolicies: [{ policy, position: "perRetry" }],
      retryOptions: { maxRetries: 0 },
    }).agents;
  }

  test("runs, calls functions and lists what happened", async () => {
    const agents = era();
    const agent = await agents.createAgent("gpt-4.1", {
      name: "helper",
      instructions: "Be kind.",
      tools: [weather],
    });
    const thread = await agents.createThread();
    await agents.createMessage(thread.id, { role: "user", content: "What is the weather in Paris?" });
    let run = await agents.createRun(thread.id, agent.id);
    const settle = async (): Promise<void> => {
      while (run.status === "queued" || run.status === "in_progress")
        run = await agents.getRun(thread.id, run.id);
    };
    await settle();
    expect(run.status).toBe("requires_action");
    const { toolCalls } = (run.requiredAction as SubmitToolOutputsAction).submitToolOutputs;
    const outputs = (toolCalls as RequiredFunctionToolCall[]).map(({ id }) => ({
      toolCallId: id,
      output: "sunny",
    }));
    run = await agents.submitToolOutputsToRun(thread.id, run.id, outputs);
    await settle();
    expect(run.status).toBe("completed");
    const { data: messages } = await agents.listMessages(thread.id, { runId: run.id });
    expect(messages.map(({ role }) => role)).toEqual(["assistant"]);
    expect(JSON.stringify(messages[0]?.content)).toContain("sunny");
    // Steps of tool calls it can't read: it looks for a type that the service does not have.
    await expect(agents.listRunSteps(thread.id, run.id)).rejects.toThrow("Unknown run step type");
    expect((await agents.listAgents()).data.map(({ id }) => id)).toEqual([agent.id]);
    await agents.deleteThread(thread.id);
    await agents.deleteAgent(agent.id);
  });

  test("streams, and cancels", async () => {
    const agents = era();
    const agent = await agents.createAgent("gpt-4.1");
    const thread = await agents.createThread({ messages: [{ role: "user", content: "echo from the era" }] });
    let text = "";
    const names = new Set<string>();
    for await (const { event, data } of await agents.createRun(thread.id, agent.id).stream()) {
      names.add(event);
      if (event === "thread.message.delta")
        text += JSON.stringify(data).match(/"value":"([^"]*)"/)?.[1] ?? "";
    }
    expect(text).toBe("from the era");
    expect([...names].slice(-2)).toEqual(["thread.run.completed", "done"]);
    const [told] = (await agents.listRuns(thread.id)).data;
    const { data: steps } = await agents.listRunSteps(thread.id, told?.id ?? "");
    expect(steps.map(({ type, status }) => [type, status])).toEqual([["message_creation", "completed"]]);
    const run = await agents.createRun(thread.id, agent.id);
    expect((await agents.cancelRun(thread.id, run.id)).status).toBe("cancelling");
  });
});
