import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { metricOf, metricsOf, readRows } from "../evaluation-metrics.ts";
import { mergePatch } from "../merge-patch.ts";
import { emulatorOf } from "./asking.ts";
import type { Json } from "./calling.ts";
import { expectValid } from "./openapi.ts";
import { answerOf, BASES, callProject, good, uploadTo } from "./project-calls.ts";

const f1 = { id: "azureml://registries/azureml/models/F1Score-Evaluator/versions/3" };
const insights = {
  type: "app_insights",
  resourceId: "/subscriptions/s/x",
  query: "traces",
  serviceName: "app",
};
const many = Array.from({ length: 51 }, (_, index) => `e${index}`);
const EVALUATION = {
  data: { type: "dataset", id: "azureml://locations/x/data/unknown/versions/1" },
  evaluators: {
    f1,
    relevance: { id: "azureml://registries/azureml/models/Relevance-Evaluator/versions/4" },
    violence: { id: "azureml://registries/azureml/models/Violent-Content-Evaluator/versions/3" },
  },
  displayName: "first",
  tags: { a: "1", b: "2" },
};
const ROWS = `${JSON.stringify({ question: "who?", response: "Mara Venn", ground_truth: "Mara Venn" })}\n${JSON.stringify(
  { question: "when?", response: "never", ground_truth: "in 1872" },
)}\n`;

const column = (name: string): string => `$\{data.${name}}`;

async function run(base: "evaluations" | "project", data: unknown, evaluators: unknown): Promise<Json> {
  const emulator = emulatorOf();
  const agents = base === "project" ? "agents" : "agents-era";
  const file = await uploadTo(emulator, agents, "rows.jsonl", String(data));
  const json = { data: { type: "dataset", id: file.id }, evaluators };
  const { id } = await good(emulator, base, "/evaluations/runs:run", { json });
  await good(emulator, base, `/evaluations/runs/${id}`);
  return good(emulator, base, `/evaluations/runs/${id}`);
}

