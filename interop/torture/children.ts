/** Runs scenarios: a server for each, and the client in processes of its own so that one run can't poison another. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Order } from "./child.ts";
import { ends } from "./judges.ts";
import { type Client, DEFAULT_PATIENCE_S, type Outcome, type Run, type Scenario } from "./scenario.ts";
import { listen } from "./server.ts";

/** What came of one scenario with one client. */
export interface Result {
  client: Client;
  scenario: Scenario;
  /** Why it isn't met, or nothing. */
  reason: string | undefined;
  run: Run;
}

/** Scenarios that share a process and a clock. */
interface Job {
  client: Client;
  scenarios: Scenario[];
  clock: number;
}

/** How many processes work at once, how many that only wait, and how many scenarios of one process. */
const WORKING = 4;
const WAITING = 12;
const AT_ONCE = 16;
const HEAP_MIB = 1024;
/** How much later than its patience a process must answer; what doesn't is busy in a loop. */
const HANG_MS = 15_000;
/** The slowest import of a client, on a machine with much else to do. */
const START_MS = 60_000;

/** Whether a client is there for what a scenario asks. */
export function concerns(client: Client, { duty }: Scenario): boolean {
  return [duty].flat().every((each) => client.duties.includes(each));
}

/** Runs every scenario with every client that it concerns; tells each result as it comes. */
export async function runAll(
  clients: readonly Client[],
  scenarios: readonly Scenario[],
  realTime: boolean,
  tell: (result: Result) => void,
): Promise<Result[]> {
  const jobs = clients.flatMap((client) =>
    jobsOf(
      client,
      scenarios.filter((scenario) => concerns(client, scenario)),
      realTime,
    ),
  );
  const results: Result[] = [];
  const lane = async (queue: Job[]) => {
    for (let job = queue.shift(); job; job = queue.shift()) {
      for (const result of await runJob(job)) {
        results.push(result);
        tell(result);
      }
    }
  };
  const waits = ({ scenarios }: Job) => scenarios.every(({ clock }) => clock);
  const waiting = jobs.filter(waits);
  const working = jobs.filter((job) => !waits(job));
  await Promise.all([
    ...Array.from({ length: WAITING }, () => lane(waiting)),
    ...Array.from({ length: WORKING }, () => lane(working)),
  ]);
  return results;
}

function jobsOf(client: Client, scenarios: Scenario[], realTime: boolean): Job[] {
  const job = (scenarios: Scenario[], clock = 1): Job => ({ client, scenarios, clock: realTime ? 1 : clock });
  const patient = Map.groupBy(
    scenarios.filter(({ alone, clock }) => clock && !alone),
    ({ clock }) => clock,
  );
  const quick = scenarios.filter(({ alone, clock }) => !alone && !clock);
  return [
    ...[...patient].map(([clock, scenarios]) => job(scenarios, clock)),
    ...(quick.length > 0 ? [job(quick)] : []),
    ...scenarios.filter(({ alone }) => alone).map((scenario) => job([scenario], scenario.clock)),
  ];
}

async function runJob(job: Job): Promise<Result[]> {
  const { client, scenarios, clock } = job;
  const queue = [...scenarios];
  const results: Result[] = [];
  const doubtful: Scenario[] = [];
  const child = await start(client, clock);
  const lane = async () => {
    for (let scenario = queue.shift(); scenario; scenario = queue.shift()) {
      const result = await runOne(client, scenario, child, clock);
      const { end, unhandled } = result.run.outcome;
      // What takes a process down, or is thrown past every caller, may be a neighbour's: alone it shows whose.
      if (scenarios.length > 1 && (end === "crashed" || unhandled.length > 0)) doubtful.push(scenario);
      else results.push(result);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  } finally {
    child.process.kill("SIGKILL");
  }
  for (const scenario of doubtful) results.push(...(await runJob({ ...job, scenarios: [scenario] })));
  return results;
}

async function runOne(client: Client, scenario: Scenario, child: Child, clock: number): Promise<Result> {
  const { serve, connect, caller = {}, patienceS = DEFAULT_PATIENCE_S, graceMs = 0 } = scenario;
  const foreign = await listen((to) => to.answer("200 OK", "text/plain", "Who are you?"));
  const server = await listen(serve, { foreign: foreign.origin, clock, connect });
  try {
    const order = {
      id: scenario.id,
      origin: server.origin,
      patienceMs: (patienceS * 1000) / clock,
      caller,
    };
    const outcome = await child.run(order, (patienceS * 1000) / clock + HANG_MS);
    for (const until = Date.now() + graceMs; Date.now() < until && server.seen.open > 0; ) {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    const run: Run = { outcome, seen: { ...server.seen }, foreign: foreign.seen };
    return {
      client,
      scenario,
      reason: scenario.leaks?.(run) ?? ends(scenario)(run) ?? scenario.judge(run),
      run,
    };
  } finally {
    server.close();
    foreign.close();
  }
}

interface Child {
  process: ChildProcess;
  gone: boolean;
  /** Kills the process when it doesn't even say that its patience is over. */
  run(order: Order, withinMs: number): Promise<Outcome>;
}

async function start(client: Client, clock: number): Promise<Child> {
  const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  const process_ = fork(here("child.ts"), [client.module], {
    execArgv: [`--max-old-space-size=${HEAP_MIB}`, "--no-warnings", "--import", here("clock.mjs")],
    env: { ...process.env, TORTURE_CLOCK: String(clock), NO_COLOR: "1" },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let said = "";
  let hung = false;
  process_.stderr?.on("data", (bytes) => {
    said = (said + bytes).slice(-4000);
  });
  const running = new Map<string, (outcome: Outcome) => void>();
  const child: Child = {
    process: process_,
    gone: false,
    run: (order, withinMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => {
          hung = true;
          process_.kill("SIGKILL");
        }, withinMs);
        running.set(order.id, (outcome) => {
          clearTimeout(timer);
          resolve(outcome);
        });
        if (child.gone) lost();
        else process_.send(order);
      }),
  };
  const lost = () => {
    child.gone = true;
    const message = said.includes("heap out of memory")
      ? `more than ${HEAP_MIB} MiB of memory`
      : (/^(\w*Error.*)$/m.exec(said)?.[1]?.slice(0, 120) ?? "without a word");
    for (const resolve of running.values()) resolve(crash(hung ? "it does nothing any more" : message));
    running.clear();
  };
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${client.name} didn't start: ${said}`)), START_MS);
    process_.once("message", () => {
      clearTimeout(timer);
      resolve();
    });
    process_.once("exit", () => {
      clearTimeout(timer);
      reject(new Error(`${client.name} can't be loaded: ${said}`));
    });
  });
  process_.on("message", ({ id, outcome }: { id: string; outcome: Outcome }) => {
    running.get(id)?.(outcome);
    running.delete(id);
  });
  process_.on("exit", lost);
  return child;
}

function crash(message: string): Outcome {
  return {
    end: "crashed",
    text: "",
    answer: {},
    ms: 0,
    firstTextMs: undefined,
    error: { name: "", message, holds: [], printed: "" },
    grownMiB: 0,
    clean: true,
    unhandled: [],
  };
}
