// Runs: created in a thread or together with one, whole or streaming; looked at, cancelled, given the outputs of
// their functions; and their steps.

import { chooseScenario, reading, stepIn } from "./enter.ts";
import { type Exchange, refuse as sendRefusal } from "./exchange.ts";
import { isObject, type JsonObject, refuse } from "./json.ts";
import { bool, list, text } from "./members.ts";
import { pageOf } from "./paging.ts";
import { readMembers } from "./read-members.ts";
import type { RouteValues } from "./routes.ts";
import { awaitedCalls, EXPIRES_AFTER_SECONDS, isFinal, type Run } from "./run.ts";
import { runRecords, type Telling } from "./run-events.ts";
import { activeRun, advance, advanceRuns, submit } from "./run-life.ts";
import { runObject, stepObject } from "./run-objects.ts";
import { type RunRequest, readInclude, readRunRequest, readThreadAndRun } from "./run-request.ts";
import { scenarioOfModel } from "./scenario.ts";
import { EVENT_STREAM_HEADERS, sendJson, sendRecords } from "./send.ts";
import { keep, newId, nowSeconds, startProgress } from "./state.ts";
import { addMessage } from "./thread-message.ts";
import { readMetadata } from "./thread-messages.ts";
import { addThread, findThread, noThread, type Thread, withThread } from "./threads.ts";

export async function createRun(exchange: Exchange, values: RouteValues): Promise<Response> {
  const thread = findThread(exchange, values.thread);
  if (thread === undefined) return (await stepIn(exchange)) ?? noThread(exchange, values.thread);
  return reading(
    exchange,
    () => readRunRequest(exchange),
    async (read) => {
      const instead = await takeUp(exchange, read.settings.model, read.stream);
      if (instead !== undefined) return instead;
      // Only now: another request may have come while this one was being read.
      const active = activeRun(exchange, thread);
      if (active !== undefined) {
        const message = `Thread ${thread.id} already has an active run ${active.id}.`;
        return sendRefusal(exchange, { reason: "wrong-state", message });
      }
      for (const [index, message] of read.messages.entries()) addMessage(exchange, thread, message, index);
      return sendRun(exchange, read.stream, { exchange, thread, run: addRun(exchange, thread, read) });
    },
  );
}

export function createThreadAndRun(exchange: Exchange): Promise<Response> {
  return reading(
    exchange,
    () => readThreadAndRun(exchange),
    async (read) => {
      const instead = await takeUp(exchange, read.settings.model, read.stream);
      if (instead !== undefined) return instead;
      const thread = addThread(exchange, read.thread);
      const run = addRun(exchange, thread, read);
      return sendRun(exchange, read.stream, { exchange, thread, run, withThread: true });
    },
  );
}

/** What `enter` does for other operations. A model that is not there is no refusal: the run fails of it. */
async function takeUp(exchange: Exchange, model: string, stream: boolean): Promise<Response | undefined> {
  exchange.entry.stream = stream;
  exchange.entry.model = model;
  const wanted = scenarioOfModel(model);
  if (wanted !== undefined && exchange.scenario === undefined) {
    const misuse = chooseScenario(exchange, wanted);
    if (misuse !== undefined) return misuse;
  }
  return stepIn(exchange);
}

function addRun(exchange: Exchange, thread: Thread, { settings, metadata }: RunRequest): Run {
  const id = newId(exchange, "run_");
  const createdAt = nowSeconds(exchange);
  return keep(thread.runs, id, {
    id,
    threadId: thread.id,
    createdAt,
    expiresAt: createdAt + EXPIRES_AFTER_SECONDS,
    settings,
    metadata,
    status: "queued",
    progress: startProgress(exchange),
    scenario: exchange.scenario,
    leg: undefined,
    legs: 0,
    steps: [],
    startedAt: null,
    endedAt: null,
    error: null,
    incompleteReason: null,
  });
}

function sendRun(exchange: Exchange, stream: boolean, telling: Telling): Response {
  if (!stream) return sendJson(exchange, runObject(telling.run));
  return sendRecords(exchange, runRecords(telling), { headers: EVENT_STREAM_HEADERS });
}

export function listRuns(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withThread(exchange, values, (thread) => {
    advanceRuns(exchange, thread);
    const runs = [...thread.runs.values()].map((run) => runObject(run));
    return reading(
      exchange,
      () => pageOf(exchange.url, runs, { limit: 20, mostItems: 100, order: "desc" }),
      (page) => sendJson(exchange, page),
    );
  });
}

export function getRun(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withRun(exchange, values, (thread, run) => {
    run.progress.polls++;
    advance(exchange, thread, run);
    return sendJson(exchange, runObject(run));
  });
}

export function updateRun(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withRun(exchange, values, (_thread, run) =>
    reading(
      exchange,
      () => readMetadata(exchange),
      (pairs) => {
        if (pairs !== undefined) run.metadata = pairs;
        return sendJson(exchange, runObject(run));
      },
    ),
  );
}

