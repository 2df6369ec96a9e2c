// The responses API: create (whole, streaming, in the background), retrieve, take up a stream again, cancel, delete,
// and list what was put in.

import { complete, usageOf } from "./chat.ts";
import { appendTo } from "./conversations.ts";
import { enter, reading, stepIn } from "./enter.ts";
import { type Exchange, refuse as sendRefusal } from "./exchange.ts";
import { Refused } from "./json.ts";
import type { Deployment } from "./options.ts";
import { pageOf } from "./paging.ts";
import { RESPONSE_EVENT_FORM, responseEvents } from "./response-events.ts";
import { type ResponseRequest, readResponseRequest } from "./response-request.ts";
import type { RouteValues } from "./routes.ts";
import { sendEvents, sendJson } from "./send.ts";
import { composed } from "./send-completion.ts";
import { keep, newId, nowSeconds, startProgress } from "./state.ts";
import { outputOf, plansOf, responseObject, type StoredResponse, statusOf } from "./stored-response.ts";

export function createResponse(exchange: Exchange): Promise<Response> {
  const { state, entry } = exchange;
  return reading(
    exchange,
    () => readResponseRequest(exchange),
    async (read) => {
      entry.stream = read.chat.stream;
      const entered = await enter(exchange, read.chat.model, "chat");
      if (!entered.ok) return entered.response;
      const stored = answerOf(exchange, read, entered.deployment);
      entry.promptTokens = stored.completion.promptTokens;
      if (read.store) keep(state.responses, stored.id, stored);
      settle(exchange, stored);
      if (read.chat.stream) {
        return sendEvents(exchange, responseEvents(exchange, stored), RESPONSE_EVENT_FORM);
      }
      const tokens = read.background ? 0 : usageOf(stored.completion).completion_tokens;
      return sendJson(exchange, responseObject(exchange, stored, statusOf(exchange, stored)), { tokens });
    },
  );
}

/** These think before they speak; how much of that they tell is the request's choice. */
const REASONING_MODELS = /^(?:gpt-5|o\d)/;

function answerOf(exchange: Exchange, request: ResponseRequest, given: Required<Deployment>): StoredResponse {
  const { dialect, settings, sequence, entry } = exchange;
  const deployment = { ...given, reasoning: given.reasoning || REASONING_MODELS.test(given.model) };
  const context = { dialect, deployment, seed: settings.seed, sequence, now: entry.startedAt };
  const completion = composed(exchange, complete(request.chat, context));
  const id = newId(exchange, "resp_");
  const plans = plansOf(id, completion, request);
  return {
    id,
    createdAt: nowSeconds(exchange),
    request,
    completion,
    earlier: request.earlier,
    input: request.input,
    output: outputOf(plans, completion, request),
    plans,
    progress: request.background ? startProgress(exchange) : undefined,
    cancelled: false,
    appended: false,
  };
}

/** A conversation gets the items of a response once, when it has ended well. */
function settle(exchange: Exchange, stored: StoredResponse): void {
  const { conversationId } = stored.request;
  const status = statusOf(exchange, stored);
  if (conversationId === undefined || stored.appended) return;
  if (status !== "completed" && status !== "incomplete") return;
  stored.appended = true;
  appendTo(exchange, conversationId, [...stored.input, ...stored.output]);
}

export function getResponse(exchange: Exchange, values: RouteValues): Promise<Response> {
  const { searchParams } = exchange.url;
  exchange.entry.stream = searchParams.get("stream") === "true";
  return withResponse(exchange, values, (stored) => {
    if (stored.progress !== undefined) stored.progress.polls++;
    settle(exchange, stored);
    if (!exchange.entry.stream) {
      return sendJson(exchange, responseObject(exchange, stored, statusOf(exchange, stored)));
    }
    return reading(
      exchange,
      () => readStartingAfter(stored, searchParams.get("starting_after")),
      (after) => sendEvents(exchange, responseEvents(exchange, stored, after), RESPONSE_EVENT_FORM),
    );
  });
}

function readStartingAfter({ request }: StoredResponse, text: string | null): number {
  if (!request.background || !request.chat.stream) {
    throw new Refused({
      reason: "invalid-value",
      param: "stream",
      message: "Only responses that were created with 'background' and 'stream' can be streamed again.",
    });
  }
  if (text === null) return -1;
  const after = Number(text);
  if (Number.isInteger(after) && after >= 0) return after;
  const message = "Invalid 'starting_after': expected an integer, 0 or more.";
  throw new Refused({ reason: "invalid-type", param: "starting_after", message });
}

export function cancelResponse(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withResponse(exchange, values, (stored) => {
    if (!stored.request.background) {
      return sendRefusal(exchange, {
        reason: "invalid-value",
        message: "Cannot cancel a synchronous response.",
      });
    }
    const status = statusOf(exchange, stored);
    // What has ended stays as it ended: cancelling again changes nothing.
    if (status === "queued" || status === "in_progress") stored.cancelled = true;
    return sendJson(exchange, responseObject(exchange, stored, statusOf(exchange, stored)));
  });
}

export function deleteResponse(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withResponse(exchange, values, ({ id }) => {
    exchange.state.responses.delete(id);
    return sendJson(exchange, { id, object: "response.deleted", deleted: true });
  });
}

export function listInputItems(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withResponse(exchange, values, ({ earlier, input }) =>
    reading(
      exchange,
      () => pageOf(exchange.url, [...earlier, ...input], { limit: 20, mostItems: 100, order: "desc" }),
      (page) => sendJson(exchange, page),
    ),
  );
}

async function withResponse(
  exchange: Exchange,
  { id = "" }: RouteValues,
  then: (stored: StoredResponse) => Response | Promise<Response>,
): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const stored = exchange.state.responses.get(id);
  if (stored !== undefined) return then(stored);
  return sendRefusal(exchange, { reason: "not-found", message: `Response with id '${id}' not found.` });
}
