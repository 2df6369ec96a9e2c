/**
 * A run with three rounds of a function, over a service in this process that answers at once: what the client costs above
 * the bare fetches that do the same. Not only the time is told: `process.cpuUsage()`, too, for a machine with other work.
 */
import { AgentsClient, functionTool, ToolSet } from "../src/projects/index.ts";
import { median } from "./median.ts";
import type { Settings } from "./settings.ts";
import type { Table } from "./table.ts";
import { aboveOf, interleaved, ratioTo } from "./timed.ts";

const ENDPOINT = "http://127.0.0.1/api/projects/p";
const ROUNDS = 3;
/** Runs in one measurement: one alone is too short for the clock of the processor. */
const RUNS = 50;
const HEADERS = { headers: { "content-type": "application/json" } };

const run = (status: string, required_action: object | null = null): string =>
  JSON.stringify({
    id: "run_1",
    object: "thread.run",
    thread_id: "t",
    assistant_id: "a",
    status,
    required_action,
  });
const waiting = run("requires_action", {
  type: "submit_tool_outputs",
  submit_tool_outputs: {
    tool_calls: [{ id: "call_1", type: "function", function: { name: "add", arguments: '{"a":1,"b":2}' } }],
  },
});

/** Queued, then so many rounds, then whole. */
function service(): typeof fetch {
  let rounds = 0;
  return async (input, init) => {
    const { method, url } = input instanceof Request ? input : { method: init?.method, url: String(input) };
    if (method === "POST") {
      if (!url.includes("submit_tool_outputs")) rounds = 0;
      return new Response(run("queued"), HEADERS);
    }
    return new Response(rounds++ < ROUNDS ? waiting : run("completed"), HEADERS);
  };
}

const add = functionTool({
  name: "add",
  parameters: { type: "object", properties: { a: { type: "number" }, b: { type: "number" } } },
  execute: (args) => (args as { a: number; b: number }).a + (args as { b: number }).b,
});

async function withClient(): Promise<void> {
  const agents = new AgentsClient(ENDPOINT, async () => "a token", { fetch: service() });
  const toolSet = new ToolSet(add);
  for (let count = 0; count < RUNS; count++) {
    const { status } = await agents.createAndProcessRun(
      "t",
      { assistant_id: "a" },
      { toolSet, intervalMs: 0 },
    );
    if (status !== "completed") throw new Error(`The run is ${status}.`);
  }
}

/** The same requests and the same waits, without anything that a client adds. */
async function bare(): Promise<void> {
  const send = service();
  const call = async (method: string, path: string, body?: object) => {
    const init = { method, ...HEADERS, ...(body && { body: JSON.stringify(body) }) };
    const response = await send(new Request(`${ENDPOINT}${path}?api-version=v1`, init));
    return (await response.json()) as { status: string };
  };
  for (let count = 0; count < RUNS; count++) {
    let { status } = await call("POST", "/threads/t/runs", { assistant_id: "a", stream: false });
    while (status !== "completed") {
      await new Promise((resolve) => setTimeout(resolve, 0));
      ({ status } = await call("GET", "/threads/t/runs/run_1"));
      if (status !== "requires_action") continue;
      const tool_outputs = [{ tool_call_id: "call_1", output: "3" }];
      await call("POST", "/threads/t/runs/run_1/submit_tool_outputs", { tool_outputs, stream: false });
    }
  }
}

const CANDIDATES = [
  { name: "fetch, JSON and timers alone", run: bare },
  { name: "latchkey: createAndProcessRun", run: withClient },
];
const GOAL_MS = 5;

/** Processor time and time, in ms a run. */
async function measure({ run }: (typeof CANDIDATES)[number]): Promise<{ cpu: number; wall: number }> {
  const before = process.cpuUsage();
  const begun = performance.now();
  await run();
  const wall = (performance.now() - begun) / RUNS;
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / 1000 / RUNS, wall };
}

export async function* agents({ rounds }: Settings): AsyncGenerator<Table> {
  const figures = await interleaved(CANDIDATES, rounds, measure);
  const cpu = figures.map((list) => list.map((one) => one.cpu));
  yield {
    title: `Agents, a run with ${ROUNDS} rounds of a function`,
    columns: ["", "CPU ms a run", "x the first", "wall ms a run"],
    rows: CANDIDATES.map(({ name }, index) => [
      name,
      median(cpu[index]!),
      ratioTo(cpu[0]!, cpu[index]!),
      median(figures[index]!.map(({ wall }) => wall)),
    ]),
    verdicts: [
      {
        what: "latchkey, processor time above the floor",
        value: aboveOf(cpu[0]!, cpu[1]!),
        unit: "ms a run",
        atMost: GOAL_MS,
      },
    ],
  };
}
