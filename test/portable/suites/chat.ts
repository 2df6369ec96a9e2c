// Chat against the emulator, in process and over HTTP: every base, whole and streaming, and the faults of a bad day.
import { loadClient, NotFoundError } from "latchkey";
import { all, drain, readBroken } from "../bodies.ts";
import { chatAt, scenario } from "../clients.ts";
import { contains, equal, fails, has, ok } from "../expect.ts";
import { Suite } from "../harness.ts";

export const chat: Suite = new Suite("chat");

const ask = (content: string): { messages: { role: "user"; content: string }[] } => ({
  messages: [{ role: "user", content }],
});
const HELLO = ask("Hello");

const BASES: [string, object][] = [
  ["/models", { model: "Phi-4" }],
  ["", { model: undefined }],
  ["/v1", {}],
  ["/openai/v1", { apiVersion: "preview" }],
  ["/openai/deployments/gpt-4.1", { model: undefined, apiVersion: "2024-10-21" }],
];
for (const [base, options] of BASES) {
  chat.both(`a whole answer from "${base}"`, async (service) => {
    const whole = await chatAt(service, options, base).complete(HELLO);
    has(whole, { object: "chat.completion", choices: [{ finish_reason: "stop" }] });
    ok(whole.choices[0]?.message.content);
    ok(whole.usage?.total_tokens);
  });

  chat.both(`a stream from "${base}"`, async (service) => {
    const stream = await chatAt(service, options, base).complete({ ...HELLO, stream: true });
    const text = (await all(stream.text())).join("");
    const { choices } = await stream.final();
    has(choices[0], { finish_reason: "stop", message: { role: "assistant", content: text } });
    ok(text.length > 0);
  });
}

chat.both("the words that were asked for, beyond ASCII", async (service) => {
  const { choices } = await chatAt(service).complete(ask("Echo: grüße 你好 👋"));
  contains(choices[0]?.message.content, "grüße 你好 👋");
});

chat.both("twenty streams at once don't mix", async (service) => {
  const client = chatAt(service);
  const texts = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const stream = await client.complete({ ...ask(`Echo: number-${index}-end`), stream: true });
      return (await stream.final()).choices[0]?.message.content;
    }),
  );
  for (const [index, text] of texts.entries()) contains(text, `number-${index}-end`);
});

chat.both("usage of a stream, when it is asked for", async (service) => {
  const stream = await chatAt(service).complete({
    ...HELLO,
    stream: true,
    model_extras: { stream_options: { include_usage: true } },
  });
  ok((await stream.final()).usage?.completion_tokens);
});

chat.both("reasoning comes before the answer", async (service) => {
  const client = chatAt(service, { model: "DeepSeek-R1" });
  const { choices } = await (await client.complete({ ...HELLO, stream: true })).final();
  ok(choices[0]?.message.reasoning_content);
  ok(choices[0]?.message.content);
});

const TOOLS = [
  {
    type: "function" as const,
    function: {
      name: "get_weather",
      parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    },
  },
];
for (const stream of [false, true]) {
  chat.both(`a tool call, ${stream ? "streamed" : "whole"}`, async (service) => {
    const client = chatAt(service, { tools: TOOLS, tool_choice: "required" });
    const request = ask("What's the weather in Paris?");
    const { choices } = stream
      ? await (await client.complete({ ...request, stream: true })).final()
      : await client.complete(request);
    equal(choices[0]?.finish_reason, "tool_calls");
    const call = choices[0]?.message.tool_calls?.[0];
    has(call, { type: "function", function: { name: "get_weather" } });
    equal(JSON.parse(call?.function.arguments ?? ""), { city: "Paris" });
  });
}

chat.both("a picture in a message", async (service) => {
  const image_url = { url: "data:image/png;base64,iVBORw0KGgo=" };
  const content = [
    { type: "text" as const, text: "What is this?" },
    { type: "image_url" as const, image_url },
  ];
  const { choices } = await chatAt(service).complete({ messages: [{ role: "user", content }] });
  ok(choices[0]?.message.content);
});

chat.both("JSON when JSON is asked for", async (service) => {
  const { choices } = await chatAt(service).complete({
    ...ask("A recipe as JSON"),
    response_format: { type: "json_object" },
  });
  equal(typeof JSON.parse(choices[0]?.message.content ?? ""), "object");
});

