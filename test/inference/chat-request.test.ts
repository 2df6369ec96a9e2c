// A chat call -> its body: defaults, shorthands, extras and raw bodies, as the service sees them.
import type { ChatRequest, RawRequest } from "latchkey";
import { describe, expect, test } from "vitest";
import {
  type Arrival,
  COMPLETION,
  clientOf,
  DONE,
  eventStream,
  json,
  MESSAGES,
  says,
  service,
  thrownBy,
} from "../service.ts";

async function sent(request: unknown, options = {}): Promise<Arrival> {
  const target = service(({ body }) =>
    /"stream":\s*true/.test(body) ? eventStream(says("a") + DONE) : json(COMPLETION),
  );
  await clientOf(target, options).complete(request as ChatRequest);
  return target.arrivals[0]!;
}

const bodyOf = async (request: object, options = {}): Promise<Record<string, unknown>> =>
  JSON.parse((await sent({ messages: MESSAGES, ...request }, options)).body) as Record<string, unknown>;

describe("defaults", () => {
  const defaults = {
    frequency_penalty: 0.1,
    presence_penalty: 0.2,
    temperature: 0.3,
    top_p: 0.4,
    max_tokens: 5,
    stop: ["x"],
    tools: [{ type: "function" as const, function: { name: "f" } }],
    tool_choice: "auto" as const,
    seed: 6,
    model: "m",
  };

  test("every sticky member comes from the client when the call has none", async () => {
    const response_format = { type: "json_object" as const };
    expect(await bodyOf({}, { ...defaults, response_format })).toEqual({
      messages: MESSAGES,
      ...defaults,
      response_format,
    });
  });

  test("the call's value wins, also when it is falsy", async () => {
    const call = { temperature: 0, max_tokens: 0, model: "", seed: 0 };
    expect(await bodyOf(call, defaults)).toMatchObject(call);
  });

  test("null and undefined in a call take the default; without one the member is left out", async () => {
    expect(await bodyOf({ temperature: null, model: undefined }, defaults)).toMatchObject({
      temperature: 0.3,
      model: "m",
    });
    expect(await bodyOf({ temperature: null, seed: undefined, user: null })).toEqual({ messages: MESSAGES });
    expect(await bodyOf({}, { temperature: null })).toEqual({ messages: MESSAGES });
  });

  test("members that the client doesn't know are sent as given", async () => {
    expect(await bodyOf({ logit_bias: { 5: 1 }, n: 2, reasoning_effort: "low" })).toMatchObject({
      logit_bias: { 5: 1 },
      n: 2,
      reasoning_effort: "low",
    });
  });

  test("stream is left out, or sent as given", async () => {
    expect(await bodyOf({})).not.toHaveProperty("stream");
    expect(await bodyOf({ stream: false })).toMatchObject({ stream: false });
    expect(await bodyOf({ stream: true })).toMatchObject({ stream: true });
    expect(await bodyOf({ stream: null })).not.toHaveProperty("stream");
  });

  test("messages and content of any role go through as they are", async () => {
    const messages = [
      { role: "system", content: "s" },
      { role: "developer", content: "d" },
      {
        role: "user",
        content: [
          { type: "text", text: "t" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AA", detail: "low" } },
        ],
      },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "a", content: "r" },
    ];
    expect((await bodyOf({ messages })).messages).toEqual(messages);
  });
});

describe("response_format", () => {
  const schema = { name: "s", schema: { type: "object" }, strict: true };

  test.each([
    ["text", { type: "text" }],
    ["json_object", { type: "json_object" }],
    [{ type: "text" }, { type: "text" }],
    [
      { type: "json_schema", json_schema: schema },
      { type: "json_schema", json_schema: schema },
    ],
    [schema, { type: "json_schema", json_schema: schema }],
  ])("%j is sent as %j", async (given, expected) => {
    expect((await bodyOf({ response_format: given })).response_format).toEqual(expected);
    expect((await bodyOf({}, { response_format: given })).response_format).toEqual(expected);
  });

  test.each(["xml", 5, true, {}, [], { name: "s" }, { schema: {} }, { name: "s", schema: "x" }])(
    "%j is refused before any request",
    async (given) => {
      const target = service(() => json(COMPLETION));
      const error = await thrownBy(
        clientOf(target).complete({ messages: MESSAGES, response_format: given } as never),
      );
      expect(error).toBeInstanceOf(TypeError);
      expect((error as Error).message).toContain("response_format");
      expect(target.arrivals).toHaveLength(0);
    },
  );
});

describe("model_extras", () => {
  const PASS = "pass-through";
  const extra = async (request: object, options = {}) => {
    const { body, headers } = await sent({ messages: MESSAGES, ...request }, options);
    return { body: JSON.parse(body) as Record<string, unknown>, header: headers.get("extra-parameters") };
  };

  test("are laid over the root of the body, last, with the header", async () => {
    const { body, header } = await extra({
      temperature: 0.5,
      model_extras: { safe_mode: true, temperature: 2 },
    });
    expect(body).toEqual({ messages: MESSAGES, safe_mode: true, temperature: 2 });
    expect(header).toBe(PASS);
  });

  test("of the client go with every call, and a call's replace them", async () => {
    const options = { model_extras: { a: 1, b: 2 } };
    expect((await extra({}, options)).body).toMatchObject({ a: 1, b: 2 });
    const replaced = await extra({ model_extras: { c: 3 } }, options);
    expect(replaced.body).toEqual({ messages: MESSAGES, c: 3 });
    expect(replaced.header).toBe(PASS);
  });

  test("that are empty are none", async () => {
    expect(await extra({ model_extras: {} })).toEqual({ body: { messages: MESSAGES }, header: null });
    expect((await extra({ model_extras: {} }, { model_extras: { a: 1 } })).body).not.toHaveProperty(
      "model_extras",
    );
  });

  test("none, no header; and the caller's own header wins", async () => {
    expect((await extra({})).header).toBeNull();
    expect(
      (await extra({ model_extras: { a: 1 } }, { headers: { "extra-parameters": "drop" } })).header,
    ).toBe("drop");
  });
});

