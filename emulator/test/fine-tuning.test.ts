import { describe, expect, test } from "vitest";
import type { Emulator } from "../index.ts";
import { emulatorOf } from "./asking.ts";
import { call, type Json, ok, refused, SURFACES, type Surface, trainingLines, upload } from "./calling.ts";

async function start(
  emulator: Emulator,
  content = trainingLines,
  more: Record<string, unknown> = {},
  on: Surface = "openai",
): Promise<Json> {
  const { id } = await upload(emulator, content, "fine-tune", on);
  return ok(emulator, "/fine_tuning/jobs", { on, json: { model: "gpt-4.1", training_file: id, ...more } });
}

const path = (id: string, tail = ""): string => `/fine_tuning/jobs/${id}${tail}`;

describe("a fine-tuning job", () => {
  test.each(SURFACES)("runs and leaves a model that can be called: %s", async (on) => {
    const emulator = emulatorOf();
    const created = await start(emulator, trainingLines, { suffix: "mine", seed: 7 }, on);
    expect(created).toMatchObject({
      status: "validating_files",
      fine_tuned_model: null,
      seed: 7,
      finished_at: null,
    });
    const states = [];
    for (let poll = 0; poll < 3; poll++) states.push((await ok(emulator, path(created.id), { on })).status);
    expect(states).toEqual(["queued", "running", "succeeded"]);
    const job = await ok(emulator, path(created.id), { on });
    expect(job).toMatchObject({
      hyperparameters: { n_epochs: 3, batch_size: 1 },
      error: null,
      result_files: [expect.any(String)],
    });
    expect(job.trained_tokens).toBeGreaterThan(0);
    const json = { model: job.fine_tuned_model, messages: [{ role: "user", content: "echo hi" }] };
    const answer = await ok(emulator, "/chat/completions", { on, json });
    expect(answer).toMatchObject({ model: job.fine_tuned_model, choices: [{ message: { content: "hi" } }] });
    expect((await ok(emulator, `/models/${encodeURIComponent(job.fine_tuned_model)}`, { on })).id).toBe(
      job.fine_tuned_model,
    );
    const csv = await (await call(emulator, `/files/${job.result_files[0]}/content`, { on })).text();
    expect(csv).toMatch(/^step,train_loss,train_mean_token_accuracy\n\d+,/);
  });

  test("tells what happens, the latest first, in pages", async () => {
    const emulator = emulatorOf();
    const { id } = await start(emulator, trainingLines, { hyperparameters: { n_epochs: 4, batch_size: 3 } });
    expect((await ok(emulator, path(id, "/events"))).data).toHaveLength(2);
    for (let poll = 0; poll < 3; poll++) await ok(emulator, path(id));
    const page = await ok(emulator, path(id, "/events?limit=1"));
    expect(page).toMatchObject({
      has_more: true,
      data: [{ message: "The job has successfully completed", level: "info" }],
    });
    const rest = await ok(emulator, path(id, `/events?limit=100&after=${page.last_id}`));
    expect(rest.data.filter(({ type }: Json) => type === "metrics")).toHaveLength(16);
    const checkpoints = await ok(emulator, path(id, "/checkpoints"));
    expect(checkpoints.data.map(({ step_number }: Json) => step_number)).toEqual([16, 12, 8]);
    expect(checkpoints.data[0].fine_tuned_model_checkpoint).toBe(
      (await ok(emulator, path(id))).fine_tuned_model,
    );
  });

  test.each([
    ["no JSON", `${trainingLines}oops\n`, "Line 13: it is not JSON."],
    ["no messages", `${trainingLines}{}\n`, "Line 13: 'messages'"],
    [
      "an end that is not the assistant's",
      `${trainingLines}{"messages":[{"role":"user","content":"x"}]}\n`,
      "assistant's",
    ],
    ["too few examples", trainingLines.split("\n", 3).join("\n"), "must have at least 10 examples"],
  ])("fails with %s, and says so", async (_name, content, message) => {
    const emulator = emulatorOf();
    const { id } = await start(emulator, content);
    const job = await ok(emulator, path(id));
    expect(job).toMatchObject({
      status: "failed",
      error: { code: "invalid_training_file", param: "training_file" },
    });
    expect(job.error.message).toContain(message);
    expect((await ok(emulator, path(id, "/events"))).data[0]).toMatchObject({ level: "error" });
  });

  test("is cancelled while it can be", async () => {
    const emulator = emulatorOf();
    const { id } = await start(emulator);
    expect(await ok(emulator, path(id, "/cancel"), { method: "POST" })).toMatchObject({
      status: "cancelled",
    });
    expect(await ok(emulator, path(id))).toMatchObject({ status: "cancelled", fine_tuned_model: null });
    expect((await refused(emulator, path(id, "/cancel"), { method: "POST" })).status).toBe(400);
  });

  test.each([
    ["no file", { training_file: undefined }, 400, "training_file"],
    ["an unknown file", { training_file: "file-nobody" }, 400, "training_file"],
    ["an unknown model", { model: "nobody" }, 404, "model"],
    ["a wrong number of epochs", { hyperparameters: { n_epochs: 0 } }, 400, "hyperparameters.n_epochs"],
    ["another method", { method: { type: "dpo" } }, 400, "method.type"],
  ])("is refused with %s", async (_name, more, status, param) => {
    const emulator = emulatorOf();
    const { id } = await upload(emulator, trainingLines, "fine-tune");
    const json = { model: "gpt-4.1", training_file: id, ...more };
    const answer = await refused(emulator, "/fine_tuning/jobs", { json });
    expect({ status: answer.status, param: answer.error.param }).toEqual({ status, param });
  });

  test("is listed, and one that is not there is not found", async () => {
    const emulator = emulatorOf();
    const { id } = await start(emulator);
    expect((await ok(emulator, "/fine_tuning/jobs")).data).toMatchObject([{ id }]);
    for (const tail of ["", "/events", "/checkpoints"]) {
      expect((await refused(emulator, path("ftjob-nobody", tail))).status).toBe(404);
    }
  });
});
