// One checked call on its way: sent, answered, metered, and what it made or ended remembered. Every kind of answer
// ends in one of four ways here: a stream of events, a stream of bytes, a whole text, or a refusal.
import { filesMade, tell } from "./agent-answer.ts";
import { createRunMeter } from "./agent-meter.ts";
import { modelToRemember } from "./agent-models.ts";
import { releaseName } from "./agent-names.ts";
import { passRun } from "./agent-run.ts";
import { checkStream, readWholeAnswer, readWholeText } from "./answer.ts";
import type { Call } from "./ask.ts";
import { attempt } from "./attempts.ts";
import { bridgeAnswer } from "./bridge.ts";
import { bridgeStream } from "./bridge-stream.ts";
import { openDownload, passBytes } from "./download.ts";
import { type Exchange, report, type Surroundings, type Visit } from "./exchange.ts";
import { heartbeatFor } from "./heartbeat.ts";
import { createMeter, type Ending, readUsage } from "./meter.ts";
import type { ObjectKind, Ownership } from "./ownership.ts";
import { producedFiles } from "./references.ts";
import { type Reason, type Refusal, refuse } from "./refusals.ts";
import { canPassNatively, relay, type Unfinished } from "./relay.ts";
import { errorFrame, json, type Reply } from "./respond.ts";
import type { Route } from "./routes.ts";
import { errorPass, errorWords, passErrors } from "./stream-errors.ts";

/** What the last frame of a stream says that is not whole. */
const LAST_FRAME: Readonly<Record<Unfinished, Reason>> = {
  idle: "stream_idle",
  stalled: "stream_stalled",
  max_duration: "stream_too_long",
  max_bytes: "stream_too_large",
  truncated: "stream_truncated",
  upstream_error: "stream_truncated",
};

