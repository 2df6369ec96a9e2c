// One request on its way through, and the ways to answer it that every operation shares. Every answer passes `respond`, which is where the
// ledger learns what was delivered.

import { type BodyOutcome, type Step, scriptedBody } from "./body.ts";
import { type Dialect, errorAnswer, type Refusal } from "./dialects.ts";
import { encodeText } from "./encode.ts";
import type { LedgerEntry, RecordedRequest } from "./ledger.ts";
import type { ResolvedOptions } from "./options.ts";
import type { RawAnswer, Scenario, ScenarioCall } from "./scenario.ts";
import { serviceHeaders } from "./service-headers.ts";
import { socketFaults } from "./socket-faults.ts";
import type { State } from "./state.ts";

export interface Exchange {
  readonly settings: ResolvedOptions;
  readonly state: State;
  /** The operation's path behind the dialect's prefix, as in the routing table; "" where there is none. */
  readonly path: string;
  /** The project whose objects these are, on the bases that have one; "" elsewhere. */
  readonly scope: string;
  /** Asks the emulator itself, unrecorded: how a batch runs its lines. */
  readonly perform: (request: Request) => Promise<Response>;
  /** Position of the request in the emulator's life; makes ids unique and repeatable. */
  readonly sequence: number;
  readonly request: Request;
  readonly url: URL;
  readonly dialect: Dialect;
  readonly signal: AbortSignal;
  /** The body is filled in once it has been read. */
  readonly record: Omit<RecordedRequest, "body"> & { body: string };
  readonly entry: LedgerEntry;
  /** See ScenarioContext. */
  readonly stillFailing: (call: ScenarioCall, times: number) => boolean;
  scenario: { readonly scenario: Scenario; readonly call: ScenarioCall } | undefined;
}

export function endExchange({ entry, settings }: Exchange, outcome: BodyOutcome): void {
  entry.outcome = outcome;
  entry.endedAt = settings.clock();
}

export function respond(
  exchange: Exchange,
  status: number,
  headers: Readonly<Record<string, string>>,
  script: Iterator<Step, void> | null,
): Response {
  const { entry, signal, settings, scenario } = exchange;
  entry.status = status;
  if (script === null) {
    endExchange(exchange, "finished");
    return new Response(null, { status, headers });
  }
  const body = scriptedBody(script, {
    paceMs: entry.stream ? settings.paceMs : 0,
    signal,
    onChunk: (bytes) => {
      entry.bytes += bytes;
      entry.chunks++;
    },
    onEnd: (outcome) => endExchange(exchange, outcome),
  });
  const response = new Response(body, { status, headers });
  if (scenario?.scenario.socket !== undefined) socketFaults.set(response, scenario.scenario.socket);
  return response;
}

/** What the service puts on every answer of this exchange. */
export function headersOf({ dialect, entry }: Exchange): Record<string, string> {
  return serviceHeaders(dialect, {
    requestId: entry.requestId,
    clientRequestId: entry.clientRequestId,
    deployment: entry.model,
    promptTokens: entry.promptTokens,
  });
}

export function refuse(exchange: Exchange, refusal: Refusal): Response {
  const { status, headers, body } = errorAnswer(exchange.dialect, refusal);
  const all = { ...headersOf(exchange), "content-type": "application/json", ...headers };
  return respond(exchange, status, all, once(JSON.stringify(body)));
}

export function sendRaw(exchange: Exchange, answer: RawAnswer): Response {
  const headers = answer.foreign ? answer.headers : { ...headersOf(exchange), ...answer.headers };
  const script = typeof answer.body === "string" ? once(answer.body) : answer.body;
  return respond(exchange, answer.status, headers, script);
}

/** The emulator's own error, unlike any service's: a test that asks for a scenario wrongly must not pass quietly. */
export function sendMisuse(exchange: Exchange, message: string): Response {
  const body = JSON.stringify({ error: { code: "emulator_scenario", message } });
  return respond(exchange, 400, { "content-type": "application/json" }, once(body));
}

function* once(text: string): Generator<Step, void> {
  yield encodeText(text);
}
