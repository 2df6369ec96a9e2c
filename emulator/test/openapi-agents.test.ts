// The bodies of agents, threads, messages, runs, steps and their events against the types that the service's own client
// of the era declared.

import { describe, expect, test } from "vitest";
import { type Agents, agentsOf, BASES, outputsFor, time, weather } from "./agents-calling.ts";
import { emulatorOf } from "./asking.ts";
import type { Event, Json } from "./calling.ts";
import { expectValid } from "./openapi.ts";

const valid = (name: string, body: unknown): void => expectValid("projects", name, body);

const EVENT_TYPES: readonly (readonly [RegExp, string])[] = [
  [/^thread\.created$/, "AgentThreadOutput"],
  [/^thread\.run\.step\.delta$/, "RunStepDeltaChunk"],
  [/^thread\.run\.step\./, "RunStepOutput"],
  [/^thread\.run\./, "ThreadRunOutput"],
  [/^thread\.message\.delta$/, "MessageDeltaChunk"],
  [/^thread\.message\./, "ThreadMessageOutput"],
];

function validEvents(events: readonly Event[]): void {
  for (const { name = "", data } of events) {
    const [, type] = EVENT_TYPES.find(([pattern]) => pattern.test(name)) ?? [];
    if (type === undefined) expect([name, data]).toEqual(["done", "[DONE]"]);
    // The type wants a role in every delta; what is recorded of the service has none.
    else
      valid(
        type,
        type === "MessageDeltaChunk" ? { ...data, delta: { role: "assistant", ...data.delta } } : data,
      );
  }
}

/** Everything of a thread that can be looked at. */
async function validThread({ ok }: Agents, path: string): Promise<void> {
  valid("AgentThreadOutput", await ok(path));
  valid("OpenAIPageableListOfThreadMessageOutput", await ok(`${path}/messages`));
  const runs = await ok(`${path}/runs`);
  valid("OpenAIPageableListOfThreadRunOutput", runs);
  for (const { id } of runs.data) {
    valid("ThreadRunOutput", await ok(`${path}/runs/${id}`));
    valid("OpenAIPageableListOfRunStepOutput", await ok(`${path}/runs/${id}/steps`));
  }
}

describe.each(BASES)("at the base %s", (base) => {
  test("agents and threads", async () => {
    const agents = agentsOf(emulatorOf(), base);
    const json = {
      model: "gpt-4.1",
      name: "helper",
      tools: [
        weather,
        { type: "code_interpreter" },
        { type: "azure_ai_search" },
        { type: "bing_grounding", bing_grounding: { connections: [{ connection_id: "c" }] } },
      ],
      response_format: { type: "json_object" },
      metadata: { a: "b" },
    };
    valid("CreateAgentOptions", json);
    const created = await agents.ok("/assistants", { json });
    valid("AgentOutput", created);
    valid("OpenAIPageableListOfAgentOutput", await agents.ok("/assistants"));
    const message = { role: "user", content: "hello", metadata: { a: "b" } };
    valid("ThreadMessageOptions", message);
    const thread = await agents.ok("/threads", { json: { messages: [message] } });
    valid("AgentThreadOutput", thread);
    const path = `/threads/${thread.id}`;
    valid("ThreadMessageOutput", await agents.ok(`${path}/messages`, { json: message }));
    valid("ThreadDeletionStatusOutput", await agents.ok(path, { method: "DELETE" }));
    const deleted = await agents.ok(`/assistants/${created.id}`, { method: "DELETE" });
    valid("AgentDeletionStatusOutput", deleted);
  });

  const runs: [string, string, Json, string | undefined][] = [
    ["a text", "echo hello", {}, undefined],
    ["a sum", "what is 6 * 7?", { tools: [{ type: "code_interpreter" }] }, undefined],
    ["a cut answer", "tell me about bridges", { max_completion_tokens: 3 }, undefined],
    ["a failure", "tell me about bridges", {}, "run-failed"],
    ["an end", "tell me about bridges", {}, "run-expired"],
    [
      "a choice",
      "hello",
      { tools: [weather], tool_choice: "none", truncation_strategy: { type: "auto" } },
      undefined,
    ],
  ];
  test.each(runs)("a run: %s", async (_name, said, body, scenario) => {
    const agents = agentsOf(emulatorOf(), base);
    const { id: assistant_id } = await agents.agent();
    const json = { assistant_id, metadata: { a: "b" }, ...body };
    valid("CreateRunOptions", json);
    const how = scenario === undefined ? {} : { scenario };
    const whole = await agents.thread(said);
    const run = await agents.ok(`/threads/${whole.id}/runs`, { json, ...how });
    valid("ThreadRunOutput", run);
    for (let look = 0; look < 3; look++) await validThread(agents, `/threads/${whole.id}`);
    const streamed = await agents.thread(said);
    validEvents(await agents.events(`/threads/${streamed.id}/runs`, json, how));
    await validThread(agents, `/threads/${streamed.id}`);
  });

  test("functions, and a thread that is made with its run", async () => {
    const agents = agentsOf(emulatorOf(), base);
    const { id: assistant_id } = await agents.agent({ tools: [weather, time] });
    const thread = { messages: [{ role: "user", content: "the weather and the time in Paris?" }] };
    const json = { assistant_id, thread };
    valid("CreateAndRunThreadOptions", json);
    const events = await agents.events("/threads/runs", json);
    validEvents(events);
    const waiting = events.at(-2)?.data;
    valid("SubmitToolOutputsActionOutput", waiting.required_action);
    const path = `/threads/${waiting.thread_id}`;
    await validThread(agents, path);
    const tool_outputs = outputsFor(waiting, () => "x");
    for (const output of tool_outputs) valid("ToolOutput", output);
    validEvents(await agents.events(`${path}/runs/${waiting.id}/submit_tool_outputs`, { tool_outputs }));
    await validThread(agents, path);
  });
});