chat.both("max_tokens cuts the answer, and says so", async (service) => {
  const { choices } = await chatAt(service).complete({ ...ask("Write a long poem"), max_tokens: 3 });
  equal(choices[0]?.finish_reason, "length");
});

chat.both("several choices", async (service) => {
  const { choices } = await chatAt(service).complete({ ...HELLO, model_extras: { n: 3 } });
  equal(
    choices.map(({ index }) => index),
    [0, 1, 2],
  );
});

chat.both("a stop sequence", async (service) => {
  const { choices } = await chatAt(service).complete({ ...ask("Echo: one two three"), stop: ["two"] });
  ok(!choices[0]?.message.content?.includes("three"));
});

chat.both("the id of a request reaches the error", async (service) => {
  const error = await fails(chatAt(service).complete({ ...HELLO, model: "nobody" }), { kind: "api" });
  ok(error.requestId);
});

chat.both("a wrong api-version is refused with the service's words", async (service) => {
  await fails(chatAt(service, { apiVersion: "1999-01-01" }).complete(HELLO), { kind: "api" });
});

chat.both("a member that the service doesn't know", async (service) => {
  const client = chatAt(service, { model: "Phi-4" });
  await fails(client.complete({ ...HELLO, odd: 1 } as never), { status: 400 });
  await client.complete({ ...HELLO, model_extras: { odd: 1 } });
});

chat.both("the model's name, where the endpoint tells it", async (service) => {
  const info = await chatAt(service, { model: undefined }, "").getModelInfo();
  ok(info.model_name);
});

chat.both("where the endpoint doesn't tell its model the error says so", async (service) => {
  await fails(chatAt(service, {}, "/v1").getModelInfo(), { name: NotFoundError.name });
});

chat.both("loadClient asks which client an endpoint needs", async ({ url, fetch }) => {
  const options = { fetch, dangerouslyAllowBrowser: true };
  const client = await loadClient(`${url}/`, "emulator-key", options);
  equal(client.constructor.name, "ChatCompletionsClient");
});

chat.both("sendRequest gives the response as it is", async (service) => {
  const client = chatAt(service, {}, "/v1");
  const response = await client.sendRequest({ url: "/models" });
  equal(response.status, 200);
  has(await response.json(), { object: "list" });
  equal((await client.sendRequest({ url: "/nowhere" })).status, 404);
});

chat.both("the service's headers are readable", async (service) => {
  const response = await chatAt(service, {}, "/v1").sendRequest({ url: "/models" });
  ok(response.headers.get("x-request-id"));
});

// Faults

const HARMLESS = [
  "crlf",
  "bom",
  "byte-per-write;bytes=9",
  "split-utf8",
  "late-usage;ms=10",
  "missing-delta",
  "done-open",
];
for (const text of [...HARMLESS, "slow;ms=1", "slow-headers;ms=30", "huge-event;bytes=300000"]) {
  chat.both(`the scenario ${text} makes no difference`, async (service) => {
    const stream = await chatAt(service).complete({ ...HELLO, stream: true }, scenario(text));
    has((await stream.final()).choices[0], { finish_reason: "stop" });
  });
}

for (const text of ["cut", "cut-before-done", "half-event", "reset"]) {
  chat.both(`the scenario ${text} is a truncated stream`, async (service) => {
    const opening = chatAt(service).complete({ ...HELLO, stream: true }, scenario(text));
    const { items, error, lost } = await readBroken(opening, text);
    if (lost) return;
    has(error, { kind: "truncated" });
    equal((await opening).snapshot, (error as { partial?: unknown }).partial);
    ok(items.length > 0);
  });
}

chat.both("an error event in the middle", async (service) => {
  const stream = await chatAt(service).complete({ ...HELLO, stream: true }, scenario("error-event"));
  has((await drain(stream)).error, { kind: "api", code: "server_error" });
});

chat.both("JSON that is broken in the middle", async (service) => {
  const stream = await chatAt(service).complete({ ...HELLO, stream: true }, scenario("malformed-json"));
  has((await drain(stream)).error, { kind: "malformed" });
});

chat.both("a stalled stream ends at the idle deadline", async (service) => {
  const stream = await chatAt(service, { idleTimeoutMs: 300 }).complete(
    { ...HELLO, stream: true },
    scenario("stall"),
  );
  has((await drain(stream)).error, { kind: "timeout", deadline: "idle" });
});

