import { describe, expect, test } from "vitest";
import { emulatorOf } from "./asking.ts";
import { call, eventsOf, ok, refused, SURFACES } from "./calling.ts";

const model = "gpt-35-turbo-instruct";

describe("completions", () => {
  test.each(SURFACES)("say the same whole and streaming: %s", async (on) => {
    const json = { model, prompt: "tell me about bridges", max_tokens: 40 };
    const whole = await ok(emulatorOf(), "/completions", { on, json });
    const response = await call(emulatorOf(), "/completions", { on, json: { ...json, stream: true } });
    const events = eventsOf(await response.text());
    expect(events.pop()?.data).toBe("[DONE]");
    const said = events.flatMap(({ data }) => data.choices).map(({ text }) => text);
    expect(said.join("")).toBe(whole.choices[0].text);
    expect(whole).toMatchObject({
      object: "text_completion",
      choices: [{ finish_reason: "length", logprobs: null }],
    });
    expect("prompt_filter_results" in whole).toBe(on !== "openai");
  });

  test("stop after 16 tokens unless told otherwise, for each of n and of the prompts", async () => {
    const body = await ok(emulatorOf(), "/completions", { json: { model, prompt: ["why?", "how?"], n: 2 } });
    expect(body.choices.map(({ index }: { index: number }) => index)).toEqual([0, 1, 2, 3]);
    expect(body.usage.completion_tokens).toBe(64);
  });

  test("echo the prompt, and give log probabilities that fit the text", async () => {
    const json = { model, prompt: "echo one two", echo: true, logprobs: 1, seed: 4 };
    const [choice] = (await ok(emulatorOf(), "/completions", { json })).choices;
    expect(choice.text).toBe("echo one twoone two");
    expect(choice.logprobs.tokens.join("")).toBe(choice.text);
    expect(choice.logprobs.text_offset.at(-1)).toBe(
      choice.text.length - choice.logprobs.tokens.at(-1).length,
    );
  });

  test("send usage when asked to", async () => {
    const json = { model, prompt: "echo a b", stream: true, stream_options: { include_usage: true } };
    const events = eventsOf(await (await call(emulatorOf(), "/completions", { json })).text());
    expect(events.at(-2)?.data).toMatchObject({ choices: [], usage: { completion_tokens: 2 } });
    expect(events[0]?.data.usage).toBeNull();
  });

  test.each([
    [{ logprobs: 9 }, "logprobs"],
    [{ best_of: 1, n: 2 }, "best_of"],
    [{ prompt: { a: 1 } }, "prompt"],
    [{ messages: [] }, "messages"],
  ])("refuse %j", async (more, param) => {
    const { status, error } = await refused(emulatorOf(), "/completions", {
      json: { model, prompt: "x", ...more },
    });
    expect({ status, param: error.param }).toEqual({ status: 400, param });
  });

  test.each(["cut", "cut-before-done", "half-event", "reset"])("are broken by %s", async (scenario) => {
    const json = { model, prompt: "echo one two three", stream: true };
    const response = await call(emulatorOf(), "/completions", { json, scenario });
    const text = await response.text().catch(() => "reset");
    expect(text).not.toContain("[DONE]");
  });
});
