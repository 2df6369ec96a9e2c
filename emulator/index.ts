// The Azure AI services as one fetch function. Web APIs only; serve.ts puts it on a socket. The way of a request is
// `answer` below, each step in its own file: routes.ts finds the operation, dialects.ts says no as the service does,
// the operation reads the body and gives the answer its wire shape, scenarios.ts breaks it on request, state.ts keeps
// what outlives a request, ledger.ts the truth.

import { blobStoreAnswer } from "./blob-store.ts";
import type { Connection, ConnectionCredentials } from "./connection.ts";
import { CONTROL_PREFIX, controlAnswer, openAnswer } from "./control.ts";
import { authorise } from "./dialects.ts";
import { chooseScenario } from "./enter.ts";
import { type Exchange, endExchange, refuse } from "./exchange.ts";
import { type LedgerEntry, type RecordedRequest, redact, redactHeaders, remember } from "./ledger.ts";
import { type Deployment, type EmulatorOptions, resolveOptions, type Task } from "./options.ts";
import { createRandom, hashText, randomUuid } from "./random.ts";
import { readBody } from "./read.ts";
import { type Handled, settleRedirects } from "./redirects.ts";
import { type Matched, matchRoute, scopeOf } from "./routes.ts";
import { SCENARIO_HEADER, type ScenarioCall } from "./scenario.ts";
import type { ScenarioName } from "./scenario-name.ts";
import { SCENARIOS } from "./scenarios.ts";
import { createState } from "./state.ts";

export type {
  Connection,
  ConnectionCredentials,
  Deployment,
  EmulatorOptions,
  LedgerEntry,
  RecordedRequest,
  ScenarioName,
  Task,
};

/** Every scenario's name, in the order of the table. */
export const scenarioNames: readonly ScenarioName[] = /* @__PURE__ */ Object.keys(
  SCENARIOS,
) as ScenarioName[];

export interface Emulator {
  /** Has the signature of `fetch`; needs no `this`. Answers any host: only the path decides. */
  readonly fetch: (input: Request | URL | string, init?: RequestInit) => Promise<Response>;
  /** Every request as it arrived, oldest first; control routes are not recorded. */
  readonly requests: readonly RecordedRequest[];
  /** What was really delivered for each of them. */
  readonly ledger: readonly LedgerEntry[];
  /** Forgets requests, ledger, `times` counts and the request sequence: the next request is the first again. */
  readonly reset: () => void;
}

/**
 * The emulator, in process. Hand its `fetch` to a client:
 * `new ChatCompletionsClient("https://emulator.test/models", { key: "emulator-key" }, { fetch: emulator.fetch })`.
 */
export function createEmulator(options: EmulatorOptions = {}): Emulator {
  const settings = resolveOptions(options);
  const requests: RecordedRequest[] = [];
  const ledger: LedgerEntry[] = [];
  const world: World = { settings, state: createState(), failures: new Map(), sequence: 0 };

  const reset = (): void => {
    requests.length = 0;
    ledger.length = 0;
    for (const objects of Object.values(world.state)) objects.clear();
    world.failures.clear();
    world.sequence = 0;
  };

  const handle = async (request: Request): Promise<Handled> => {
    const url = new URL(request.url);
    const opened = openAnswer(request, url, world.state) ?? blobStoreAnswer(request, url, world);
    if (opened !== undefined) return { response: await opened, body: undefined };
    if (url.pathname.startsWith(CONTROL_PREFIX)) {
      return { response: controlAnswer(request, url.pathname, { requests, ledger, reset }), body: undefined };
    }
    const matched = matchRoute(request.method, url.pathname);
    const exchange = openExchange(world, request, url, matched);
    remember(requests, exchange.record, settings.recordLimit);
    remember(ledger, exchange.entry, settings.ledgerLimit);
    const response = await settle(exchange, matched);
    return { response, body: readsItself(matched) ? undefined : exchange.record.body };
  };

  const fetch: Emulator["fetch"] = async (input, init) => {
    const request = input instanceof Request && init === undefined ? input : new Request(input, init);
    request.signal?.throwIfAborted();
    return settleRedirects(request, handle);
  };

  return { fetch, requests, ledger, reset };
}