chat.both("a stream of comments ends at the stall deadline", async (service) => {
  const options = { idleTimeoutMs: 5000, stallTimeoutMs: 300 };
  const stream = await chatAt(service, options).complete(
    { ...HELLO, stream: true },
    scenario("ping-stall;ms=20"),
  );
  has((await drain(stream)).error, { kind: "timeout", deadline: "stall" });
});

chat.both("headers that are slow end at their deadline", async (service) => {
  const call = chatAt(service).complete(HELLO, {
    ...scenario("slow-headers;ms=3000"),
    headersTimeoutMs: 200,
  });
  await fails(call, { kind: "timeout", deadline: "headers" });
});

for (const send of ["ms", "x-ms", "seconds", "date", "all"]) {
  chat.both(`429 with a wait (${send}) is tried again, then answered`, async (service) => {
    const wait = send === "ms" || send === "x-ms" ? 0.05 : 0;
    const text = `rate-limit;times=1;retry-after=${wait};send=${send};id=${service.name}`;
    const answer = await chatAt(service, { maxRetries: 2 }).complete(HELLO, scenario(text));
    equal(answer.choices[0]?.finish_reason, "stop");
  });
}

chat.both("503 twice before a stream", async (service) => {
  const text = `unavailable;times=2;retry-after=0;id=${service.name}`;
  const client = chatAt(service, { maxRetries: 2 });
  const stream = await client.complete({ ...HELLO, stream: true }, scenario(text));
  equal((await stream.final()).choices[0]?.finish_reason, "stop");
});

const REFUSED: [string, object][] = [
  ["content-filter", { kind: "api", status: 400, code: "content_filter" }],
  ["server-error", { kind: "api", status: 500 }],
  ["status;code=409", { kind: "api", status: 409 }],
  ["html", { kind: "malformed" }],
  ["html;status=502", { kind: "api", status: 502 }],
  ["json-error", { kind: "api", status: undefined }],
  ["empty", { kind: "malformed" }],
  ["redirect", { kind: "redirect" }],
  ["big-error;bytes=2000000", { kind: "api", status: 500 }],
];
for (const [text, expected] of REFUSED) {
  chat.both(`the scenario ${text} is an error of its kind`, async (service) => {
    await fails(chatAt(service).complete(HELLO, scenario(text)), expected as Record<string, unknown>);
  });
}

chat.both("a refusal, and an answer that the filter cut", async (service) => {
  const client = chatAt(service);
  const refused = await (await client.complete({ ...HELLO, stream: true }, scenario("refusal"))).final();
  ok(refused.choices[0]?.message.refusal);
  const cut = await client.complete(HELLO, scenario("content-filter-completion"));
  equal(cut.choices[0]?.finish_reason, "content_filter");
});

chat.both("tool calls whose pieces arrive mixed", async (service) => {
  const stream = await chatAt(service, { tools: TOOLS }).complete(
    { ...ask("What's the weather?"), stream: true },
    scenario("hostile-indices"),
  );
  const calls = (await stream.final()).choices[0]?.message.tool_calls ?? [];
  equal(calls.length, 3);
  for (const { function: called } of calls) equal(typeof JSON.parse(called.arguments), "object");
});

chat.both("Azure's asynchronous filter comes with the text it is about", async (service) => {
  const client = chatAt(
    service,
    { apiVersion: "2024-10-21", model: undefined },
    "/openai/deployments/gpt-4.1",
  );
  const stream = await client.complete({ ...HELLO, stream: true }, scenario("async-filter"));
  const { choices } = await stream.final();
  ok(choices[0]?.content_filter_results);
});

chat.both("leaving a stream ends the exchange at the service", async (service) => {
  const stream = await chatAt(service).complete(
    { ...HELLO, stream: true },
    { headers: { "x-emulator-scenario": "stall", "x-ms-client-request-id": `leave-${service.name}` } },
  );
  for await (const _ of stream) break;
  let entries = await service.ledger(`leave-${service.name}`);
  for (let tries = 0; tries < 100 && entries[0]?.outcome !== "cancelled"; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    entries = await service.ledger(`leave-${service.name}`);
  }
  equal(
    entries.map(({ outcome }) => outcome),
    ["cancelled"],
  );
});