export async function send(
  surroundings: Surroundings,
  visit: Visit,
  route: Route,
  call: Call,
  ownership: Ownership,
): Promise<Reply | Refusal> {
  const { config, now } = surroundings;
  const { limits, deadlines } = config;
  const { entry, request, started } = visit;
  const { upload } = call;
  const { operation } = call.asked;
  const waits = keepAlive(visit);
  const answered = await attempt(surroundings, visit, route, call).catch((bug) => {
    upload?.stop();
    waits.now();
    throw bug;
  });
  visit.timings.mark("upstream");
  entry.headers_ms = now() - started;
  if (!answered.ok) {
    upload?.stop();
    waits.now();
    return answered;
  }
  const { response, secrets, asked, models, bridge, cancel } = answered;
  const { upstream } = asked;
  const told = { model: asked.model?.name ?? "", contentFilters: config.bridge.contentFilters };
  try {
    const service = { upstream, models, secrets };
    entry.upstream_status = response.status;

    const streams = call.stream || upload?.fields.get("stream") === "true";
    if (operation.ends !== undefined && streams) {
      entry.stream = true;
      const events = checkStream(response);
      if (!events.ok) return events;
      const isRun = operation.ends === "run";
      const meter = isRun
        ? createRunMeter()
        : createMeter(upstream.endsWithoutDone, operation.ends as Ending);
      const { creates } = operation;
      const eventBytes = operation.images
        ? Math.max(limits.answerBytes, limits.imageBytes)
        : limits.answerBytes;
      const words = errorWords({ service, dialect: route.dialect, requestId: visit.requestId });
      const rebuilt = bridge !== undefined && config.bridge.streams === "rebuilt";
      const passing = isRun
        ? passRun(events.body, service, operation, { words, eventBytes }, remember)
        : rebuilt
          ? bridgeStream(events.body, {
              ...told,
              requestId: visit.requestId,
              renamed: bridge.renamed,
              service,
              eventBytes,
            })
          : events.body;
      const watched = call.account?.watch(passing, passing === events.body ? words : undefined) ?? passing;
      const heartbeat = heartbeatFor(route.dialect, deadlines.heartbeatMs);
      // A caller that has read an id may use it at once: so it must be remembered before it passes.
      const waitsForId = !isRun && creates !== undefined && call.members.store !== false;
      const native =
        surroundings.native &&
        watched === events.body &&
        canPassNatively(watched) &&
        !waitsForId &&
        config.streamErrors === "opening" &&
        (heartbeat === undefined || config.heartbeats === "opening");
      // What is read in JavaScript anyhow is also looked at for errors.
      const source = watched === events.body && !native ? passErrors(watched, words, eventBytes) : watched;
      cancel.release(); // from here the relay watches the caller, so that what was delivered is counted first
      const relayed = relay(source, {
        meter,
        idleMs: deadlines.idleMs,
        streamMs: deadlines.streamMs,
        stallMs: deadlines.stallMs,
        streamBytes: limits.streamBytes,
        heartbeat,
        native,
        opening: errorPass(words, eventBytes),
        callerSignal: request.signal,
        closeUpstream: () => cancel.abort("stop"),
        frame: (why) => errorFrame(refuse(LAST_FRAME[why]), route.dialect, visit.requestId),
        ...(waitsForId ? { beforePassing: rememberOnce(() => meter.responseId(), remember) } : {}),
      });
      const done = waits.later();
      relayed.ended
        .then((outcome) => {
          const charged = call.account?.streamed(meter, outcome);
          report(surroundings, visit, 200, { ...meter.totals(), ...charged, outcome });
        })
        .finally(done);
      return {
        status: 200,
        headers: { "content-type": "text/event-stream; charset=utf-8" },
        body: relayed.body,
      };
    }

    if (operation.answer === "bytes") {
      const download = openDownload(response, /file_content$/.test(route.name));
      if (!download.ok) return download;
      cancel.release();
      const passed = passBytes(download.body, {
        length: download.length,
        idleMs: deadlines.idleMs,
        streamMs: deadlines.streamMs,
        callerSignal: request.signal,
        closeUpstream: () => cancel.abort("stop"),
      });
      const done = waits.later();
      passed.ended.then((end) => report(surroundings, visit, response.status, end)).finally(done);
      return {
        status: response.status,
        headers: { ...download.headers, ...passed.headers },
        body: passed.body,
      };
    }

    if (response.status === 204) return await ended(response);
    const wholeMs =
      upload === undefined ? Math.max(1, deadlines.wholeMs - entry.headers_ms) : deadlines.wholeMs;
    const read = operation.answer === "text" ? readWholeText : readWholeAnswer;
    const answerBytes = operation.images
      ? Math.max(limits.answerBytes, limits.imageBytes)
      : limits.answerBytes;
    const { proof } = operation;
    const giveUp = surroundings.native ? () => cancel.abort("stop") : undefined;
    const whole = await read(response, { ...service, proof, answerBytes, wholeMs, giveUp });
    if (response.status === 202 && !whole.ok && whole.reason === "upstream_empty")
      return await ended(response);
    if (!whole.ok) return cancel.reason === "caller_gone" ? refuse("caller_gone") : whole;
    entry.bytes = whole.bytes;
    const usage =
      operation.model === undefined && route.name !== "run_get" ? undefined : readUsage(whole.answer);
    if (usage !== undefined) entry.usage = usage;
    call.account?.saw(whole.answer);
    const settled = await settle(whole.answer);
    if (settled !== undefined) return settled;
    const answer =
      bridge !== undefined
        ? bridgeAnswer(bridge.operation, whole.answer, { ...told, requestId: visit.requestId })
        : operation.surface === undefined
          ? whole.answer
          : tell(whole.answer, service);
    const body = answer === whole.answer ? whole.text : JSON.stringify(answer);
    return { status: response.status, headers: { "content-type": whole.type }, body };
  } finally {
    cancel.release();
    upload?.stop();
    waits.now();
  }

  /** A deletion that the service answers with nothing still tells the caller's SDK that it was one. */
  async function ended(response: Response): Promise<Reply | Refusal> {
    response.body?.cancel().catch(() => {});
    const [id] = Object.values(asked.ids).slice(-1);
    if (operation.deletes === undefined || id === undefined) return refuse("upstream_empty");
    await forget(operation.deletes, id);
    return json({ id, object: operation.deletes, deleted: true });
  }

  /** Remembers what the answer says was made, forgets what it says was ended. */
  async function settle(answer: Readonly<Record<string, unknown>>): Promise<Refusal | undefined> {
    const { creates, deletes } = operation;
    if (deletes !== undefined) {
      const id = asked.ids[deletes];
      if (id !== undefined) await forget(deletes, id);
      return undefined;
    }
    const produced =
      operation.produces !== undefined
        ? filesMade(answer)
        : /^(batch|job)_/.test(route.name)
          ? producedFiles(answer)
          : [];
    const kept = creates !== undefined && call.members.store !== false;
    const id = kept
      ? (answer[operation.createdAs ?? "id"] ?? (operation.proof === "named" && answer.name))
      : undefined;
    if (kept && typeof id !== "string") return refuse("upstream_wrong_shape");
    return remember(id as string | undefined, produced);
  }

  async function forget(kind: ObjectKind, id: string): Promise<void> {
    await ownership.remove({ kind, id });
    if (kind === "agent_name") await releaseName(surroundings.ownershipOf, upstream.name, id);
  }

  async function remember(
    id: string | undefined,
    produced: readonly string[] = [],
  ): Promise<Refusal | undefined> {
    const purpose = upload?.fields.get("purpose");
    const isAgent = operation.creates === "agent" || operation.creates === "agent_name";
    const model = isAgent ? modelToRemember(call) : undefined;
    const more = { ...(purpose && { purpose }), ...(model !== undefined && { model }) };
    const objects = [
      ...(id === undefined ? [] : [{ kind: operation.creates!, id, ...more }]),
      ...produced.map((file) => ({ kind: operation.produces ?? ("file" as const), id: file })),
    ].map((object) => ({ ...object, upstream: upstream.name }));
    if (objects.length === 0) return undefined;
    entry.remembered = objects.length;
    return (await ownership.add(objects, limits.objects)) ? undefined : refuse("objects_full");
  }
}

/** Once the id is known, remembers it and lets the stream wait for that; before and after, nothing waits. */
function rememberOnce(
  idOf: () => string | undefined,
  remember: (id: string) => Promise<Refusal | undefined>,
): () => Promise<void> | undefined {
  let asked = false;
  return () => {
    const id = asked ? undefined : idOf();
    if (id === undefined) return undefined;
    asked = true;
    return remember(id).then((refusal) => {
      if (refusal !== undefined) throw new Error("The answer can't be remembered.");
    });
  };
}

/** Registered before the upstream is called: without it workerd ends everything when the caller leaves. */
function keepAlive({ platform }: Exchange) {
  let settle: (value?: unknown) => void = () => {};
  let waiting = false;
  platform?.waitUntil(new Promise((resolve) => (settle = resolve)));
  return {
    /** Something goes on after the reply: the function given back ends the wait. */
    later: () => {
      waiting = true;
      return () => settle();
    },
    /** Ends the wait, unless something goes on. */
    now: () => {
      if (!waiting) settle();
    },
  };
}
