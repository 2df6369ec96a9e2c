import { describe, expect, test } from "vitest";
import type { Emulator } from "../index.ts";
import { emulatorOf } from "./asking.ts";
import { call, type Event, eventsOf, type Json, ok, refused, SURFACES } from "./calling.ts";

const model = "gpt-4.1";
const tool = {
  type: "function",
  name: "get_weather",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

function create(emulator: Emulator, json: Record<string, unknown>, scenario?: string): Promise<Json> {
  return ok(emulator, "/responses", {
    json: { model, ...json },
    ...(scenario !== undefined && { scenario }),
  });
}

async function stream(
  emulator: Emulator,
  json: Record<string, unknown>,
  scenario?: string,
): Promise<Event[]> {
  const how = { json: { model, ...json, stream: true }, ...(scenario !== undefined && { scenario }) };
  return eventsOf(await (await call(emulator, "/responses", how)).text());
}

/** Types in order, runs of one type told once. */
function typesOf(events: readonly Event[]): string[] {
  return events
    .map(({ data }) => data.type.replace("response.", ""))
    .filter((type, index, all) => type !== all[index - 1]);
}

const textOf = (response: Json): string => response.output.at(-1).content[0].text;

describe("a response", () => {
  test.each(SURFACES)("is created, retrieved and deleted: %s", async (on) => {
    const emulator = emulatorOf();
    const json = {
      model,
      input: "echo hello",
      instructions: "Be kind.",
      metadata: { a: "b" },
      temperature: 0.5,
    };
    const created = await ok(emulator, "/responses", { on, json });
    expect(created).toMatchObject({
      object: "response",
      status: "completed",
      instructions: "Be kind.",
      temperature: 0.5,
    });
    expect(textOf(created)).toBe("hello");
    const path = `/responses/${created.id}`;
    expect(await ok(emulator, path, { on })).toEqual(created);
    expect((await ok(emulator, `${path}/input_items`, { on })).data).toMatchObject([{ role: "user" }]);
    expect(await ok(emulator, path, { on, method: "DELETE" })).toMatchObject({
      id: created.id,
      deleted: true,
    });
    expect((await refused(emulator, path, { on })).status).toBe(404);
  });

  test("goes on from one before, and from a conversation", async () => {
    const emulator = emulatorOf();
    const first = await create(emulator, { input: "my name is Ada" });
    const second = await create(emulator, { input: "what's my name?", previous_response_id: first.id });
    expect(textOf(second)).toContain("Ada");
    expect((await ok(emulator, `/responses/${second.id}/input_items?order=asc`)).data).toHaveLength(3);
    const { id } = await ok(emulator, "/conversations", { json: {} });
    await create(emulator, { input: "my name is Grace", conversation: id });
    const third = await create(emulator, { input: "what's my name?", conversation: { id } });
    expect(textOf(third)).toContain("Grace");
    expect(third.conversation).toEqual({ id });
  });

  test("is not kept with store false", async () => {
    const emulator = emulatorOf();
    const { id, store } = await create(emulator, { input: "x", store: false });
    expect(store).toBe(false);
    expect((await refused(emulator, `/responses/${id}`)).status).toBe(404);
    const json = { model, input: "x", previous_response_id: id };
    expect((await refused(emulator, "/responses", { json })).error.code).toBe("previous_response_not_found");
  });

  test("calls a function and takes its output", async () => {
    const emulator = emulatorOf();
    const first = await create(emulator, { input: "the weather in Paris?", tools: [tool] });
    const [item] = first.output;
    expect(item).toMatchObject({ type: "function_call", name: "get_weather", status: "completed" });
    expect(JSON.parse(item.arguments)).toEqual({ city: "Paris" });
    const output = { type: "function_call_output", call_id: item.call_id, output: '{"sky":"blue"}' };
    const second = await create(emulator, { input: [output], previous_response_id: first.id, tools: [tool] });
    expect(textOf(second)).toContain("sky blue");
    const json = { model, input: "and now?", previous_response_id: first.id };
    expect((await refused(emulator, "/responses", { json })).error.message).toContain("No tool output found");
    const stray = { model, input: [{ ...output, call_id: "call_nobody" }] };
    expect((await refused(emulator, "/responses", { json: stray })).error.message).toContain(
      "No tool call found",
    );
  });

  test("takes items that refer to others", async () => {
    const emulator = emulatorOf();
    const first = await create(emulator, { input: "my name is Ada" });
    const [{ id }] = (await ok(emulator, `/responses/${first.id}/input_items`)).data;
    const input = [
      { type: "item_reference", id },
      { role: "user", content: "what's my name?" },
    ];
    expect(textOf(await create(emulator, { input }))).toContain("Ada");
  });

  test("has the structure that its schema asks for", async () => {
    const schema = { type: "object", properties: { city: { type: "string" }, count: { type: "integer" } } };
    const text = { format: { type: "json_schema", name: "answer", schema, strict: true } };
    const response = await create(emulatorOf(), { input: "London?", text });
    expect(JSON.parse(textOf(response))).toMatchObject({ count: expect.any(Number) });
    expect(response.text.format).toMatchObject({ type: "json_schema", name: "answer", strict: true });
  });

  test("thinks first, and tells a summary only when asked", async () => {
    const quiet = await create(emulatorOf(), { model: "gpt-5-mini", input: "echo hi" });
    expect(quiet.output).toMatchObject([{ type: "reasoning", summary: [] }, { type: "message" }]);
    expect(quiet.usage.output_tokens_details.reasoning_tokens).toBeGreaterThan(0);
    const told = await create(emulatorOf(), {
      model: "DeepSeek-R1",
      input: "echo hi",
      reasoning: { summary: "auto" },
      include: ["reasoning.encrypted_content"],
    });
    expect(told.output[0]).toMatchObject({
      summary: [{ type: "summary_text" }],
      encrypted_content: expect.any(String),
    });
  });

  test("is incomplete at its limit, refused, filtered or failed", async () => {
    const emulator = emulatorOf();
    const cut = await create(emulator, { input: "tell me about bridges", max_output_tokens: 20 });
    expect(cut).toMatchObject({
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
      output: [{ status: "incomplete" }],
      usage: { output_tokens: 20 },
    });
    const filtered = await create(emulator, { input: "why?" }, "content-filter-completion");
    expect(filtered.incomplete_details).toEqual({ reason: "content_filter" });
    const refusal = await create(emulator, { input: "x" }, "refusal");
    expect(refusal.output[0].content[0]).toMatchObject({ type: "refusal" });
    const failed = await create(emulator, { input: "x" }, "response-failed");
    expect(failed).toMatchObject({ status: "failed", error: { code: "server_error" }, output: [] });
  });

  test.each([
    ["no input", { input: undefined }, 400, "input"],
    ["an unknown model", { model: "nobody" }, 404, null],
    ["a model that can't", { model: "whisper" }, 400, "model"],
    ["an unknown role", { input: [{ role: "robot", content: "x" }] }, 400, "input[0].role"],
    ["an unknown item", { input: [{ type: "smell" }] }, 400, "input[0].type"],
    [
      "an unknown part",
      { input: [{ role: "user", content: [{ type: "text", text: "x" }] }] },
      400,
      "input[0].content[0].type",
    ],
    ["a hosted tool", { tools: [{ type: "web_search" }] }, 400, "tools[0].type"],
    ["a chat tool", { tools: [{ type: "function", function: { name: "f" } }] }, 400, "tools[0].name"],
    ["too small a limit", { max_output_tokens: 3 }, 400, "max_output_tokens"],
    ["an unknown include", { include: ["everything"] }, 400, "include[0]"],
    ["an unknown effort", { reasoning: { effort: "huge" } }, 400, "reasoning.effort"],
    [
      "a format without a schema",
      { text: { format: { type: "json_schema", name: "x" } } },
      400,
      "text.format.schema",
    ],
    ["chat's messages", { messages: [] }, 400, "messages"],
    ["background without store", { background: true, store: false }, 400, "store"],
    ["two pasts", { previous_response_id: "a", conversation: "b" }, 400, "conversation"],
    ["an unknown conversation", { conversation: "conv_nobody" }, 404, null],
  ])("is refused with %s", async (_name, more, status, param) => {
    const answer = await refused(emulatorOf(), "/responses", { json: { model, input: "x", ...more } });
    expect({ status: answer.status, param: answer.error.param }).toEqual({ status, param });
  });
});

describe("the events of a response", () => {
  const message = [
    "output_item.added",
    "content_part.added",
    "output_text.delta",
    "output_text.done",
    "content_part.done",
    "output_item.done",
  ];

  test("come in order and numbered, and say what the whole answer says", async () => {
    const events = await stream(emulatorOf(), { input: "echo one two three" });
    expect(typesOf(events)).toEqual(["created", "in_progress", ...message, "completed"]);
    expect(events.map(({ data }) => data.sequence_number)).toEqual(events.map((_, index) => index));
    const deltas = events.filter(({ name }) => name === "response.output_text.delta");
    expect(deltas.map(({ data }) => data.delta).join("")).toBe("one two three");
    const whole = await create(emulatorOf(), { input: "echo one two three" });
    expect(events.at(-1)?.data.response).toEqual(whole);
  });

  test("of a function call", async () => {
    const events = await stream(emulatorOf(), { input: "the weather in Paris?", tools: [tool] });
    expect(typesOf(events)).toEqual([
      ...["created", "in_progress", "output_item.added"],
      ...["function_call_arguments.delta", "function_call_arguments.done", "output_item.done", "completed"],
    ]);
    const done = events.find(({ name }) => name?.endsWith("arguments.done"))?.data;
    expect(done).toMatchObject({ name: "get_weather", output_index: 0 });
    const deltas = events
      .filter(({ name }) => name?.endsWith("arguments.delta"))
      .map(({ data }) => data.delta);
    expect(deltas.join("")).toBe(done.arguments);
  });

  test("of a reasoning summary", async () => {
    const events = await stream(emulatorOf(), {
      model: "gpt-5-mini",
      input: "echo a b",
      reasoning: { summary: "auto" },
    });
    expect(typesOf(events)).toEqual([
      ...["created", "in_progress", "output_item.added", "reasoning_summary_part.added"],
      ...["reasoning_summary_text.delta", "reasoning_summary_text.done", "reasoning_summary_part.done"],
      ...["output_item.done", ...message, "completed"],
    ]);
    expect(events.find(({ name }) => name === "response.content_part.added")?.data.output_index).toBe(1);
  });

  test("of a refusal, a cut answer and a failure", async () => {
    expect(typesOf(await stream(emulatorOf(), { input: "x" }, "refusal"))).toContain("refusal.delta");
    const cut = await stream(emulatorOf(), { input: "tell me about bridges", max_output_tokens: 16 });
    expect(cut.at(-1)?.name).toBe("response.incomplete");
    const failed = typesOf(await stream(emulatorOf(), { input: "tell me about bridges" }, "response-failed"));
    expect(failed.at(-1)).toBe("failed");
    expect(failed).not.toContain("output_text.done");
  });

  test("are broken as asked", async () => {
    const json = { model, input: "echo one two three four", stream: true };
    const cut = await call(emulatorOf(), "/responses", { json, scenario: "cut;after=6" });
    expect(eventsOf(await cut.text())).toHaveLength(6);
    const open = await call(emulatorOf(), "/responses", { json, scenario: "cut-before-done" });
    expect(eventsOf(await open.text()).at(-1)?.name).toBe("response.output_item.done");
    const error = await call(emulatorOf(), "/responses", { json, scenario: "error-event;after=4" });
    expect(eventsOf(await error.text()).at(-1)).toMatchObject({ name: "error" });
    const reset = await call(emulatorOf(), "/responses", { json: { ...json, model: "fault-reset" } });
    await expect(reset.text()).rejects.toThrow();
    expect((await call(emulatorOf(), "/responses", { json, scenario: "rate-limit" })).status).toBe(429);
  });

  test("are counted by the ledger", async () => {
    const emulator = emulatorOf();
    const events = await stream(emulator, { input: "echo one two three" });
    const { usage } = events.at(-1)?.data.response ?? {};
    expect(emulator.ledger[0]).toMatchObject({
      promptTokens: usage.input_tokens,
      completionTokens: usage.output_tokens,
      stream: true,
      outcome: "finished",
    });
  });
});

describe("a response in the background", () => {
  test("is queued, runs and completes as it is looked at", async () => {
    const emulator = emulatorOf();
    const created = await create(emulator, { input: "echo hello", background: true });
    expect(created).toMatchObject({ status: "queued", output: [], background: true });
    const look = (): Promise<Json> => ok(emulator, `/responses/${created.id}`);
    expect(await look()).toMatchObject({ status: "in_progress", output: [] });
    expect(textOf(await look())).toBe("hello");
  });

  test("gives its conversation its items when it is done", async () => {
    const emulator = emulatorOf();
    const { id } = await ok(emulator, "/conversations", { json: {} });
    const created = await create(emulator, { input: "echo hello", background: true, conversation: id });
    const count = async (): Promise<number> => (await ok(emulator, `/conversations/${id}/items`)).data.length;
    expect(await count()).toBe(0);
    for (let poll = 0; poll < 4; poll++) await ok(emulator, `/responses/${created.id}`);
    expect(await count()).toBe(2);
  });

  test("can be cancelled, and only there", async () => {
    const emulator = emulatorOf();
    const { id } = await create(emulator, { input: "x", background: true });
    const cancel = { method: "POST" } as const;
    expect(await ok(emulator, `/responses/${id}/cancel`, cancel)).toMatchObject({ status: "cancelled" });
    expect(await ok(emulator, `/responses/${id}/cancel`, cancel)).toMatchObject({ status: "cancelled" });
    expect(await ok(emulator, `/responses/${id}`)).toMatchObject({ status: "cancelled", output: [] });
    const plain = await create(emulator, { input: "x" });
    expect((await refused(emulator, `/responses/${plain.id}/cancel`, cancel)).status).toBe(400);
  });

  test("has a stream that can be taken up again", async () => {
    const emulator = emulatorOf();
    const json = { model, input: "echo one two three", background: true, stream: true };
    const cut = eventsOf(
      await (await call(emulator, "/responses", { json, scenario: "cut;after=6" })).text(),
    );
    expect(typesOf(cut)).toContain("queued");
    const { id } = cut[0]?.data.response ?? {};
    const after = cut.at(-1)?.data.sequence_number;
    const rest = eventsOf(
      await (await call(emulator, `/responses/${id}?stream=true&starting_after=${after}`)).text(),
    );
    expect(rest.map(({ data }) => data.sequence_number)).toEqual(rest.map((_, index) => after + 1 + index));
    expect(rest.at(-1)?.name).toBe("response.completed");
    const all = eventsOf(await (await call(emulator, `/responses/${id}?stream=true`)).text());
    expect([...cut, ...rest]).toEqual(all);
    const plain = await create(emulator, { input: "x" });
    expect((await refused(emulator, `/responses/${plain.id}?stream=true`)).status).toBe(400);
    expect((await refused(emulator, `/responses/${id}?stream=true&starting_after=x`)).status).toBe(400);
  });
});

describe("a conversation", () => {
  test("is created, changed and deleted", async () => {
    const emulator = emulatorOf();
    const { id } = await ok(emulator, "/conversations", { method: "POST" });
    const path = `/conversations/${id}`;
    expect(await ok(emulator, path)).toMatchObject({ object: "conversation", metadata: {} });
    expect(await ok(emulator, path, { json: { metadata: { a: "b" } } })).toMatchObject({
      metadata: { a: "b" },
    });
    expect(await ok(emulator, path, { method: "DELETE" })).toEqual({
      id,
      object: "conversation.deleted",
      deleted: true,
    });
    expect((await refused(emulator, path)).status).toBe(404);
  });

  test("has items that can be added, listed, read and removed", async () => {
    const emulator = emulatorOf();
    const { id } = await ok(emulator, "/conversations", {
      json: { items: [{ role: "user", content: "one" }] },
    });
    const path = `/conversations/${id}/items`;
    const items = [
      { role: "user", content: "two" },
      { role: "assistant", content: "three" },
    ];
    const added = await ok(emulator, path, { json: { items } });
    expect(added.data).toMatchObject([
      { content: [{ type: "input_text", text: "two" }] },
      { content: [{ type: "output_text" }] },
    ]);
    const ascending = await ok(emulator, `${path}?order=asc&limit=2`);
    expect(ascending).toMatchObject({ has_more: true, data: [{}, { id: added.first_id }] });
    expect(await ok(emulator, `${path}/${added.first_id}`)).toEqual(added.data[0]);
    expect(await ok(emulator, `${path}/${added.first_id}`, { method: "DELETE" })).toMatchObject({ id });
    expect((await refused(emulator, `${path}/${added.first_id}`)).status).toBe(404);
    expect((await ok(emulator, path)).data).toHaveLength(2);
  });

  test("takes at most twenty items at once, and only such as it knows", async () => {
    const emulator = emulatorOf();
    const many = { items: Array.from({ length: 21 }, () => ({ role: "user", content: "x" })) };
    expect((await refused(emulator, "/conversations", { json: many })).error.param).toBe("items");
    const { id } = await ok(emulator, "/conversations", { json: {} });
    const bad = { json: { items: [{ type: "mcp_call" }] } };
    expect((await refused(emulator, `/conversations/${id}/items`, bad)).error.param).toBe("items[0].type");
    expect((await refused(emulator, `/conversations/${id}`, { json: {} })).error.param).toBe("metadata");
  });
});
