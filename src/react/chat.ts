/**
 * A conversation that runs: the state machine of `chat-machine.ts`, the requests, and the clock. Knows no React, so it
 * can be tested and kept without it; `use-chat.ts` is its hook.
 */
import type { AnyTool } from "../tools/index.ts";
import { defaultSettings, emptyAnswer } from "./blank.ts";
import {
  type AnswerUpdate,
  type ChatAction,
  type ChatState,
  chatReducer,
  type EndPhase,
  emptyChat,
  lastAnswer,
  mayContinue,
} from "./chat-machine.ts";
import { requestOf } from "./conversation-request.ts";
import { describeFailure, filteredBy, isCut } from "./failure.ts";
import { createFrameBatch, type FrameBatch, type FrameScheduler, nextFrame } from "./frame-batch.ts";
import { createIds } from "./ids.ts";
import type {
  AnswerFailure,
  AssistantMessage,
  Attachment,
  ChatSettings,
  ChatTree,
  UserMessage,
} from "./message.ts";
import { type ChatClient, readAnswer } from "./read-answer.ts";
import { emptyTree, own, pathOf } from "./tree.ts";

/** Options of `useChat`. They may change from render to render; an answer goes on with those it began with. */
export interface ChatOptions {
  /** Asks the model: a `ChatCompletionsClient`, or what has its `complete`. A function is called for each answer. */
  client: ChatClient | (() => ChatClient | PromiseLike<ChatClient>);
  /** How answers are asked for. `model` is all that is needed. */
  settings: Partial<ChatSettings> & { model: string };
  /** Tools that the model may call, if `settings.tools` names them. Default: none. */
  tools?: readonly AnyTool[] | undefined;
  /** The conversation to begin with. Default: an empty one. */
  initial?: ChatTree | undefined;
  /** Told of every change of the conversation: the place to store it. What it throws ends no answer and is an uncaught error. */
  onChange?: ((tree: ChatTree) => void) | undefined;
  /** Puts an error into words. Default: English sentences by the error's kind. */
  describeFailure?: ((error: unknown, hasText: boolean) => AnswerFailure) | undefined;
  /** What is left of the caller's budget, asked for when an answer begins. Default: unknown. */
  budget?: (() => Readonly<Record<string, string>> | null) | undefined;
  /** When deltas are shown. Default: with the next animation frame. */
  schedule?: FrameScheduler | undefined;
}

/** What a person can do to a conversation. While an answer is on its way, all but `stop` and `switchTo` do nothing. */
export interface ChatActions {
  /** Asks a question at the end of the shown path. */
  send(text: string, attachments?: readonly Attachment[]): void;
  /** Ends the answer that is on its way; what has come of it stays. */
  stop(): void;
  /** Asks for another answer beside this one. Default: the last. */
  regenerate(id?: string): void;
  /** Asks a question anew beside the old one, which stays with all that followed it. */
  edit(id: string, text: string, attachments?: readonly Attachment[]): void;
  /** Asks the last question again. What had come of the failed answer stays as its sibling. */
  retry(): void;
  /** Lets an answer go on that was cut, stopped or too long; the rest is added to its text. */
  continueAnswer(): void;
  /** Shows the path through a message. */
  switchTo(id: string): void;
  /** Shows another conversation; an answer on its way is stopped. */
  load(tree: ChatTree): void;
  /** Adds what another tab or device has of this conversation. Nothing is lost, and an answer goes on. */
  merge(tree: ChatTree): void;
  /** Begins anew. */
  clear(): void;
  /** The body that `send` would send now, but for tools: to show it. @throws {SyntaxError} when the schema is no JSON. */
  requestFor(text: string, attachments?: readonly Attachment[]): object;
}

export interface ChatStore extends ChatActions {
  state(): ChatState;
  /** Why the last answer failed. */
  error(): unknown;
  subscribe(listener: () => void): () => void;
  configure(options: ChatOptions): void;
}

interface Run {
  readonly id: string;
  readonly abort: AbortController;
  readonly batch: FrameBatch;
  readonly startedAt: number;
}