describe("raw bodies", () => {
  const options = { temperature: 0.5, model: "m", model_extras: { a: 1 } };

  test("an object, text and bytes are sent as they are: no defaults, no extras, no header", async () => {
    const raw = { messages: [], custom: { x: [1] } };
    const text = ' {"messages":[],\n"odd":1} ';
    for (const [body, expected] of [
      [raw, JSON.stringify(raw)],
      [text, text],
      [new TextEncoder().encode(text), text],
    ]) {
      const arrival = await sent({ body }, options);
      expect(arrival.body).toBe(expected);
      expect(arrival.headers.get("extra-parameters")).toBeNull();
      expect(arrival.headers.get("content-type")).toBe("application/json");
    }
  });

  test("the content type may be another", async () => {
    expect(
      (await sent({ body: "x" }, { headers: { "content-type": "text/plain" } })).headers.get("content-type"),
    ).toBe("text/plain");
  });

  test("an object's own stream decides whether the answer streams; bytes need it said", async () => {
    const streaming = () => clientOf(service(() => eventStream(says("a") + DONE)));
    const bytes = new TextEncoder().encode('{"stream":true}');
    const requests = [
      { body: { stream: true } },
      { body: bytes, stream: true },
      { body: '{"stream":true}', stream: true },
    ];
    for (const request of requests) {
      const stream = await streaming().complete(request as RawRequest & { stream: true });
      expect((await stream.final()).choices[0]?.message.content).toBe("a");
    }
    const whole = clientOf(service(() => json(COMPLETION)));
    expect(await whole.complete({ body: { stream: false } })).toMatchObject({ id: COMPLETION.id });
    expect(await whole.complete({ body: bytes })).toMatchObject({ id: COMPLETION.id });
  });

  test.each([null, 5, true, []])("a body that is %j is refused before any request", async (body) => {
    const target = service(() => json(COMPLETION));
    expect(await thrownBy(clientOf(target).complete({ body } as never))).toBeInstanceOf(TypeError);
    expect(target.arrivals).toHaveLength(0);
  });
});

describe("bad calls fail before any request", () => {
  test.each([
    undefined,
    null,
    5,
    "hello",
    [],
    {},
    { messages: undefined },
    { messages: null },
    { messages: [] },
    { messages: "hello" },
    { messages: {} },
    { stream: true },
    { body: undefined },
  ])("%j", async (request) => {
    const target = service(() => json(COMPLETION));
    const error = await thrownBy(clientOf(target).complete(request as ChatRequest));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(/messages|request|body/);
    expect(target.arrivals).toHaveLength(0);
  });

  test.each([
    ["temperature", "hot"],
    ["temperature", Number.NaN],
    ["top_p", {}],
    ["max_tokens", "5"],
    ["seed", "1"],
    ["stop", 5],
    ["tools", {}],
    ["tool_choice", 5],
    ["model", 5],
    ["model_extras", "x"],
    ["model_extras", []],
    ["frequency_penalty", true],
    ["presence_penalty", Number.POSITIVE_INFINITY],
  ])("%s: %j is refused by name", async (name, value) => {
    const target = service(() => json(COMPLETION));
    const error = await thrownBy(clientOf(target).complete({ messages: MESSAGES, [name]: value }));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toContain(name);
    expect(target.arrivals).toHaveLength(0);
  });

  test("a body that can't be JSON", async () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    const target = service(() => json(COMPLETION));
    expect(await thrownBy(clientOf(target).complete({ messages: MESSAGES, circle } as never))).toBeInstanceOf(
      TypeError,
    );
    expect(await thrownBy(clientOf(target).complete({ body: circle }))).toBeInstanceOf(TypeError);
    expect(target.arrivals).toHaveLength(0);
  });
});

describe("C13 prototypes", () => {
  test("a __proto__ member of a request injects nothing", async () => {
    const hostile = JSON.stringify({ messages: MESSAGES }).replace(
      /}$/,
      ',"__proto__":{"model_extras":{"injected":1},"response_format":"text","temperature":"x","polluted":1}}',
    );
    const { body, headers } = await sent(JSON.parse(hostile));
    const parsed = JSON.parse(body) as Record<string, unknown>;
    expect(Object.keys(parsed).filter((name) => name !== "__proto__")).toEqual(["messages"]);
    expect(headers.get("extra-parameters")).toBeNull();
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  test("a __proto__ member of the defaults injects nothing", async () => {
    const options: object = JSON.parse('{"model_extras":{"__proto__":{"injected":1},"a":1}}');
    expect(Reflect.get(await bodyOf({}, options), "injected")).toBeUndefined();
  });

  test("inherited members are no members", async () => {
    const request = Object.assign(Object.create({ temperature: 0.9, model_extras: { a: 1 } }), {
      messages: MESSAGES,
    });
    expect(JSON.parse((await sent(request)).body)).toEqual({ messages: MESSAGES });
  });
});
