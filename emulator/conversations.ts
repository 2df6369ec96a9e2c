// Conversations: a list of items that responses read and write, and that callers can change themselves.

import { reading, stepIn } from "./enter.ts";
import { type Exchange, refuse as sendRefusal } from "./exchange.ts";
import { type Item, readItems } from "./items.ts";
import { type JsonObject, refuse } from "./json.ts";
import { list, metadata } from "./members.ts";
import { pageOf } from "./paging.ts";
import { parseBody, readMembers } from "./read-members.ts";
import type { RouteValues } from "./routes.ts";
import { sendJson } from "./send.ts";
import { keep, newId, nowSeconds } from "./state.ts";

export interface Conversation {
  readonly id: string;
  readonly createdAt: number;
  metadata: unknown;
  readonly items: Item[];
}

const MAX_ITEMS_AT_ONCE = 20;

function readNewItems(exchange: Exchange, value: unknown): readonly Item[] {
  list(value, "items");
  const { length } = value as unknown[];
  if (length > MAX_ITEMS_AT_ONCE) {
    refuse("invalid-value", "items", length, `at most ${MAX_ITEMS_AT_ONCE} items`);
  }
  return readItems(exchange, value, "items");
}

function conversationObject({ id, createdAt, metadata: pairs }: Conversation): JsonObject {
  return { id, object: "conversation", created_at: createdAt, metadata: pairs };
}

/** Two items may not have one id: the later one gets the place. */
export function appendTo({ state }: Exchange, id: string, items: readonly Item[]): void {
  const conversation = state.conversations.get(id);
  for (const item of items) {
    const at = conversation?.items.findIndex((known) => known.id === item.id) ?? -1;
    if (at >= 0) conversation?.items.splice(at, 1);
    conversation?.items.push(item);
  }
}

export function createConversation(exchange: Exchange): Promise<Response> {
  const { dialect, record, state } = exchange;
  return reading(
    exchange,
    () => {
      // The body may be left out altogether.
      const text = record.body === "" ? "{}" : record.body;
      const body = readMembers(dialect, text, { items: list, metadata });
      return { items: readNewItems(exchange, body.items ?? []), pairs: body.metadata ?? {} };
    },
    async ({ items, pairs }) => {
      const instead = await stepIn(exchange);
      if (instead !== undefined) return instead;
      const id = newId(exchange, "conv_");
      const conversation = { id, createdAt: nowSeconds(exchange), metadata: pairs, items: [...items] };
      return sendJson(exchange, conversationObject(keep(state.conversations, id, conversation)));
    },
  );
}

export function getConversation(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withConversation(exchange, values, (conversation) =>
    sendJson(exchange, conversationObject(conversation)),
  );
}

export function updateConversation(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withConversation(exchange, values, (conversation) =>
    reading(
      exchange,
      () => {
        const { metadata: pairs = {} } = readMembers(exchange.dialect, exchange.record.body, { metadata });
        if (!Object.hasOwn(parseBody(exchange.record.body), "metadata")) {
          refuse("missing-parameter", "metadata", undefined, "an object");
        }
        return pairs;
      },
      (pairs) => {
        conversation.metadata = pairs;
        return sendJson(exchange, conversationObject(conversation));
      },
    ),
  );
}

export function deleteConversation(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withConversation(exchange, values, ({ id }) => {
    exchange.state.conversations.delete(id);
    return sendJson(exchange, { id, object: "conversation.deleted", deleted: true });
  });
}

export function createItems(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withConversation(exchange, values, ({ id }) =>
    reading(
      exchange,
      () => {
        const body = readMembers(exchange.dialect, exchange.record.body, { items: list });
        if (body.items === undefined) refuse("missing-parameter", "items", undefined, "an array");
        return readNewItems(exchange, body.items);
      },
      (items) => {
        appendTo(exchange, id, items);
        const first = items[0]?.id ?? null;
        const last = items.at(-1)?.id ?? null;
        return sendJson(exchange, {
          object: "list",
          data: items,
          first_id: first,
          last_id: last,
          has_more: false,
        });
      },
    ),
  );
}

export function listItems(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withConversation(exchange, values, ({ items }) =>
    reading(
      exchange,
      () => pageOf(exchange.url, items, { limit: 20, mostItems: 100, order: "desc" }),
      (page) => sendJson(exchange, page),
    ),
  );
}

export function getItem(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withItem(exchange, values, (_conversation, item) => sendJson(exchange, item));
}

export function deleteItem(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withItem(exchange, values, (conversation, item) => {
    conversation.items.splice(conversation.items.indexOf(item), 1);
    return sendJson(exchange, conversationObject(conversation));
  });
}

function withItem(
  exchange: Exchange,
  values: RouteValues,
  then: (conversation: Conversation, item: Item) => Response,
): Promise<Response> {
  return withConversation(exchange, values, (conversation) => {
    const item = conversation.items.find(({ id }) => id === values.item);
    if (item !== undefined) return then(conversation, item);
    const message = `Item with id '${values.item}' not found in conversation '${conversation.id}'.`;
    return sendRefusal(exchange, { reason: "not-found", message });
  });
}

async function withConversation(
  exchange: Exchange,
  { id = "" }: RouteValues,
  then: (conversation: Conversation) => Response | Promise<Response>,
): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const conversation = exchange.state.conversations.get(id);
  if (conversation !== undefined) return then(conversation);
  return sendRefusal(exchange, { reason: "not-found", message: `Conversation with id '${id}' not found.` });
}