export function createChat(given: ChatOptions): ChatStore {
  let options = given;
  let state = emptyChat;
  let error: unknown;
  let run: Run | null = null;
  let runs = 0;
  const listeners = new Set<() => void>();
  const nextId = createIds(Date.now, Math.random);
  if (given.initial) state = chatReducer(state, { type: "load", tree: given.initial });

  function dispatch(action: ChatAction): boolean {
    const before = state;
    state = chatReducer(state, action);
    if (state === before) return false;
    if (state.tree !== before.tree) tellPage();
    for (const listener of listeners) listener();
    return true;
  }

  /** What the page throws, as for a full storage, is the page's own: an answer that is on its way does not end by it. */
  function tellPage(): void {
    try {
      options.onChange?.(state.tree);
    } catch (thrown) {
      setTimeout(() => {
        throw thrown;
      });
    }
  }

  const settings = (): ChatSettings => ({ ...defaultSettings, ...options.settings });
  const newRun = () => {
    error = undefined;
    runs += 1;
    return `run-${runs}`;
  };
  const newId = () => nextId(Object.keys(state.tree.messages));

  function newAnswer(id: string, parentId: string): AssistantMessage {
    return { ...emptyAnswer, id, parentId, model: settings().model, createdAt: Date.now() };
  }

  function ask(text: string, attachments: readonly Attachment[], parentId: string | null): void {
    if (state.run || (text.trim() === "" && attachments.length === 0)) return;
    const [questionId, answerId] = [newId(), newId()];
    const question: UserMessage = {
      id: questionId,
      parentId,
      role: "user",
      text,
      attachments,
      createdAt: Date.now(),
    };
    const id = newRun();
    if (dispatch({ type: "ask", question, answer: newAnswer(answerId, questionId), run: id })) begin(id);
  }

  function answerTo(questionId: string): void {
    const id = newRun();
    if (dispatch({ type: "answer", answer: newAnswer(newId(), questionId), run: id })) begin(id);
  }

  /** Asks for the answer that the state has just begun. */
  function begin(id: string): void {
    const startedAt = performance.now();
    let firstAt: number | undefined;
    let thinks = false;
    const tell = (update: AnswerUpdate) => {
      const elapsedMs = (firstAt ?? performance.now()) - startedAt;
      dispatch({ type: "update", run: id, update: { ...update, elapsedMs } });
    };
    const batch = createFrameBatch(tell, options.schedule ?? nextFrame);
    run = { id, abort: new AbortController(), batch, startedAt };
    void answer(run, (update) => {
      const { text = "", reasoning = "", ...rest } = update;
      const now = performance.now();
      if (text || reasoning || update.refusal) firstAt ??= now;
      if (text && thinks) tell({ reasoningMs: now - firstAt! });
      thinks = text ? false : thinks || reasoning !== "";
      if (text || reasoning) batch.add({ text, reasoning });
      if (Object.keys(rest).length > 0) tell(rest);
    });
  }

  async function answer(current: Run, tell: (update: AnswerUpdate) => void): Promise<void> {
    const { abort, batch } = current;
    const { client, budget, describeFailure: describe = describeFailure } = options;
    const path = pathOf(state.tree).slice(0, -1);
    const continued = lastAnswer(state);
    const had = continued?.text ?? "";
    let hasText = false;
    try {
      const asked = settings();
      const question = {
        client: typeof client === "function" ? await client() : client,
        request: requestOf(had === "" ? path : [...path, continued!], asked),
        tools: (options.tools ?? []).filter(({ name }) => asked.tools.includes(name)),
        signal: abort.signal,
      };
      let told = false;
      await readAnswer(question, (update) => {
        if (!told) {
          told = true;
          const left = budget?.();
          if (left) tell({ budget: left });
        }
        hasText ||= Boolean(update.text);
        tell(update);
      });
      await batch.drained();
      end(current, "done", null);
    } catch (thrown) {
      // Whoever aborted has said how the answer ended.
      if (abort.signal.aborted) return;
      await batch.drained();
      if (abort.signal.aborted) return;
      error = thrown;
      const filtered = filteredBy(thrown);
      if (filtered.length > 0) tell({ filtered });
      const text = hasText || had !== "";
      end(current, text && isCut(thrown) ? "cut" : "failed", describe(thrown, text));
    }
  }

  function end(ended: Run, phase: EndPhase, failure: AnswerFailure | null): void {
    if (run === ended) run = null;
    const durationMs = performance.now() - ended.startedAt;
    dispatch({ type: "end", run: ended.id, phase, failure, durationMs });
  }

  function stop(): void {
    if (!run) return;
    run.abort.abort();
    run.batch.stop();
    end(run, "stopped", null);
  }

  return {
    state: () => state,
    error: () => error,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    configure(next) {
      options = next;
    },
    send(text, attachments = []) {
      const last = pathOf(state.tree).at(-1);
      // A question that nothing answered, as one that was imported, stays as a branch of its own.
      ask(text, attachments, last?.role === "user" ? last.parentId : (last?.id ?? null));
    },
    stop,
    regenerate(id = lastAnswer(state)?.id) {
      const message = id === undefined ? undefined : own(state.tree.messages, id);
      if (message?.role === "assistant") answerTo(message.parentId);
    },
    edit(id, text, attachments) {
      const message = own(state.tree.messages, id);
      if (message?.role === "user") ask(text, attachments ?? message.attachments, message.parentId);
    },
    retry() {
      const last = pathOf(state.tree).at(-1);
      if (last) answerTo(last.role === "user" ? last.id : last.parentId);
    },
    continueAnswer() {
      const last = lastAnswer(state);
      if (!last || !mayContinue(last)) return;
      const id = newRun();
      if (dispatch({ type: "continue", id: last.id, run: id })) begin(id);
    },
    switchTo: (id) => void dispatch({ type: "switch", id }),
    load(tree) {
      stop();
      dispatch({ type: "load", tree });
    },
    merge: (tree) => void dispatch({ type: "merge", tree }),
    requestFor(text, attachments = []) {
      const question: UserMessage = {
        id: "",
        parentId: null,
        role: "user",
        text,
        attachments,
        createdAt: 0,
      };
      return requestOf([...pathOf(state.tree), question], settings());
    },
    clear() {
      stop();
      dispatch({ type: "load", tree: emptyTree });
    },
  };
}
