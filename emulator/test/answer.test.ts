import { describe, expect, test } from "vitest";
import { CLOSINGS } from "../answer-prose.ts";
import { ask, emulatorOf } from "./asking.ts";

interface Whole {
  choices: {
    finish_reason: string;
    message: {
      content: string | null;
      tool_calls?: { id: string; type: string; function: { name: string; arguments: string } }[];
    };
  }[];
  usage: { completion_tokens: number };
}

async function whole(content: unknown, body: Record<string, unknown> = {}): Promise<Whole> {
  const response = await ask(emulatorOf(), { content, stream: false, body });
  return (await response.json()) as Whole;
}

async function said(content: unknown, body: Record<string, unknown> = {}): Promise<string> {
  return (await whole(content, body)).choices[0]?.message.content ?? "";
}

const user = (content: string): object => ({ role: "user", content });

describe("what is said", () => {
  test.each([
    ["echo Hello, you!", "Hello, you!"],
    ["Echo: a\nb", "a\nb"],
    ['say "yes"', "yes"],
    ["please repeat after me: ein zwei", "ein zwei"],
  ])("%j echoes", async (question, expected) => {
    expect(await said(question)).toBe(expected);
  });

  test.each([
    ["write a Python function that reverses a string", "```python\ndef reverse"],
    ["fibonacci in JavaScript, as code", "```js\nfunction* fibonacci"],
    ["hello world in Rust", '```rust\nfn main() {\n    println!("Hello, world!")'],
    ["a C# program", "```csharp\n"],
    ["show me a snippet", "```ts\n"],
    [
      'write sql for "x\'); DELETE users"',
      "```sql\nSELECT 'You asked: write sql for x DELETE users' AS greeting;",
    ],
  ])("%j gets a code block", async (question, expected) => {
    expect(await said(question)).toContain(expected);
  });

  test("a table has the things named as rows, pipes escaped", async () => {
    const lines = (await said("Make a table of apples, red|green pears and plums.")).split("\n");
    const rows = lines.filter((line) => line.startsWith("|"));
    expect(rows).toHaveLength(5);
    expect(rows[3]).toMatch(/^\| Red\\\|green pears \|/);
  });

  test.each([
    ["seven ideas for a party", 7],
    ["list 3 reasons to walk", 3],
    ["give me a list", 5],
  ])("%j is a list of that length", async (question, count) => {
    expect((await said(question)).match(/^- /gm)).toHaveLength(count);
  });

  test.each([1, 2, 5, 12, 13, 14, 27, 60, 300, 2_000])("%i words are that many words", async (count) => {
    const text = await said(`tell me about lighthouses in ${count} words`);
    expect(text.split(/\s+/)).toHaveLength(count);
    expect(text).toMatch(/[.]$/);
  });

  test("every closing has as many words as its place says", () => {
    expect(CLOSINGS.map((closing) => closing.split(" ").length)).toEqual(
      CLOSINGS.map((_, index) => index + 1),
    );
  });

  test.each([
    ["what is 12 * (3 + 4)?", "= 84**"],
    ["2 + 2 * 2", "= 6**"],
    ["calculate 2^10", "= 1024**"],
    ["what's 1,000 / 8", "= 125**"],
    ["1/0", "no finite value"],
  ])("%j is worked out", async (question, expected) => {
    expect(await said(question)).toContain(expected);
  });

  test("a long or nested sum ends quickly", async () => {
    const start = performance.now();
    await said(`what is ${"(".repeat(5_000)}1${")".repeat(5_000)}`);
    await said(`${"1+".repeat(5_000)}1 x`);
    expect(performance.now() - start).toBeLessThan(500);
  });

  test("a greeting greets and tells what to try", async () => {
    expect(await said("Hello!")).toMatch(/\*\*gpt-4\.1\*\*[\s\S]*in 300 words/);
  });

  test("anything else names the user's words, itself, and the way to a real model", async () => {
    const text = await said("Why do cats purr?");
    expect(text).toContain("“Why do cats purr?”");
    expect(text).toContain("*cats*");
    expect(text).toContain("Latchkey emulator");
    expect(text).toContain(".dev.vars");
  });

  test("images are counted, with detail, type and size", async () => {
    const image = (url: string, detail?: string): object => ({
      type: "image_url",
      image_url: { url, ...(detail && { detail }) },
    });
    const text = await said([
      { type: "text", text: "What is this?" },
      image("data:image/png;base64,iVBORw0KGgo=", "low"),
      image("https://example.com/a.png"),
    ]);
    expect(text).toContain("2 images");
    expect(text).toContain("image/png, 8 bytes");
    expect(text).toContain("detail `low`");
    expect(text).toContain("example.com");
  });
});

describe("a conversation", () => {
  test("remembers what was said", async () => {
    const messages = [user("My name is Zoë"), { role: "assistant", content: "Hi" }, user("what is my name?")];
    expect(await said("", { messages })).toContain("Zoë");
    expect(await said("", { messages: [user("one"), user("what did I say?")] })).toContain("> one");
  });

  test("links to the message before", async () => {
    expect(await said("", { messages: [user("Tell me of cats"), user("And why is that?")] })).toContain(
      "“Tell me of cats”",
    );
  });

  test.each([
    [
      "Always respond in JSON.",
      (text: string) => expect(JSON.parse(text)).toMatchObject({ question: "why?" }),
    ],
    ["Be brief.", (text: string) => expect(text).not.toContain("\n\n")],
  ])("listens to the system message: %s", async (system, check) => {
    check(await said("", { messages: [{ role: "system", content: system }, user("why?")] }));
  });
});