describe("evaluations of the era", () => {
  test("are created, run, are listed and changed", async () => {
    const emulator = emulatorOf();
    const create = { json: EVALUATION };
    expectValid("projects", "Evaluation", EVALUATION);
    const { status, body } = await answerOf(emulator, "evaluations", "/evaluations/runs:run", create);
    expectValid("projects", "EvaluationOutput", body);
    expect([status, body.status, body.properties]).toEqual([201, "NotStarted", {}]);
    const path = `/evaluations/runs/${body.id}`;
    expect((await good(emulator, "evaluations", path)).status).toBe("Running");
    const done = await good(emulator, "evaluations", path);
    expectValid("projects", "EvaluationOutput", done);
    expect(done.status).toBe("Completed");
    expect(Number(done.properties["f1.f1_score"])).toBeGreaterThan(0);
    expect(Number(done.properties["relevance.relevance"])).toBeGreaterThan(1);
    expect(done.properties["violence.violent_content_defect_rate"]).toBe("0");
    const patch = { description: "changed", tags: { a: null, c: "3" }, displayName: null };
    const changed = await good(emulator, "evaluations", path, {
      method: "PATCH",
      json: patch,
      headers: { "content-type": "application/merge-patch+json" },
    });
    expectValid("projects", "EvaluationOutput", changed);
    expect(changed).toMatchObject({ description: "changed", tags: { b: "2", c: "3" }, status: "Completed" });
    expect(changed.displayName).toBeUndefined();
    expect(changed.properties).toEqual(done.properties);
    expect(await good(emulator, "evaluations", path)).toEqual(changed);
  });

  test("move on by the clock", async () => {
    let now = 1_750_000_000_000;
    const emulator = emulatorOf({ clock: () => now });
    await good(emulator, "evaluations", "/evaluations/runs:run", { json: EVALUATION });
    const status = async (): Promise<string> =>
      (await good(emulator, "evaluations", "/evaluations/runs")).value[0].status;
    const seen = [await status()];
    for (let stage = 0; stage < 3; stage++) {
      now += 1_000;
      seen.push(await status());
    }
    expect(seen).toEqual(["NotStarted", "Running", "Completed", "Completed"]);
  });

  test.each(["evaluations", "project"] as const)(
    "count what they say from rows that are here: %s",
    async (base) => {
      const dataMapping = { query: column("question") };
      const evaluators = { f1, relevance: { id: "azureai://built-in/evaluators/relevance", dataMapping } };
      const done = await run(base, ROWS, evaluators);
      expect(done).toMatchObject({
        status: "Completed",
        properties: { "f1.f1_score": "0.5", row_count: "2" },
      });
      if (base === "project") expect(done.name).toBe(done.id);
    },
  );

  test.each([
    ["not JSON Lines", "a,b\n1,2\n", { f1 }, /JSON Lines/],
    [
      "a column that is not there",
      ROWS,
      { f1: { ...f1, dataMapping: { response: column("answer") } } },
      /Row 1 has no column 'answer'/,
    ],
  ])("fail with %s", async (_, data, evaluators, message) => {
    const done = await run("evaluations", data, evaluators);
    expect(done.status).toBe("Failed");
    expect(done.properties.error).toMatch(message);
  });

  test("are paged by a link", async () => {
    const emulator = emulatorOf();
    const ids: string[] = [];
    for (let index = 0; index < 7; index++) {
      ids.unshift((await good(emulator, "evaluations", "/evaluations/runs:run", { json: EVALUATION })).id);
    }
    const pages: string[][] = [];
    const [prefix] = BASES.evaluations;
    let path = "/evaluations/runs?maxpagesize=2&top=5&skip=1";
    for (let next: string | undefined = path; next !== undefined; ) {
      const page: Json = await good(emulator, "evaluations", path);
      expectValid("projects", "PagedEvaluationOutput", page);
      pages.push(page.value.map(({ id }: Json) => id));
      next = page.nextLink;
      if (next === undefined) break;
      const url: URL = new URL(next);
      url.searchParams.delete("api-version");
      path = (url.pathname + url.search).slice(prefix.length);
    }
    expect(pages).toEqual([ids.slice(1, 3), ids.slice(3, 5), ids.slice(5, 6)]);
    const { value } = await good(emulator, "evaluations", "/evaluations/runs");
    expect(value.map(({ id }: Json) => id)).toEqual(ids);
  });

  test("take their version under either name, and tell the caller's id of the request", async () => {
    const emulator = emulatorOf();
    const [prefix] = BASES.evaluations;
    const headers = { authorization: "Bearer emulator-key", "x-ms-client-request-id": "mine" };
    for (const [name, status] of [
      ["apiVersion", 200],
      ["api-version", 200],
      ["version", 400],
    ] as const) {
      const url = `http://emulator.test${prefix}/evaluations/runs?${name}=2024-07-01-preview`;
      const response = await emulator.fetch(url, { headers });
      expect([response.status, response.headers.get("x-ms-client-request-id")]).toEqual([status, "mine"]);
    }
  });

  test("of azure-ai-projects 1.0.0b10 for Python, which sends no type, are told by what else is there", async () => {
    const emulator = emulatorOf();
    const { type: _, ...telemetry } = insights;
    for (const [data, type] of [
      [{ id: "azureml://locations/x/data/unknown/versions/1" }, "dataset"],
      [telemetry, "app_insights"],
    ] as const) {
      const json = { data, evaluators: { f1 } };
      const { status, body } = await answerOf(emulator, "evaluations", "/evaluations/runs:run", { json });
      expectValid("projects", "EvaluationOutput", body);
      expect([status, body.data]).toEqual([201, { type, ...data }]);
    }
  });

  test.each<[unknown, string]>([
    [{ evaluators: { f1 } }, "data"],
    [{ data: {}, evaluators: { f1 } }, "data.id"],
    [{ data: { type: "file", id: "x" }, evaluators: { f1 } }, "data.type"],
    [{ data: { type: "dataset" }, evaluators: { f1 } }, "data.id"],
    [{ data: { type: "app_insights", resourceId: "x", query: "q" }, evaluators: { f1 } }, "data.serviceName"],
    [{ data: EVALUATION.data }, "evaluators"],
    [{ data: EVALUATION.data, evaluators: {} }, "evaluators"],
    [{ data: EVALUATION.data, evaluators: { a: {} } }, "evaluators.a.id"],
    [{ data: EVALUATION.data, evaluators: Object.fromEntries(many.map((name) => [name, f1])) }, "evaluators"],
    [
      {
        data: EVALUATION.data,
        evaluators: { a: { ...f1, dataMapping: Object.fromEntries(many.map((name) => [name, "x"])) } },
      },
      "evaluators.a.dataMapping",
    ],
    [{ ...EVALUATION, tags: { a: 1 } }, "tags.a"],
    [{ ...EVALUATION, colour: "red" }, "colour"],
    [{ ...EVALUATION, evaluators: { a: { ...f1, dataMapping: { b: 1 } } } }, "evaluators.a.dataMapping.b"],
  ])("refuse %j", async (json, target) => {
    const { status, body } = await answerOf(emulatorOf(), "evaluations", "/evaluations/runs:run", { json });
    expect([status, body.error.target]).toEqual([400, target]);
  });

  test("of telemetry run too, and keep the connection string to themselves", async () => {
    const emulator = emulatorOf();
    const json = { data: { ...insights, connectionString: "InstrumentationKey=secret" }, evaluators: { f1 } };
    const { id, data } = await good(emulator, "evaluations", "/evaluations/runs:run", { json });
    expect(data).toEqual(insights);
    await good(emulator, "evaluations", `/evaluations/runs/${id}`);
    expect((await good(emulator, "evaluations", `/evaluations/runs/${id}`)).status).toBe("Completed");
  });
});

