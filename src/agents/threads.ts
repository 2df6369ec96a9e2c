/** `/threads` and their messages. */
import type { ApiPromise } from "../http/api-promise.ts";
import type { Call, RequestOptions } from "../http/caller.ts";
import { list, type PagePromise } from "../http/list.ts";
import { path } from "../http/path.ts";
import type {
  AgentListParams,
  AgentThread,
  Deletion,
  ThreadCreateParams,
  ThreadUpdateParams,
} from "./agent-types.ts";
import type {
  MessageCreateParams,
  MessageListParams,
  MessageUpdateParams,
  ThreadMessage,
} from "./message-types.ts";

export interface ThreadOperations {
  /** Makes a thread; without a body an empty one. */
  createThread(body?: ThreadCreateParams | null, options?: RequestOptions): ApiPromise<AgentThread>;
  getThread(threadId: string, options?: RequestOptions): ApiPromise<AgentThread>;
  updateThread(threadId: string, body: ThreadUpdateParams, options?: RequestOptions): ApiPromise<AgentThread>;
  deleteThread(threadId: string, options?: RequestOptions): ApiPromise<Deletion>;
  /** Lists threads, newest first: `for await` gives each one, `await` the first page. Services before 2025 don't know it. */
  listThreads(query?: AgentListParams | null, options?: RequestOptions): PagePromise<AgentThread>;
  createMessage(
    threadId: string,
    body: MessageCreateParams,
    options?: RequestOptions,
  ): ApiPromise<ThreadMessage>;
  /** Lists messages, newest first, of one run with `run_id`: `for await` gives each one, `await` the first page. */
  listMessages(
    threadId: string,
    query?: MessageListParams | null,
    options?: RequestOptions,
  ): PagePromise<ThreadMessage>;
  getMessage(threadId: string, messageId: string, options?: RequestOptions): ApiPromise<ThreadMessage>;
  updateMessage(
    threadId: string,
    messageId: string,
    body: MessageUpdateParams,
    options?: RequestOptions,
  ): ApiPromise<ThreadMessage>;
}

/** The operations of threads and messages alone, for {@link connectAgents}. */
export const threadOperations = (call: Call): ThreadOperations => ({
  createThread: (body, options) => call("POST", "/threads", options, { body: body ?? {} }),
  getThread: (id, options) => call("GET", path`/threads/${id}`, options),
  updateThread: (id, body, options) => call("POST", path`/threads/${id}`, options, { body }),
  deleteThread: (id, options) => call("DELETE", path`/threads/${id}`, options),
  listThreads: (query, options) => list(call, "/threads", query, options),
  createMessage: (id, body, options) => call("POST", path`/threads/${id}/messages`, options, { body }),
  listMessages: (id, query, options) => list(call, path`/threads/${id}/messages`, query, options),
  getMessage: (id, message, options) => call("GET", path`/threads/${id}/messages/${message}`, options),
  updateMessage: (id, message, body, options) =>
    call("POST", path`/threads/${id}/messages/${message}`, options, { body }),
});
