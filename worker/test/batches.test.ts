// The lines of a batch: each must be a call that its caller could have made itself.
import { describe, expect, test } from "vitest";
import { createCallerKey } from "../keys.ts";
import { FORM_TYPE, formBody, objectService } from "./object-service.ts";
import { createRig, errorOf } from "./setup.ts";

const body = { model: "gpt-4.1", messages: [{ role: "user", content: "hi" }] };
const line = (change: object = {}, inner: object = {}) => ({
  custom_id: "1",
  method: "POST",
  url: "/v1/chat/completions",
  body: { ...body, ...inner },
  ...change,
});

async function batchOf(lines: string, endpoint = "/v1/chat/completions", config = {}, key?: string) {
  const service = objectService();
  const rig = await createRig({ objectsUpstream: "openai", ...config }, { fetch: service.fetch });
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const made = await rig.fetch("/v1/files", {
    method: "POST",
    body: formBody([
      { name: "purpose", value: "batch" },
      { name: "file", value: "x", filename: "a.jsonl" },
    ]),
    headers: { "content-type": FORM_TYPE, ...headers },
  });
  const { id } = (await made.json()) as { id: string };
  service.contents.set(id, lines);
  service.seen.length = 0;
  const response = await rig.fetch("/v1/batches", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ input_file_id: id, endpoint, completion_window: "24h" }),
  });
  return { response, asked: service.seen.map(({ method, path }) => `${method} ${path}`), rig };
}

describe("lines", () => {
  test("good ones make a batch, after the file has been read", async () => {
    const lines = [line(), line({ url: "/chat/completions" }), line({}, { max_tokens: 5 })];
    for (const end of ["", "\n", "\r\n\n"]) {
      const { response, asked } = await batchOf(lines.map((one) => JSON.stringify(one)).join("\n") + end);
      expect(response.status).toBe(200);
      expect(asked).toEqual(["GET /files/file-1/content", "POST /batches"]);
    }
  });

  test("of the other endpoints", async () => {
    for (const [endpoint, inner] of [
      ["/v1/embeddings", { input: "i" }],
      ["/completions", { prompt: "p" }],
      ["/v1/responses", { input: "i" }],
    ] as const) {
      const one = { custom_id: "1", method: "POST", url: endpoint, body: { model: "gpt-4.1", ...inner } };
      expect((await batchOf(JSON.stringify(one), endpoint)).response.status).toBe(200);
    }
  });

  const bad: [string, string][] = [
    ["not JSON", "hello"],
    ["a list", "[]"],
    ["another method", JSON.stringify(line({ method: "GET" }))],
    ["another endpoint", JSON.stringify(line({ url: "/v1/embeddings" }))],
    ["an address", JSON.stringify(line({ url: "https://evil.example/v1/chat/completions" }))],
    ["no custom_id", JSON.stringify(line({ custom_id: undefined }))],
    ["a further member", JSON.stringify(line({ headers: { a: "b" } }))],
    ["an unknown model", JSON.stringify(line({}, { model: "gpt-9" }))],
    ["a model of another service", JSON.stringify(line({}, { model: "gpt-5-mini" }))],
    ["a proxy's name for a model", JSON.stringify(line({}, { model: "via-openai" }))],
    ["no model", JSON.stringify(line({}, { model: undefined }))],
    ["an unknown body member", JSON.stringify(line({}, { api_base: "https://evil.example" }))],
    [
      "an image by address",
      JSON.stringify(
        line(
          {},
          {
            messages: [
              {
                role: "user",
                content: [{ type: "image_url", image_url: { url: "https://evil.example/a.png" } }],
              },
            ],
          },
        ),
      ),
    ],
    ["a stream", JSON.stringify(line({}, { stream: true }))],
    ["not UTF-8", "\u00ff\ud800".slice(0, 1).repeat(3)],
  ];
  for (const [name, text] of bad) {
    test(`G07 ${name}: refused with the line's number, and no batch is made`, async () => {
      const { response, asked } = await batchOf(`${JSON.stringify(line())}\n${text}\n`);
      expect(response.status).toBe(400);
      const error = await errorOf(response);
      expect(error).toMatchObject({ code: "invalid_batch_line", param: "input_file_id" });
      expect(error.message).toMatch(/^Line 2 /);
      expect(error.message).not.toContain("evil");
      expect(asked).toEqual(["GET /files/file-1/content"]);
    });
  }

  test("a line may name only objects of its caller", async () => {
    const one = {
      custom_id: "1",
      method: "POST",
      url: "/v1/responses",
      body: { model: "gpt-4.1", input: "i", previous_response_id: "resp_of_somebody" },
    };
    const { response, asked } = await batchOf(JSON.stringify(one), "/v1/responses");
    expect(response.status).toBe(404);
    expect(asked).not.toContain("POST /batches");
  });

  test("a caller that is limited to models is so in its lines", async () => {
    const { key, line: made } = await createCallerKey("narrow");
    const [name, sha256] = made.split(":") as [string, string];
    const config = (models: string[]) => ({ callerKeys: [{ name, sha256, models }] });
    const text = JSON.stringify(line());
    expect((await batchOf(text, undefined, config(["via-openai"]), key)).response.status).toBe(200);
    expect((await batchOf(text, undefined, config(["mini"]), key)).response.status).toBe(400);
  });

  test("there is an end to how long a line and a file may be", async () => {
    const long = JSON.stringify(line({}, { messages: [{ role: "user", content: "x".repeat(5000) }] }));
    const limits = [{ bodyBytes: 2048 }, { batchBytes: 2048 }];
    for (const one of limits)
      expect((await batchOf(long, undefined, { limits: one })).response.status).toBe(413);
  });
});
