// The operations of a thread's messages.

import { reading } from "./enter.ts";
import { type Exchange, refuse as sendRefusal } from "./exchange.ts";
import { metadata } from "./members.ts";
import { pageOf } from "./paging.ts";
import { parseBody, readMembers } from "./read-members.ts";
import type { RouteValues } from "./routes.ts";
import { activeRun, advanceRuns } from "./run-life.ts";
import { sendJson } from "./send.ts";
import { addMessage, messageObject, readNewMessage, type ThreadMessage } from "./thread-message.ts";
import { withThread } from "./threads.ts";

export function createMessage(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withThread(exchange, values, (thread) =>
    reading(
      exchange,
      () => readNewMessage(exchange, parseBody(exchange.record.body)),
      (read) => {
        const active = activeRun(exchange, thread);
        if (active === undefined)
          return sendJson(exchange, messageObject(addMessage(exchange, thread, read)));
        const message = `Can't add messages to ${thread.id} while a run ${active.id} is active.`;
        return sendRefusal(exchange, { reason: "wrong-state", message });
      },
    ),
  );
}

export function listMessages(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withThread(exchange, values, (thread) => {
    advanceRuns(exchange, thread);
    const { searchParams } = exchange.url;
    // One generation of clients sent the filter under another name.
    const runId = searchParams.get("run_id") ?? searchParams.get("runId");
    const wanted = [...thread.messages.values()].filter(
      (message) => runId === null || message.runId === runId,
    );
    return reading(
      exchange,
      () =>
        pageOf(
          exchange.url,
          wanted.map((message) => messageObject(message)),
          { limit: 20, mostItems: 100, order: "desc" },
        ),
      (page) => sendJson(exchange, page),
    );
  });
}

export function getMessage(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withMessage(exchange, values, (message) => sendJson(exchange, messageObject(message)));
}

export function updateMessage(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withMessage(exchange, values, (message) =>
    reading(
      exchange,
      () => readMetadata(exchange),
      (pairs) => {
        if (pairs !== undefined) message.metadata = pairs;
        return sendJson(exchange, messageObject(message));
      },
    ),
  );
}

/** Of a body that can change nothing else; undefined when it changes nothing. */
export function readMetadata(exchange: Exchange): unknown {
  const { metadata: pairs } = readMembers(exchange.dialect, exchange.record.body, { metadata });
  if (pairs !== undefined) return pairs;
  return Object.hasOwn(parseBody(exchange.record.body), "metadata") ? {} : undefined;
}

function withMessage(
  exchange: Exchange,
  values: RouteValues,
  then: (message: ThreadMessage) => Response | Promise<Response>,
): Promise<Response> {
  return withThread(exchange, values, (thread) => {
    advanceRuns(exchange, thread);
    const message = thread.messages.get(values.id ?? "");
    if (message !== undefined) return then(message);
    return sendRefusal(exchange, {
      reason: "not-found",
      message: `No message found with id '${values.id}'.`,
    });
  });
}
