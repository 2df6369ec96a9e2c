/** `/conversations`: what responses remember, kept by the service. */

import type { ApiPromise } from "../http/api-promise.ts";
import type { Call, RequestOptions } from "../http/caller.ts";
import { type CursorPageParams, list, type PagePromise } from "../http/list.ts";
import { path } from "../http/path.ts";
import { type Deleted, readDeleted } from "./files.ts";
import type { ResponseInputItem, ResponseItem } from "./response-items.ts";
import type { ResponseIncludable } from "./response-types.ts";

export interface Conversation {
  id: string;
  object: "conversation";
  created_at: number;
  metadata: Record<string, string> | null;
}

export interface ConversationCreateParams {
  /** At most 20 to begin with. */
  items?: ResponseInputItem[] | null;
  metadata?: Record<string, string> | null;
}

/** Items that were added. */
export interface ConversationItemList {
  object: "list";
  data: ResponseItem[];
  has_more: boolean;
  first_id: string;
  last_id: string;
}

export interface ItemListParams extends CursorPageParams {
  order?: "asc" | "desc";
  include?: ResponseIncludable[];
}

export interface ConversationItems {
  /** Adds up to 20 items. */
  create(
    conversationId: string,
    params: { items: ResponseInputItem[]; include?: ResponseIncludable[] },
    options?: RequestOptions,
  ): ApiPromise<ConversationItemList>;
  retrieve(
    itemId: string,
    params: { conversation_id: string; include?: ResponseIncludable[] },
    options?: RequestOptions,
  ): ApiPromise<ResponseItem>;
  /** Lists items: `for await` gives each one, `await` the first page. */
  list(
    conversationId: string,
    query?: ItemListParams | null,
    options?: RequestOptions,
  ): PagePromise<ResponseItem>;
  /** Takes an item out; the conversation is what comes back. */
  delete(
    itemId: string,
    params: { conversation_id: string },
    options?: RequestOptions,
  ): ApiPromise<Conversation>;
}

export interface Conversations {
  create(body?: ConversationCreateParams, options?: RequestOptions): ApiPromise<Conversation>;
  retrieve(conversationId: string, options?: RequestOptions): ApiPromise<Conversation>;
  /** Replaces the metadata. */
  update(
    conversationId: string,
    body: { metadata: Record<string, string> | null },
    options?: RequestOptions,
  ): ApiPromise<Conversation>;
  /** Deletes the conversation; its items stay until they expire. */
  delete(conversationId: string, options?: RequestOptions): ApiPromise<Deleted>;
  items: ConversationItems;
}

export const conversations = (call: Call): Conversations => ({
  create: (body = {}, options) => call("POST", "/conversations", options, { body }),
  retrieve: (id, options) => call("GET", path`/conversations/${id}`, options),
  update: (id, body, options) => call("POST", path`/conversations/${id}`, options, { body }),
  delete: (id, options) =>
    call("DELETE", path`/conversations/${id}`, options, { read: readDeleted(id, "conversation.deleted") }),
  items: {
    create: (id, { include, ...body }, options) =>
      call("POST", path`/conversations/${id}/items`, options, { body, query: { include }, needs: "data" }),
    retrieve: (id, { conversation_id, ...query }, options) =>
      call("GET", path`/conversations/${conversation_id}/items/${id}`, options, { query }),
    list: (id, query, options) => list(call, path`/conversations/${id}/items`, query, options),
    delete: (id, { conversation_id }, options) =>
      call("DELETE", path`/conversations/${conversation_id}/items/${id}`, options),
  },
});