test("a body that is too deep to be repeated is refused", async () => {
  const deep = `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`;
  const response = await emulatorOf().fetch(
    "http://emulator.test/api/projects/p/evaluations/runs:run?api-version=v1",
    {
      method: "POST",
      headers: { authorization: "Bearer emulator-key" },
      body: `{"data":{"type":"dataset","id":"x"},"evaluators":{"a":{"id":"x","initParams":${deep}}}}`,
    },
  );
  expect(response.status).toBe(400);
});

test("evaluations of an agent's run are taken by today's project", async () => {
  const emulator = emulatorOf();
  const json = { runId: "run_1", evaluators: { f1 }, appInsightsConnectionString: "x" };
  const { status, body } = await answerOf(emulator, "project", "/evaluations/runs:runAgent", { json });
  expect([status, body.status]).toEqual([201, "Running"]);
  const refused = await answerOf(emulator, "project", "/evaluations/runs:runAgent", { json: { runId: "x" } });
  expect([refused.status, refused.body.error.target]).toEqual([400, "evaluators"]);
});

describe("schedules", () => {
  const trigger = {
    type: "Recurrence",
    frequency: "Day",
    interval: 1,
    schedule: { hours: [9], minutes: [30] },
  };
  const SCHEDULE = { data: insights, evaluators: { f1 }, trigger, description: "daily" };
  const put = (json: unknown) => ({ method: "PUT", json });

  test("of azure-ai-projects 1.0.0b10 for Python, which sends no type, are told by what else is there", async () => {
    const { type: _, ...recurrence } = trigger;
    const cron = { expression: "0 9 * * MON-FRI" };
    for (const [given, type] of [
      [recurrence, "Recurrence"],
      [cron, "Cron"],
    ] as const) {
      const request = put({ ...SCHEDULE, trigger: given });
      const { status, body } = await answerOf(
        emulatorOf(),
        "evaluations",
        "/evaluations/schedules/daily",
        request,
      );
      expectValid("projects", "EvaluationScheduleOutput", body);
      expect([status, body.trigger]).toEqual([201, { type, ...given }]);
    }
  });

  test("are created, replaced, listed and disabled", async () => {
    const emulator = emulatorOf();
    expectValid("projects", "EvaluationSchedule", SCHEDULE);
    const path = "/evaluations/schedules/daily";
    const created = await answerOf(emulator, "evaluations", path, put(SCHEDULE));
    expectValid("projects", "EvaluationScheduleOutput", created.body);
    expect(created).toMatchObject({
      status: 201,
      body: { name: "daily", isEnabled: "true", provisioningState: "Succeeded" },
    });
    const cron = { ...SCHEDULE, trigger: { type: "Cron", expression: "0 9 * * MON-FRI" } };
    const replaced = await answerOf(emulator, "evaluations", path, put(cron));
    expectValid("projects", "EvaluationScheduleOutput", replaced.body);
    expect([replaced.status, replaced.body.trigger]).toEqual([200, cron.trigger]);
    const disabled = await callProject(emulator, "evaluations", `${path}/disable`, { method: "PATCH" });
    expect([disabled.status, await disabled.text()]).toEqual([204, ""]);
    expect((await good(emulator, "evaluations", path)).isEnabled).toBe("false");
    const listed = await good(emulator, "evaluations", "/evaluations/schedules");
    expectValid("projects", "PagedEvaluationScheduleOutput", listed);
    expect(listed.value.map(({ name }: Json) => name)).toEqual(["daily"]);
    const again = await answerOf(emulator, "evaluations", path, put(SCHEDULE));
    expect(again.body.isEnabled).toBe("true");
    expect((await answerOf(emulator, "evaluations", "/evaluations/schedules/none")).status).toBe(404);
  });

  test.each<[Json, string]>([
    [{ ...SCHEDULE, data: { type: "dataset", id: "x" } }, "data.type"],
    [{ ...SCHEDULE, trigger: undefined }, "trigger"],
    [{ ...SCHEDULE, trigger: { type: "Once" } }, "trigger.type"],
    [{ ...SCHEDULE, trigger: {} }, "trigger.frequency"],
    [{ ...SCHEDULE, trigger: { type: "Cron" } }, "trigger.expression"],
    [{ ...SCHEDULE, trigger: { type: "Cron", expression: "often" } }, "trigger.expression"],
    [{ ...SCHEDULE, trigger: { ...trigger, frequency: "Year" } }, "trigger.frequency"],
    [{ ...SCHEDULE, trigger: { ...trigger, interval: 0 } }, "trigger.interval"],
    [
      { ...SCHEDULE, trigger: { ...trigger, schedule: { hours: [24], minutes: [0] } } },
      "trigger.schedule.hours[0]",
    ],
    [{ ...SCHEDULE, trigger: { ...trigger, schedule: { hours: [1] } } }, "trigger.schedule.minutes"],
    [
      { ...SCHEDULE, trigger: { ...trigger, schedule: { ...trigger.schedule, weekDays: ["Mon"] } } },
      "trigger.schedule.weekDays[0]",
    ],
    [{ ...SCHEDULE, displayName: "x" }, "displayName"],
  ])("refuse %j", async (json, target) => {
    const { status, body } = await answerOf(
      emulatorOf(),
      "evaluations",
      "/evaluations/schedules/s",
      put(json),
    );
    expect([status, body.error.target]).toEqual([400, target]);
  });
});

