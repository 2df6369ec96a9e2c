import { describe, expect, test } from "vitest";
import type { Emulator } from "../index.ts";
import { emulatorOf } from "./asking.ts";
import { batchLine, call, type Json, ok, refused, SURFACES, type Surface, upload } from "./calling.ts";

const messages = [{ role: "user", content: "echo hello" }];
const endpoint = "/v1/chat/completions";

async function start(
  emulator: Emulator,
  lines: string,
  more: Record<string, unknown> = {},
  on: Surface = "openai",
): Promise<Json> {
  const { id } = await upload(emulator, lines, "batch", on);
  return ok(emulator, "/batches", {
    on,
    json: { input_file_id: id, endpoint, completion_window: "24h", ...more },
  });
}

async function polled(emulator: Emulator, id: string, times: number, on: Surface = "openai"): Promise<Json> {
  let batch: Json;
  for (let poll = 0; poll < times; poll++) batch = await ok(emulator, `/batches/${id}`, { on });
  return batch;
}

async function linesOf(emulator: Emulator, id: string, on: Surface = "openai"): Promise<Json[]> {
  const text = await (await call(emulator, `/files/${id}/content`, { on })).text();
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe("a batch", () => {
  test.each(SURFACES)("runs its lines and leaves what they answered: %s", async (on) => {
    const emulator = emulatorOf();
    const url = on === "deployments" ? "/chat/completions" : endpoint;
    const lines =
      batchLine("a", { model: "gpt-4.1", messages }, url) +
      batchLine("b", { model: "fault-rate-limit", messages }, url) +
      batchLine("c", { model: "nobody", messages }, url);
    const created = await start(emulator, lines, { endpoint: url, metadata: { k: "v" } }, on);
    expect(created).toMatchObject({ status: "validating", metadata: { k: "v" }, output_file_id: null });
    const states = [];
    for (let poll = 0; poll < 3; poll++) states.push((await polled(emulator, created.id, 1, on)).status);
    expect(states).toEqual(["in_progress", "finalizing", "completed"]);
    const done = await polled(emulator, created.id, 1, on);
    expect(done.request_counts).toEqual({ total: 3, completed: 1, failed: 2 });
    const [output] = await linesOf(emulator, done.output_file_id, on);
    expect(output).toMatchObject({ custom_id: "a", error: null, response: { status_code: 200 } });
    expect(output.response.body.choices[0].message.content).toBe("hello");
    const errors = await linesOf(emulator, done.error_file_id, on);
    expect(errors.map(({ custom_id, response }) => [custom_id, response.status_code])).toEqual([
      ["b", 429],
      ["c", 404],
    ]);
    expect(await ok(emulator, `/files/${done.output_file_id}`, { on })).toMatchObject({
      purpose: "batch_output",
    });
  });

  test("runs embeddings, completions and responses too", async () => {
    for (const [url, body] of [
      ["/v1/embeddings", { model: "text-embedding-3-small", input: "x", dimensions: 8 }],
      ["/v1/completions", { model: "gpt-35-turbo-instruct", prompt: "x" }],
      ["/v1/responses", { model: "gpt-4.1", input: "x" }],
    ] as const) {
      const emulator = emulatorOf();
      const { id } = await start(emulator, batchLine("a", body, url), { endpoint: url });
      const { output_file_id: file } = await polled(emulator, id, 3);
      expect(await linesOf(emulator, file)).toMatchObject([{ response: { status_code: 200 } }]);
    }
  });

  test("moves on by the clock as well, and the lines are not in the recorder", async () => {
    let now = 1_750_000_000_000;
    const emulator = emulatorOf({ clock: () => now });
    await start(emulator, batchLine("a", { model: "gpt-4.1", messages }));
    now += 60_000;
    const [batch] = (await ok(emulator, "/batches")).data;
    expect(batch).toMatchObject({ status: "completed", completed_at: 1_750_000_060 });
    expect(emulator.requests.map(({ path }) => path)).toEqual(["/v1/files", "/v1/batches", "/v1/batches"]);
  });

  test("fails when a line is wrong, and says which", async () => {
    const emulator = emulatorOf();
    const lines = [
      batchLine("a", { model: "gpt-4.1", messages }),
      "not json\n",
      batchLine("a", { model: "gpt-4.1", messages }),
      batchLine("b", { model: "gpt-4.1" }, "/v1/embeddings"),
      batchLine("c", {}),
      batchLine("d", { model: "gpt-4.1", messages, stream: true }),
    ].join("");
    const failed = await polled(emulator, (await start(emulator, lines)).id, 1);
    expect(failed.status).toBe("failed");
    expect(failed.errors.data.map(({ line, code }: Json) => [line, code])).toEqual([
      [2, "invalid_json_line"],
      [3, "duplicate_custom_id"],
      [4, "mismatched_endpoint"],
      [5, "missing_required_parameter"],
      [6, "invalid_request"],
    ]);
    expect(failed.failed_at).not.toBeNull();
  });

  test("is cancelled: at once on its way, then for good", async () => {
    const emulator = emulatorOf();
    const { id } = await start(emulator, batchLine("a", { model: "gpt-4.1", messages }));
    const cancelling = await ok(emulator, `/batches/${id}/cancel`, { method: "POST" });
    expect(cancelling.status).toBe("cancelling");
    expect(await polled(emulator, id, 1)).toMatchObject({ status: "cancelled", output_file_id: null });
    const other = await start(emulator, batchLine("a", { model: "gpt-4.1", messages }));
    await polled(emulator, other.id, 3);
    expect((await refused(emulator, `/batches/${other.id}/cancel`, { method: "POST" })).status).toBe(409);
  });

  test("whose model never answers comes to an end", { timeout: 10_000 }, async () => {
    const emulator = emulatorOf();
    const { id } = await start(emulator, batchLine("a", { model: "fault-stall", messages }));
    const done = await polled(emulator, id, 3);
    expect(done.request_counts).toMatchObject({ failed: 1 });
    expect(await linesOf(emulator, done.error_file_id)).toMatchObject([
      { response: null, error: { code: "request_failed" } },
    ]);
  });

  test.each([
    ["no file", { input_file_id: undefined }, "input_file_id"],
    ["an unknown file", { input_file_id: "file-nobody" }, "input_file_id"],
    ["an unknown endpoint", { endpoint: "/v1/magic" }, "endpoint"],
    ["another window", { completion_window: "1h" }, "completion_window"],
    ["metadata of numbers", { metadata: { a: 1 } }, "metadata.a"],
  ])("is refused with %s", async (_name, more, param) => {
    const emulator = emulatorOf();
    const { id } = await upload(emulator, batchLine("a", {}), "batch");
    const json = { input_file_id: id, endpoint, completion_window: "24h", ...more };
    const { status, error } = await refused(emulator, "/batches", { json });
    expect({ status, param: error.param }).toEqual({ status: 400, param });
  });

  test("of a file for something else is refused, and one that is not there is not found", async () => {
    const emulator = emulatorOf();
    const { id } = await upload(emulator, "x", "fine-tune");
    const json = { input_file_id: id, endpoint, completion_window: "24h" };
    expect((await refused(emulator, "/batches", { json })).error.message).toContain(
      "purpose must be 'batch'",
    );
    expect((await refused(emulator, "/batches/batch_nobody")).status).toBe(404);
    expect((await refused(emulator, "/batches", { json, scenario: "server-error" })).status).toBe(400);
  });
});