describe("limits", () => {
  test.each(["max_tokens", "max_completion_tokens"])("%s ends with length", async (name) => {
    const { choices, usage } = await whole("echo one two three", { [name]: 2 });
    expect(choices[0]).toMatchObject({ finish_reason: "length", message: { content: "one two" } });
    expect(usage.completion_tokens).toBe(2);
  });

  test("stop ends before the sequence that comes first", async () => {
    const { choices } = await whole("echo a b c d", { stop: ["d", " c"] });
    expect(choices[0]).toMatchObject({ finish_reason: "stop", message: { content: "a b" } });
  });

  test("tool arguments that do not fit are cut, with length", async () => {
    const tools = [
      {
        type: "function",
        function: { name: "find", parameters: { type: "object", properties: { query: {} } } },
      },
    ];
    const { choices } = await whole("go", { tools, tool_choice: "required", max_tokens: 1 });
    expect(choices[0]?.finish_reason).toBe("length");
    expect(() => JSON.parse(choices[0]!.message.tool_calls![0]!.function.arguments)).toThrow();
  });

  test("seed changes the answer, the same seed does not", async () => {
    const one = await said("why?", { seed: 1 });
    expect(await said("why?", { seed: 1 })).toBe(one);
    expect(await said("why?", { seed: 5 })).not.toBe(one);
  });
});

describe("tools", () => {
  const tool = (name: string, description: string, properties: object, required: string[]): object => ({
    type: "function",
    function: { name, description, parameters: { type: "object", properties, required } },
  });
  const tools = [
    tool(
      "get_weather",
      "The weather in a city",
      { city: { type: "string" }, unit: { enum: ["celsius", "fahrenheit"] } },
      ["city"],
    ),
    tool(
      "search_docs",
      "Search the documentation",
      { query: { type: "string" }, limit: { type: "integer", minimum: 1, maximum: 10 } },
      ["query"],
    ),
  ];
  const calls = async (content: string, body: Record<string, unknown> = {}): Promise<[string, unknown][]> => {
    const { choices } = await whole(content, { tools, ...body });
    const made = choices[0]?.message.tool_calls ?? [];
    expect(choices[0]?.finish_reason).toBe(made.length > 0 ? "tool_calls" : "stop");
    return made.map((call) => [call.function.name, JSON.parse(call.function.arguments)]);
  };

  test("are called when the question is about them, with arguments from its words", async () => {
    expect(await calls("What is the weather in Paris, in fahrenheit?")).toEqual([
      ["get_weather", { city: "Paris", unit: "fahrenheit" }],
    ]);
    expect(await calls("search the docs for streaming, limit 4")).toEqual([
      ["search_docs", { query: "search the docs for streaming, limit 4", limit: 4 }],
    ]);
  });

  test("are called once for each thing named", async () => {
    const cities = (made: [string, unknown][]): unknown[] =>
      made.map(([, given]) => (given as { city: string }).city);
    const content = "What's the weather in New York and London?";
    expect(cities(await calls(content))).toEqual(["New York", "London"]);
    expect(cities(await calls(content, { parallel_tool_calls: false }))).toEqual(["New York"]);
  });

  test("are left alone when the question is about something else, or by tool_choice none", async () => {
    expect(await calls("hello")).toEqual([]);
    expect(await calls("What is the weather in Paris?", { tool_choice: "none" })).toEqual([]);
  });

  test("are called whatever the question by required and by name", async () => {
    expect((await calls("hello", { tool_choice: "required" })).map(([name]) => name)).toEqual([
      "get_weather",
    ]);
    const choice = { type: "function", function: { name: "search_docs" } };
    expect((await calls("hello", { tool_choice: choice })).map(([name]) => name)).toEqual(["search_docs"]);
  });

  test("that have answered are used in the answer", async () => {
    const messages = [
      user("Weather in Paris?"),
      {
        role: "assistant",
        tool_calls: [
          { id: "a", type: "function", function: { name: "get_weather", arguments: '{"city":"Paris"}' } },
        ],
      },
      { role: "tool", tool_call_id: "a", content: '{"sky":"clear","high":21}' },
    ];
    const text = await said("", { messages, tools, tool_choice: "auto" });
    expect(text).toContain("**get_weather** (Paris): sky clear, high 21.");
  });
});

describe("structured answers", () => {
  test("json_schema gives a value of that schema", async () => {
    const schema = {
      type: "object",
      properties: { city: { type: "string" }, days: { type: "integer", minimum: 2, maximum: 5 } },
      required: ["city", "days"],
      additionalProperties: false,
    };
    const text = await said("A trip to Rome of 3 days", {
      response_format: { type: "json_schema", json_schema: { name: "trip", schema, strict: true } },
    });
    expect(JSON.parse(text)).toEqual({ city: "Rome", days: 3 });
  });

  test("json_object gives an object", async () => {
    const text = await said("why? answer as json", { response_format: { type: "json_object" } });
    expect(JSON.parse(text)).toMatchObject({ question: "why? answer as json" });
  });
});