/** What all requests to one emulator have in common. */
interface World {
  readonly settings: Exchange["settings"];
  readonly state: Exchange["state"];
  /** How often each request with `times` has failed so far. */
  readonly failures: Map<string, number>;
  sequence: number;
}

async function settle(exchange: Exchange, matched: Matched): Promise<Response> {
  try {
    return await answer(exchange, matched);
  } catch (error) {
    endExchange(exchange, exchange.signal.aborted ? "cancelled" : "failed");
    throw error;
  }
}

/** Route, authorise, choose a scenario, read the body, operate. */
async function answer(exchange: Exchange, matched: Matched): Promise<Response> {
  const { request, url, dialect, settings } = exchange;
  if (!matched.ok) return refuse(exchange, matched.refusal);
  const denied = authorise(dialect, request.headers, url, settings);
  if (denied !== undefined) return refuse(exchange, denied);
  const asked = request.headers.get(SCENARIO_HEADER);
  if (asked !== null) {
    const misuse = chooseScenario(exchange, asked);
    if (misuse !== undefined) return misuse;
    const early = exchange.scenario?.scenario.refuseUnread?.(exchange.scenario.call);
    if (early !== undefined) return refuse(exchange, early);
  }
  if (!readsItself(matched)) {
    const body = await readBody(request, settings.maxBodyBytes);
    if (!body.ok) return refuse(exchange, { reason: "body-too-large" });
    exchange.record.body = redact(body.text);
  }
  return matched.operation.handle(exchange, matched.values);
}

/** Uploads are not read as text: their operation reads them part by part. */
function readsItself(matched: Matched): boolean {
  return matched.ok && matched.operation.form === true;
}

function openExchange(world: World, request: Request, url: URL, matched: Matched): Exchange {
  const { dialect } = matched;
  const { settings, state, failures } = world;
  const sequence = world.sequence++;
  const now = settings.clock();
  const id = randomUuid(createRandom(hashText(`request ${sequence}`, settings.seed)));
  const record: Exchange["record"] = {
    id,
    method: request.method,
    url: redact(request.url),
    path: url.pathname,
    headers: redactHeaders(request.headers),
    body: "",
    receivedAt: now,
  };
  const entry: LedgerEntry = {
    requestId: id,
    clientRequestId: request.headers.get("x-ms-client-request-id"),
    method: request.method,
    path: url.pathname,
    dialect: dialect.name,
    model: null,
    scenario: null,
    stream: false,
    status: 0,
    outcome: "open",
    promptTokens: 0,
    completionTokens: 0,
    bytes: 0,
    chunks: 0,
    startedAt: now,
    endedAt: null,
  };
  const stillFailing = (call: ScenarioCall, times: number): boolean => {
    const key = `${call.text}\n${url.pathname}\n${hashText(record.body)}`;
    const failed = failures.get(key) ?? 0;
    if (failed >= times) failures.delete(key);
    else failures.set(key, failed + 1);
    return failed < times;
  };
  const signal = request.signal ?? new AbortController().signal;
  const perform = async (inner: Request): Promise<Response> => {
    const innerUrl = new URL(inner.url);
    const innerMatched = matchRoute(inner.method, innerUrl.pathname);
    return settle(openExchange(world, inner, innerUrl, innerMatched), innerMatched);
  };
  return {
    settings,
    state,
    path: matched.ok ? matched.operation.path : "",
    scope: matched.ok ? scopeOf(matched.values) : "",
    perform,
    sequence,
    request,
    url,
    dialect,
    signal,
    record,
    entry,
    stillFailing,
    scenario: undefined,
  };
}
