// Threads: what was said, and the runs that answer it. A thread holds its messages and runs, so that deleting it
// deletes them.

import { readResources } from "./agent-tools.ts";
import { reading, stepIn } from "./enter.ts";
import { type Exchange, refuse as sendRefusal } from "./exchange.ts";
import { type JsonObject, refuseDeep } from "./json.ts";
import { list, metadata, object } from "./members.ts";
import { pageOf } from "./paging.ts";
import { type Members, parseBody, readMembers } from "./read-members.ts";
import type { RouteValues } from "./routes.ts";
import type { Run } from "./run.ts";
import { sendJson } from "./send.ts";
import { keep, newId, nowSeconds } from "./state.ts";
import { addMessage, type NewMessage, readNewMessage, type ThreadMessage } from "./thread-message.ts";

export interface Thread {
  readonly id: string;
  readonly scope: string;
  readonly createdAt: number;
  resources: JsonObject;
  metadata: unknown;
  readonly messages: Map<string, ThreadMessage>;
  readonly runs: Map<string, Run>;
}

const MEMBERS: Members = { messages: list, tool_resources: object, metadata };

export interface NewThread {
  readonly messages: readonly NewMessage[];
  readonly resources: JsonObject;
  readonly metadata: unknown;
}

/** `bodyText` is a thread's body, alone or inside the body that also makes a run. */
export function readNewThread(exchange: Exchange, bodyText: string): NewThread {
  const body = readMembers(exchange.dialect, bodyText, MEMBERS);
  refuseDeep(body);
  const messages = (body.messages ?? []) as unknown[];
  return {
    messages: messages.map((message, index) => readNewMessage(exchange, message, `messages[${index}].`)),
    resources: body.tool_resources === undefined ? {} : readResources(exchange, body.tool_resources),
    metadata: body.metadata ?? {},
  };
}

export function addThread(exchange: Exchange, given: NewThread): Thread {
  const id = newId(exchange, "thread_");
  const thread: Thread = {
    id,
    scope: exchange.scope,
    createdAt: nowSeconds(exchange),
    resources: given.resources,
    metadata: given.metadata,
    messages: new Map(),
    runs: new Map(),
  };
  for (const [index, message] of given.messages.entries()) addMessage(exchange, thread, message, index);
  return keep(exchange.state.threads, id, thread);
}

export async function createThread(exchange: Exchange): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  return reading(
    exchange,
    // The body may be left out altogether.
    () => readNewThread(exchange, exchange.record.body === "" ? "{}" : exchange.record.body),
    (given) => sendJson(exchange, threadObject(addThread(exchange, given))),
  );
}

export function threadObject(thread: Thread): JsonObject & { id: string } {
  return {
    id: thread.id,
    object: "thread",
    created_at: thread.createdAt,
    tool_resources: thread.resources,
    metadata: thread.metadata,
  };
}

export async function listThreads(exchange: Exchange): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const { state, url, scope } = exchange;
  const own = [...state.threads.values()].filter((thread) => thread.scope === scope).map(threadObject);
  return reading(
    exchange,
    () => pageOf(url, own, { limit: 20, mostItems: 100, order: "desc" }),
    (page) => sendJson(exchange, page),
  );
}

export function getThread(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withThread(exchange, values, (thread) => sendJson(exchange, threadObject(thread)));
}

export function updateThread(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withThread(exchange, values, (thread) =>
    reading(
      exchange,
      () => {
        const { messages: _messages, ...updatable } = MEMBERS;
        const body = readMembers(exchange.dialect, exchange.record.body, updatable);
        refuseDeep(body);
        const named = parseBody(exchange.record.body);
        const resources =
          body.tool_resources === undefined ? {} : readResources(exchange, body.tool_resources);
        return { named, resources, pairs: body.metadata ?? {} };
      },
      ({ named, resources, pairs }) => {
        if (Object.hasOwn(named, "tool_resources")) thread.resources = resources;
        if (Object.hasOwn(named, "metadata")) thread.metadata = pairs;
        return sendJson(exchange, threadObject(thread));
      },
    ),
  );
}

export function deleteThread(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withThread(exchange, values, ({ id }) => {
    exchange.state.threads.delete(id);
    return sendJson(exchange, { id, object: "thread.deleted", deleted: true });
  });
}

/** Without the scenario stepping in: for operations that learn of it from their body. */
export function findThread({ state, scope }: Exchange, id: string | undefined): Thread | undefined {
  const thread = state.threads.get(id ?? "");
  return thread?.scope === scope ? thread : undefined;
}

export function noThread(exchange: Exchange, id: string | undefined): Response {
  return sendRefusal(exchange, { reason: "not-found", message: `No thread found with id '${id}'.` });
}

export async function withThread(
  exchange: Exchange,
  { thread: id }: RouteValues,
  then: (thread: Thread) => Response | Promise<Response>,
): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const thread = findThread(exchange, id);
  return thread === undefined ? noThread(exchange, id) : then(thread);
}
