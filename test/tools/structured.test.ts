// Answers of a form: what is asked for, what comes out typed, and every way in which it can't be used.
import { inspect } from "node:util";
import { toJsonSchema, toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import { ChatCompletionsClient } from "latchkey";
import { createEmulator } from "latchkey/emulator";
import { OutputError, type OutputReason, type Schema, structured } from "latchkey/tools";
import OpenAI from "openai";
import * as v from "valibot";
import { describe, expect, expectTypeOf, test } from "vitest";
import * as z from "zod";
import { failureOf, service, sleep } from "../service.ts";
import { responding, responds, SECRET, says, streamed } from "./model.ts";

const MESSAGES = [{ role: "user" as const, content: "A recipe for Onion Soup" }];

interface Recipe {
  title: string;
  minutes: number;
  steps: string[];
}

const ZOD = z.object({ title: z.string(), minutes: z.number(), steps: z.array(z.string()) });
const VALIBOT = v.object({
  title: v.string(),
  minutes: v.pipe(v.number(), v.integer()),
  steps: v.array(v.string()),
});
const ARKTYPE = type({ title: "string", minutes: "number.integer", steps: "string[]" });
const RECIPE = { title: "Soup", minutes: 40, steps: ["Boil \u{1f9c5}", 'Say "done"'] };
const TEXT = JSON.stringify(RECIPE);

describe("a schema of", () => {
  const emulator = createEmulator();
  const client = new ChatCompletionsClient(
    "https://emulator.test/models",
    { key: "emulator-key" },
    { fetch: emulator.fetch, model: "gpt-4.1" },
  );

  test.each([
    ["zod", structured(ZOD, { name: "recipe" })],
    ["valibot, describing itself", structured(toStandardJsonSchema(VALIBOT), { name: "recipe" })],
    ["valibot, by toJsonSchema", structured(VALIBOT, { name: "recipe", toJsonSchema })],
    ["arktype", structured(ARKTYPE, { name: "recipe" })],
  ])("%s: asked for, streamed and checked against the emulator", async (_name, recipe) => {
    expectTypeOf(recipe.parse).returns.resolves.toEqualTypeOf<Recipe>();
    const { response_format } = recipe;
    expect(response_format.json_schema).toMatchObject({
      name: "recipe",
      strict: true,
      schema: { type: "object", required: expect.arrayContaining(["title", "minutes", "steps"]) },
    });
    expect(response_format.json_schema.schema.additionalProperties).toBe(false);
    expect(recipe.text.format).toEqual({ type: "json_schema", ...response_format.json_schema });
    const whole = await recipe.parse(await client.complete({ messages: MESSAGES, response_format }));
    expect(typeof whole.title).toBe("string");
    const coming = recipe.stream(client.complete({ messages: MESSAGES, response_format, stream: true }));
    let pieces = 0;
    for await (const partial of coming) {
      expectTypeOf(partial.steps).toEqualTypeOf<string[] | undefined>();
      pieces++;
    }
    expect(pieces).toBeGreaterThan(5);
    const streamedRecipe = await coming.final();
    expect(Object.keys(streamedRecipe).sort()).toEqual(Object.keys(whole).sort());
  });

  test("npm openai's stream fits too", async () => {
    const openai = new OpenAI({
      baseURL: "https://emulator.test/v1",
      apiKey: "emulator-key",
      fetch: emulator.fetch,
    });
    const recipe = structured(ZOD, { name: "recipe" });
    const { response_format } = recipe;
    const request = { model: "gpt-4.1", messages: MESSAGES, response_format, stream: true as const };
    expect(typeof (await recipe.stream(openai.chat.completions.create(request)).final()).minutes).toBe(
      "number",
    );
  });

  test("JSON alone is asked by, and not checked", async () => {
    const anything = structured(
      { type: "object", properties: { a: {} } },
      { name: "x", description: "What." },
    );
    expect(anything.response_format.json_schema).toEqual({
      name: "x",
      description: "What.",
      strict: false,
      schema: { type: "object", properties: { a: {} } },
    });
    expectTypeOf(anything.parse).returns.resolves.toEqualTypeOf<unknown>();
    expect(await anything.parse('{"b":1}')).toEqual({ b: 1 });
  });
});

describe("strict mode", () => {
  test.each<[string, Schema, boolean]>([
    ["closed and required", ZOD, true],
    ["an optional member", z.object({ a: z.string().optional() }), false],
    ["a member that may be null", z.object({ a: z.string().nullable() }), true],
    ["an open object", z.looseObject({ a: z.string() }), false],
    ["a record", z.object({ a: z.record(z.string(), z.string()) }), false],
    ["a bound", z.object({ a: z.string().min(3) }), false],
    ["a default", z.object({ a: z.string().default("x") }), false],
    [
      "an optional member deep inside",
      z.object({ a: z.array(z.object({ b: z.string().optional() })) }),
      false,
    ],
    [
      "a recursive schema",
      {
        type: "object",
        properties: { next: { anyOf: [{ $ref: "#" }, { type: "null" }] }, type: { type: "string" } },
        required: ["next", "type"],
      },
      true,
    ],
  ])("with %s", (_name, schema, strict) => {
    expect(structured(schema, { name: "x" }).response_format.json_schema.strict).toBe(strict);
    expect(structured(schema, { name: "x", strict: false }).response_format.json_schema.strict).toBe(false);
    expect(structured(schema, { name: "x", strict: true }).response_format.json_schema.strict).toBe(true);
  });

  test("closes objects in a copy, members with odd names included", () => {
    const schema = JSON.parse(
      '{"type":"object","properties":{"__proto__":{"type":"object"},"properties":{"type":"string"}},"required":["__proto__","properties"]}',
    ) as Record<string, unknown>;
    const before = JSON.stringify(schema);
    const { schema: closed } = structured(schema, { name: "x", strict: true }).response_format.json_schema;
    expect(JSON.stringify(schema)).toBe(before);
    expect(JSON.stringify(closed)).toBe(
      '{"type":"object","properties":{"__proto__":{"type":"object","additionalProperties":false},"properties":{"type":"string"}},"required":["__proto__","properties"],"additionalProperties":false}',
    );
  });
});

describe("an answer", () => {
  const recipe = structured(ZOD, { name: "recipe" });
  const chat = (content: string | null, finish_reason: string, message: object = {}) => {
    const whole = says(content);
    Object.assign(whole.choices[0]!, { finish_reason });
    Object.assign(whole.choices[0]!.message, message);
    return whole;
  };
  const cut = (reason: string) => ({ ...responds('{"title":'), incomplete_details: { reason } });
  const refusing = {
    ...responds(null),
    output: [{ type: "message", content: [{ type: "refusal", refusal: SECRET }] }],
  };

  test.each<[OutputReason, string, Parameters<typeof recipe.parse>[0]]>([
    ["refusal", "chat", chat(null, "stop", { refusal: SECRET })],
    ["refusal", "responses", refusing],
    ["length", "chat", chat(`{"title":"${SECRET}`, "length")],
    ["length", "chat, though it parses", chat(TEXT, "length")],
    ["length", "responses", cut("max_output_tokens")],
    ["content_filter", "chat", chat(`{"title":"${SECRET}`, "content_filter")],
    ["content_filter", "responses", cut("content_filter")],
    ["json", "no JSON", chat(SECRET, "stop")],
    ["json", "nothing", chat(null, "stop")],
    ["json", "a fence around it", chat(`\`\`\`json\n${TEXT}\n\`\`\``, "stop")],
    ["json", "text", `{"title":"${SECRET}"`],
    ["schema", "another form", JSON.stringify({ ...RECIPE, minutes: SECRET })],
    ["schema", "another type", "[]"],
  ])("%s (%s) is a typed error that shows nothing of it", async (reason, _name, answer) => {
    const errors = [await failureOf<OutputError>(recipe.parse(answer))];
    if (typeof answer === "object" && "choices" in answer) {
      errors.push(await failureOf<OutputError>(recipe.stream(streamed(answer)).final()));
    }
    for (const error of errors) {
      expect(error).toBeInstanceOf(OutputError);
      expect(error).toMatchObject({ name: "OutputError", kind: "output", reason });
      expect(error.refusal).toBe(reason === "refusal" ? SECRET : undefined);
      expect(error.issues?.length).toBe(reason === "schema" ? 1 : undefined);
      expect(inspect(error, { depth: 9 })).not.toContain(SECRET);
      expect(JSON.stringify(error)).not.toContain(SECRET);
    }
  });

  test("of responses is read whole and streamed", async () => {
    expect(await recipe.parse(responds(TEXT))).toEqual(RECIPE);
    const coming = recipe.stream(responding(responds(TEXT)));
    const titles = new Set<string | undefined>();
    for await (const { title } of coming) titles.add(title);
    expect([...titles]).toEqual([undefined, "", "S", "So", "Sou", "Soup"]);
    expect(await coming.final()).toEqual(RECIPE);
  });

  test("goes through the schema's own changes", async () => {
    const trimmed = structured(z.object({ title: z.string().trim(), n: z.number().default(3) }), {
      name: "x",
    });
    expect(await trimmed.parse('{"title":" Soup "}')).toEqual({ title: "Soup", n: 3 });
    const later = structured(z.object({ a: z.string().refine(async (a) => a === "x") }), { name: "x" });
    expect(await later.parse('{"a":"x"}')).toEqual({ a: "x" });
    expect((await failureOf<OutputError>(later.parse('{"a":"y"}'))).reason).toBe("schema");
  });

  test("that ends in the middle of its stream fails as the stream does", async () => {
    const { fetch } = service(
      () =>
        new Response('data: {"choices":[{"index":0,"delta":{"content":"{"}}]}\n\n', {
          headers: { "content-type": "text/event-stream" },
        }),
    );
    const client = new ChatCompletionsClient("https://service.example", "key", { fetch, maxRetries: 0 });
    const coming = recipe.stream(client.complete({ messages: MESSAGES, stream: true }));
    expect((await failureOf(coming.final())).kind).toBe("truncated");
    const refused = recipe.stream(Promise.reject(new TypeError("mine")));
    await expect(refused.final()).rejects.toThrow("mine");
  });

  test("that is left closes its stream, also while it's silent", async () => {
    for (const leave of ["break", "abort"]) {
      let closed = false;
      const source = {
        [Symbol.asyncIterator]: () => ({
          next: (): Promise<IteratorResult<object>> =>
            closed || leave === "abort"
              ? new Promise(() => {})
              : Promise.resolve({
                  done: false,
                  value: { choices: [{ index: 0, delta: { content: "{" }, finish_reason: null }] },
                }),
          return: async () => {
            closed = true;
            return { done: true as const, value: undefined };
          },
        }),
      };
      const coming = recipe.stream(source);
      if (leave === "break") for await (const _partial of coming) break;
      else {
        const failed = failureOf(coming.final());
        await sleep(5);
        coming.abort();
        await failed;
      }
      expect(closed).toBe(true);
      expect((await failureOf(coming.final())).kind).toBe("aborted");
    }
  });

  test("that is still awaited when it's left: told at once, and closed when it comes", async () => {
    let closed = false;
    let come = (_source: AsyncIterable<object>) => {};
    const pending = new Promise<AsyncIterable<object>>((resolve) => {
      come = resolve;
    });
    const coming = recipe.stream(pending);
    const failed = failureOf(coming.final());
    coming.abort("enough");
    expect(await failed).toMatchObject({ kind: "aborted", cause: "enough" });
    const next = () => Promise.reject(new Error("Nobody may read it."));
    const leave = async () => {
      closed = true;
      return { done: true as const, value: undefined };
    };
    come({ [Symbol.asyncIterator]: () => ({ next, return: leave }) });
    await sleep(5);
    expect(closed).toBe(true);
    const late = recipe.stream(Promise.resolve({ choices: [] }) as never);
    late.abort();
    expect((await failureOf(late.final())).kind).toBe("aborted");
  });

  test("that is left while its reader is busy: the result fails at once", async () => {
    const coming = recipe.stream(new Promise(() => {}));
    const events = coming[Symbol.asyncIterator]();
    expect(events).toBeDefined();
    coming.abort();
    expect((await failureOf(coming.final())).kind).toBe("aborted");
  });
});

describe("what is wrong at the call is a TypeError that names it", () => {
  test.each<[string, unknown, object]>([
    ["name", ZOD, { name: "" }],
    ["name", ZOD, { name: "a b" }],
    ["name", ZOD, { name: "x".repeat(65) }],
    ["toStandardJsonSchema", VALIBOT, { name: "x" }],
    ["schema", undefined, { name: "x" }],
    ["schema", null, { name: "x" }],
    ["schema", "object", { name: "x" }],
  ])("%s", (name, schema, options) => {
    expect(() => structured(schema as Schema, options as { name: string })).toThrow(TypeError);
    expect(() => structured(schema as Schema, options as { name: string })).toThrow(name);
  });
});
