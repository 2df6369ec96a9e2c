/** The hook: a conversation of `chat.ts` for as long as a component lives. */
import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { type ChatActions, type ChatOptions, createChat } from "./chat.ts";
import { type ChatStatus, statusOf } from "./chat-machine.ts";
import type { AnswerFailure, AnswerUsage, ChatTree, Message, Siblings } from "./message.ts";
import { own, pathOf, siblingsOf, usageOf } from "./tree.ts";

/** What {@link useChat} gives. The functions keep their identity. */
export interface Chat extends ChatActions {
  /** The shown path, from the first question to the last answer. Messages that did not change keep their identity. */
  readonly messages: readonly Message[];
  /** Every branch: what to store. */
  readonly tree: ChatTree;
  readonly status: ChatStatus;
  /** What the last answer of the path failed with, in words. */
  readonly failure: AnswerFailure | null;
  /** The error itself: a `LatchkeyError` with its `kind`, unless a client of another make threw. */
  readonly error: unknown;
  /** Of all branches together. */
  readonly usage: AnswerUsage;
  /** A message among those that were asked or answered in its place. */
  siblings(id: string): Siblings;
}

/**
 * A conversation with a model: questions, streamed answers, branches, and what went wrong.
 *
 * Deltas are shown once per animation frame, however fast they come. The answer on its way ends with the component.
 * Nothing is stored: `onChange` is told of each change, `initial` is where a stored conversation comes back.
 *
 * Nothing here throws for what a service does: a failure is part of its answer (`failure`, `phase`), and `error` is the
 * client's own error.
 *
 * @example
 * ```tsx
 * import { ChatCompletionsClient, workerSession } from "latchkey";
 * import { useChat } from "latchkey/react";
 *
 * const worker = "https://my-worker.example.workers.dev";
 * const client = new ChatCompletionsClient(`${worker}/models`, workerSession(worker));
 *
 * export function Hello() {
 *   const chat = useChat({ client, settings: { model: "gpt-5-mini" } });
 *   return <button onClick={() => chat.send("Hello")}>{chat.messages.at(-1)?.text ?? "Say hello"}</button>;
 * }
 * ```
 */
export function useChat(options: ChatOptions): Chat {
  const [store] = useState(() => createChat(options));
  useEffect(() => store.configure(options));
  useEffect(() => store.stop, [store]);
  const state = useSyncExternalStore(store.subscribe, store.state, store.state);
  const { tree, children } = state;
  return useMemo(() => {
    const messages = pathOf(tree);
    const last = messages.at(-1);
    const { state: _state, error, subscribe: _subscribe, configure: _configure, ...actions } = store;
    return {
      ...actions,
      messages,
      tree,
      status: statusOf(state),
      failure: last?.role === "assistant" ? last.failure : null,
      error: error(),
      usage: usageOf(tree),
      siblings(id) {
        const message = own(tree.messages, id);
        return message ? siblingsOf(children, message) : { ids: [], index: -1 };
      },
    };
  }, [store, state, tree, children]);
}
