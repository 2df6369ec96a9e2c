// The tool loop and structured output, with schemas of zod and of valibot, against the emulator and hand-made models.
import type { ChatCompletions } from "latchkey";
import { OutputError, partialJson, runTools, structured, type ToolEvent, tool } from "latchkey/tools";
import * as v from "valibot";
import * as z from "zod";
import { all, COMPLETION, sleep } from "../bodies.ts";
import { chatAt, openaiAt } from "../clients.ts";
import { contains, equal, fails, has, ok } from "../expect.ts";
import { Suite } from "../harness.ts";

export const tools: Suite = new Suite("tools");
const alone = tools.alone.bind(tools);

const MESSAGES = [{ role: "user" as const, content: "What is the weather in Paris?" }];

interface Called {
  readonly id: string;
  readonly name: string;
  readonly args: unknown;
}
const call = (args: unknown = { city: "Paris" }, id = "call_1", name = "get_weather"): Called => ({
  id,
  name,
  args,
});

/** A completion that says something, calls something, or both. */
function says(content: string | null, ...calls: Called[]): ChatCompletions {
  const tool_calls = calls.map(({ id, name, args }) => ({
    id,
    type: "function" as const,
    function: { name, arguments: typeof args === "string" ? args : JSON.stringify(args) },
  }));
  const message = { role: "assistant", content, ...(calls.length > 0 ? { tool_calls } : {}) };
  const finish_reason = calls.length > 0 ? "tool_calls" : "stop";
  return { ...COMPLETION, choices: [{ index: 0, finish_reason, message }] };
}

/** A client that answers in turn, the last answer for ever. */
function model(...answers: ChatCompletions[]) {
  const asked: { messages: { role: string; content: string }[]; tool_choice?: unknown }[] = [];
  return {
    asked,
    async complete(request: object): Promise<ChatCompletions> {
      asked.push(structuredClone(request) as (typeof asked)[0]);
      return answers[Math.min(asked.length, answers.length) - 1]!;
    },
  };
}

/** What the model was told of its calls. */
const told = ({ asked }: ReturnType<typeof model>): string[] =>
  asked
    .at(-1)!
    .messages.filter(({ role }) => role === "tool")
    .map(({ content }) => content);

const weather = (execute: (args: { city: string }, context: { signal: AbortSignal }) => unknown) =>
  tool({ name: "get_weather", parameters: z.object({ city: z.string() }), execute });

for (const stream of [false, true]) {
  tools.both(`two calls at once, then an answer, ${stream ? "streaming" : "whole"}`, async (service) => {
    const cities: string[] = [];
    const forecast = weather(({ city }) => {
      cities.push(city);
      return { degrees: city.length };
    });
    const messages = [{ role: "user" as const, content: "What is the weather in Paris and London?" }];
    const run = runTools(chatAt(service), { messages, tools: [forecast], stream });
    const events: ToolEvent[] = await all(run);
    const result = await run.final();
    equal(cities, ["Paris", "London"]);
    equal(
      result.steps.map(({ calls }) => calls.length),
      [2, 0],
    );
    contains(result.text, "degrees 5");
    equal(
      events.some(({ type }) => type === "text-delta"),
      stream,
    );
  });
}

tools.both("the loop in the dialect of npm openai", async (service) => {
  const client = openaiAt(service);
  const run = runTools(client, { model: "gpt-4.1", messages: MESSAGES, tools: [weather(() => "sunny")] });
  contains((await run.final()).text, "sunny");
});

tools.both("the loop by responses", async (service) => {
  const { responses } = openaiAt(service);
  const run = runTools(
    { responses },
    { model: "gpt-4.1", input: "What is the weather in Paris?", tools: [weather(() => "sunny")] },
  );
  contains((await run.final()).text, "sunny");
});

const RECIPE_ZOD = z.object({ title: z.string(), minutes: z.number(), steps: z.array(z.string()) });

tools.both("structured output by zod, whole and as it comes", async (service) => {
  const recipe = structured(RECIPE_ZOD, { name: "recipe" });
  const { response_format } = recipe;
  const request = { messages: [{ role: "user" as const, content: "Onion Soup" }], response_format };
  const client = chatAt(service, { model: "gpt-4.1" });
  const whole = await recipe.parse(await client.complete(request));
  equal([typeof whole.title, typeof whole.minutes], ["string", "number"]);
  const coming = recipe.stream(client.complete({ ...request, stream: true }));
  let pieces = 0;
  for await (const { title } of coming) if (title !== undefined) pieces++;
  ok(pieces > 3, "several pieces");
  equal(Object.keys(await coming.final()).sort(), ["minutes", "steps", "title"]);
});

tools.both("structured output by responses", async (service) => {
  const recipe = structured(RECIPE_ZOD, { name: "recipe" });
  const { responses } = openaiAt(service);
  const answer = await responses.create({ model: "gpt-4.1", input: "Onion Soup", text: recipe.text });
  ok(Array.isArray((await recipe.parse(answer)).steps));
});

const RECIPE = { title: "Soup \u{1f9c5}", minutes: 40, steps: ["Boil", 'Say "done"'] };
const JSON_RECIPE = JSON.stringify(RECIPE);
const VALIBOT = v.object({ title: v.string(), minutes: v.number(), steps: v.array(v.string()) });
const SCHEMA = {
  type: "object",
  properties: { title: { type: "string" } },
  required: ["title"],
  additionalProperties: false,
};