export function cancelRun(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withRun(exchange, values, (_thread, run) => {
    if (isFinal(run.status)) {
      const message = `Cannot cancel run with status '${run.status}'.`;
      return sendRefusal(exchange, { reason: "wrong-state", message });
    }
    if (run.status !== "cancelling") {
      run.status = "cancelling";
      run.progress = startProgress(exchange);
    }
    return sendJson(exchange, runObject(run));
  });
}

export function submitToolOutputs(exchange: Exchange, values: RouteValues): Promise<Response> {
  const thread = findThread(exchange, values.thread);
  const run = thread?.runs.get(values.run ?? "");
  if (thread === undefined || run === undefined)
    return withRun(exchange, values, () => noRun(exchange, values));
  return reading(
    exchange,
    () => readOutputs(exchange),
    async ({ outputs, stream }) => {
      const { entry } = exchange;
      entry.stream = stream;
      entry.model = run.settings.model;
      const instead = await stepIn(exchange);
      if (instead !== undefined) return instead;
      advance(exchange, thread, run);
      const message = whyNot(run, outputs);
      if (message !== undefined) return sendRefusal(exchange, { reason: "wrong-state", message });
      // A scenario of the model's goes on; a header asks anew.
      run.scenario = exchange.scenario ?? run.scenario;
      const submitted = submit(exchange, run, outputs);
      return sendRun(exchange, stream, { exchange, thread, run, submitted });
    },
  );
}

/** Outputs are taken by a run that waits for just these. */
function whyNot(run: Run, outputs: ReadonlyMap<string, string>): string | undefined {
  if (run.status !== "requires_action") return `Runs in status "${run.status}" do not accept tool outputs.`;
  const expected = awaitedCalls(run).map(({ id }) => id);
  const given = [...outputs.keys()];
  if (expected.length === given.length && expected.every((id) => outputs.has(id))) return undefined;
  const shown = (ids: readonly string[]): string => `[${ids.map((id) => `'${id}'`).join(", ")}]`;
  return `Expected tool outputs for call_ids ${shown(expected)}, got ${shown(given)}`;
}

interface Outputs {
  readonly outputs: ReadonlyMap<string, string>;
  readonly stream: boolean;
}

function readOutputs(exchange: Exchange): Outputs {
  const body = readMembers(exchange.dialect, exchange.record.body, { tool_outputs: list, stream: bool });
  if (body.tool_outputs === undefined) refuse("missing-parameter", "tool_outputs", undefined, "an array");
  const outputs = new Map<string, string>();
  for (const [index, given] of (body.tool_outputs as unknown[]).entries()) {
    const { id, output } = readOutput(given, `tool_outputs[${index}]`);
    if (outputs.has(id)) refuse("invalid-value", `tool_outputs[${index}].tool_call_id`, id, "each id once");
    outputs.set(id, output);
  }
  return { outputs, stream: body.stream === true };
}

function readOutput(given: unknown, at: string): { readonly id: string; readonly output: string } {
  if (!isObject(given)) refuse("invalid-type", at, given, "an object");
  const { tool_call_id: id, output } = given as JsonObject;
  if (id === undefined || id === null) refuse("missing-parameter", `${at}.tool_call_id`, id, "a call's id");
  text(id, `${at}.tool_call_id`);
  if (output !== undefined && output !== null) text(output, `${at}.output`);
  return { id: id as string, output: (output ?? "") as string };
}

export function listSteps(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withRun(exchange, values, (_thread, run) =>
    reading(
      exchange,
      () => {
        const withContent = readInclude(exchange);
        const steps = run.steps.map((step) => stepObject(run, step, { withContent }));
        return pageOf(exchange.url, steps, { limit: 20, mostItems: 100, order: "desc" });
      },
      (page) => sendJson(exchange, page),
    ),
  );
}

export function getStep(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withRun(exchange, values, (_thread, run) => {
    const step = run.steps.find(({ id }) => id === values.id);
    if (step === undefined) {
      const message = `No run step found with id '${values.id}'.`;
      return sendRefusal(exchange, { reason: "not-found", message });
    }
    return reading(
      exchange,
      () => readInclude(exchange),
      (withContent) => sendJson(exchange, stepObject(run, step, { withContent })),
    );
  });
}

function noRun(exchange: Exchange, { run: id }: RouteValues): Response {
  return sendRefusal(exchange, { reason: "not-found", message: `No run found with id '${id}'.` });
}

function withRun(
  exchange: Exchange,
  values: RouteValues,
  then: (thread: Thread, run: Run) => Response | Promise<Response>,
): Promise<Response> {
  return withThread(exchange, values, (thread) => {
    const run = thread.runs.get(values.run ?? "");
    if (run === undefined) return noRun(exchange, values);
    advance(exchange, thread, run);
    return then(thread, run);
  });
}