describe("metrics", () => {
  test.each([
    ["azureml://registries/azureml/models/F1Score-Evaluator/versions/3", "f1_score"],
    [
      "azureml://registries/azureml-staging/models/Hate-and-Unfairness-Evaluator/versions/2",
      "hate_and_unfairness",
    ],
    ["azureai://built-in/evaluators/blue_score", "blue_score"],
    ["azureai://built-in/evaluators/groundedness_pro", "groundedness_pro"],
    ["RelevanceEvaluator", "relevance"],
    ["", ""],
  ])("are named by the evaluator: %s", (id, metric) => {
    expect(metricOf(id)).toBe(metric);
  });

  const value = (id: string, row: Record<string, string>): number | undefined => {
    const metrics = metricsOf([{ name: "e", id, dataMapping: {} }], [row], 1);
    return metrics.ok ? Object.values(metrics.values)[0] : undefined;
  };

  test.each([
    ["f1_score", { response: "a b c", ground_truth: "a b d" }, 0.6667],
    ["rouge_score", { response: "red", ground_truth: "red green" }, 0.5],
    ["blue_score", { response: "red green", ground_truth: "red" }, 0.5],
    ["bleu_score", { response: "red green", ground_truth: "red" }, 0.5],
    ["groundedness", { response: "tides rise", context: "the tides rise at noon" }, 5],
    ["relevance", { response: "bees", query: "lighthouse" }, 1],
    ["similarity", { response: "", ground_truth: "x" }, 1],
    ["coherence", { response: "A whole sentence." }, 5],
    ["fluency", { response: "" }, 1],
    ["violence", { response: "anything" }, 0],
  ])("of %s for %j", (id, row, expected) => {
    expect(value(id, row)).toBe(expected);
  });

  test("stay in their scales", () => {
    fc.assert(
      fc.property(fc.lorem(), fc.lorem(), (response, ground_truth) => {
        for (const id of ["f1_score", "rouge_score", "bleu_score", "gleu_score", "meteor_score"]) {
          const found = value(id, { response, ground_truth }) ?? -1;
          expect(found).toBeGreaterThanOrEqual(0);
          expect(found).toBeLessThanOrEqual(1);
        }
        const found = value("similarity", { response, ground_truth }) ?? -1;
        expect(found).toBeGreaterThanOrEqual(1);
        expect(found).toBeLessThanOrEqual(5);
      }),
    );
  });

  test("rows are read up to a limit", () => {
    const row = `${JSON.stringify({ a: "x".repeat(300_000) })}\n`;
    expect(readRows(row.repeat(9))).toHaveLength(3);
    expect(readRows(`${JSON.stringify({ a: "x".repeat(2_000_000) })}\n`)).toHaveLength(1);
    expect(readRows('{"a":1}\n'.repeat(1_500))).toHaveLength(1_000);
  });

  test("rows are objects, one a line", () => {
    expect(readRows('{"a":1}\n\n{"b":2}')).toEqual([{ a: 1 }, { b: 2 }]);
    expect(readRows("[1]")).toBeUndefined();
    expect(readRows("x")).toBeUndefined();
  });
});

// The examples of RFC 7396.
test.each<[Json, Json, Json]>([
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: "foo" }, { b: { c: null } }, { a: "foo", b: {} }],
  [
    JSON.parse('{"__proto__":{"a":1}}'),
    JSON.parse('{"__proto__":{"b":2}}'),
    JSON.parse('{"__proto__":{"a":1,"b":2}}'),
  ],
])("%j merged with %j is %j", (target, patch, merged) => {
  expect(JSON.stringify(mergePatch(target, patch))).toBe(JSON.stringify(merged));
});
