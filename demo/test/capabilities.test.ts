import { describe, expect, test } from "vitest";
import { modelFor, modelsIn } from "../composer/capabilities.ts";

const list = (...data: unknown[]) => modelsIn({ object: "list", data });

describe("modelsIn", () => {
  test("takes what the worker tells of a model", () => {
    const price = { input: 0.25, cached_input: 0.025, output: 2, per_call: 0 };
    expect(list({ id: "a", capabilities: ["chat", "images", "teleportation"], price })).toEqual([
      {
        name: "a",
        capabilities: new Set(["chat", "images"]),
        told: true,
        price: { input: 0.25, cachedInput: 0.025, output: 2, perCall: 0 },
      },
    ]);
  });

  test.each([
    ["gpt-5-mini", ["chat", "tools", "images", "reasoning", "structured_output"]],
    ["DeepSeek-R1", ["chat", "tools", "reasoning"]],
    ["Phi-4", ["chat", "tools"]],
    ["whisper", ["transcription"]],
    ["gpt-4o-transcribe", ["transcription"]],
    ["gpt-4o-mini-tts", ["speech"]],
    ["text-embedding-3-small", ["embeddings"]],
    ["gpt-image-1", ["image_generation"]],
  ])("guesses what %s can do where nothing is told", (id, expected) => {
    const [model] = list({ id });
    expect([...(model?.capabilities ?? [])].sort()).toEqual([...expected].sort());
    expect(model).toMatchObject({ told: false, price: null });
  });

  test("drops what is no model, and the second of a name", () => {
    expect(list({ id: "a" }, { id: 1 }, null, "x", { id: "a" }).map(({ name }) => name)).toEqual(["a"]);
    expect(list({ id: "a", price: { input: "free" } })[0]?.price).toBeNull();
    expect(() => modelsIn({})).toThrow("another form");
  });

  test("finds the model for a kind of work", () => {
    const models = list({ id: "gpt-5-mini" }, { id: "whisper" });
    expect(modelFor(models, "transcription")).toBe("whisper");
    expect(modelFor(models, "speech")).toBeNull();
  });
});