alone("an answer is checked by zod", async () => {
  const recipe = structured(RECIPE_ZOD, { name: "recipe" });
  equal(await recipe.parse(says(JSON_RECIPE)), RECIPE);
  const wrong = says(JSON_RECIPE.replace("40", '"forty"'));
  ok((await fails(recipe.parse(wrong), { kind: "output" })) instanceof OutputError);
});

alone("an answer is checked by valibot, described by hand", async () => {
  const recipe = structured(VALIBOT, { name: "recipe", toJsonSchema: () => SCHEMA });
  equal(await recipe.parse(says(JSON_RECIPE)), RECIPE);
  await fails(recipe.parse(says("{}")), { kind: "output" });
});

alone("a schema's JSON form is closed and strict where it can be", () => {
  const { response_format } = structured(RECIPE_ZOD, { name: "recipe" });
  has(response_format.json_schema, { name: "recipe", strict: true, schema: { additionalProperties: false } });
  const open = structured(z.object({ a: z.string().optional() }), { name: "x" });
  equal(open.response_format.json_schema.strict, false);
});

const UNUSABLE: [string, ChatCompletions][] = [
  ["no JSON", says("not JSON")],
  ["half an answer", says('{"title":')],
  ["nothing", says(null)],
];
for (const [name, answer] of UNUSABLE) {
  alone(`${name} is an OutputError`, async () => {
    await fails(structured(RECIPE_ZOD, { name: "recipe" }).parse(answer), { kind: "output" });
  });
}

const PREFIXES: [string, unknown][] = [
  ["", undefined],
  ['{"a":1', {}],
  ['{"a":1,', { a: 1 }],
  ['{"a":"b', { a: "b" }],
  ['{"a":[1,{"b":tru', { a: [1, {}] }],
  ['{"a":"\\u4f', { a: "" }],
  ['{"a":"\\ud83d\\ude00', { a: "\u{1f600}" }],
  ['{"a":"你', { a: "你" }],
  [JSON_RECIPE, RECIPE],
];
for (const [text, expected] of PREFIXES) {
  alone(`JSON so far: ${text.slice(0, 20)}`, () => {
    const json = partialJson();
    for (const char of text) json.feed(char);
    equal(json.value, expected);
    equal(json.done, text === JSON_RECIPE);
  });
}

alone("calls run side by side, at most so many, and are told in their order", async () => {
  let now = 0;
  let most = 0;
  const many = Array.from({ length: 6 }, (_, index) => call({ city: `${6 - index}` }, `call_${index}`));
  const slow = weather(async ({ city }) => {
    most = Math.max(most, ++now);
    await sleep(Number(city) * 3);
    now--;
    return city;
  });
  const target = model(says(null, ...many), says("Done."));
  await runTools(target, { messages: MESSAGES, tools: [slow] }, { maxParallel: 3 }).final();
  equal(most, 3);
  equal(told(target), ["6", "5", "4", "3", "2", "1"]);
});

alone("what a tool returns: text as it is, the rest as JSON", async () => {
  const values = ["text", { a: 1 }, 42, null, undefined, [1]];
  const target = model(
    says(null, ...values.map((_, index) => call({ city: `${index}` }, `call_${index}`))),
    says("Done."),
  );
  await runTools(target, {
    messages: MESSAGES,
    tools: [weather(({ city }) => values[Number(city)])],
  }).final();
  equal(told(target), ["text", '{"a":1}', "42", "null", "done", "[1]"]);
});

for (const [name, called, part] of [
  ["arguments that are no JSON", call("{"), "JSON"],
  ["arguments that the schema refuses", call({ city: 5 }), "city"],
  ["a tool that doesn't exist", call({}, "call_1", "nobody"), "no such tool"],
] as const) {
  alone(`${name} are told to the model`, async () => {
    const target = model(says(null, called), says("Sorry."));
    await runTools(target, { messages: MESSAGES, tools: [weather(() => "sun")] }).final();
    contains(told(target)[0], part);
  });
}

alone("what a tool throws is told without its stack", async () => {
  const failing = weather(() => {
    throw new Error("no network");
  });
  const target = model(says(null, call()), says("Sorry."));
  await runTools(target, { messages: MESSAGES, tools: [failing] }).final();
  contains(told(target)[0], "no network");
  ok(!told(target)[0]?.includes("tools.ts"), "no stack");
});

alone("a tool that takes too long is told to the model, and its signal fires", async () => {
  let aborted = false;
  const slow = weather((_, { signal }) => {
    signal.addEventListener("abort", () => {
      aborted = true;
    });
    return new Promise(() => {});
  });
  const target = model(says(null, call()), says("Sorry."));
  await runTools(target, { messages: MESSAGES, tools: [slow] }, { toolTimeoutMs: 30 }).final();
  equal(aborted, true);
});

alone("a model that never comes to an end", async () => {
  const target = model(says(null, call()));
  const run = runTools(target, { messages: MESSAGES, tools: [weather(() => "sun")] }, { maxSteps: 3 });
  await fails(run.final(), { kind: "output", reason: "steps" });
  equal(target.asked.length, 3);
});

alone("an abort ends the run", async () => {
  const controller = new AbortController();
  const slow = weather(() => new Promise(() => {}));
  const run = runTools(
    model(says(null, call())),
    { messages: MESSAGES, tools: [slow] },
    { signal: controller.signal },
  );
  setTimeout(() => controller.abort("enough"), 10);
  await fails(run.final(), { kind: "aborted" });
});
