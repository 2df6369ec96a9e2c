/**
 * A conversation as a value and the steps that change it. Pure: no React, no clock, no request, no storage.
 *
 * Steps about an answer name the run they belong to, and only the run that is going on can change anything: what comes
 * late from an old attempt lands nowhere. A step that does not fit leaves the state as it is, by identity.
 */
import type {
  AnswerCitation,
  AnswerFailure,
  AnswerToolCall,
  AnswerUsage,
  AssistantMessage,
  ChatTree,
  FilteredContent,
  Message,
  Phase,
  UserMessage,
} from "./message.ts";
import {
  addChild,
  addUsage,
  type Children,
  childrenOf,
  emptyTree,
  mergeTrees,
  newestLeaf,
  own,
  pathOf,
  soundTree,
} from "./tree.ts";

export interface ChatState {
  readonly tree: ChatTree;
  readonly children: Children;
  /** The answer that is on its way. */
  readonly run: { readonly id: string; readonly messageId: string } | null;
}

/** What came of an answer. Texts are added, lists and usage too; the rest replaces what was there. */
export interface AnswerUpdate {
  readonly text?: string;
  readonly reasoning?: string;
  readonly refusal?: string;
  /** Since the question went out; kept for the first text only. */
  readonly elapsedMs?: number;
  readonly reasoningMs?: number;
  /** Added, or put in place of the call with its id. */
  readonly toolCall?: AnswerToolCall;
  readonly citations?: readonly AnswerCitation[];
  readonly filtered?: readonly FilteredContent[];
  readonly usage?: AnswerUsage;
  readonly finishReason?: string;
  readonly requestId?: string;
  readonly budget?: Readonly<Record<string, string>>;
}

export type EndPhase = Exclude<Phase, "waiting" | "streaming">;

export type ChatAction =
  /** A question and the answer that is asked for. */
  | {
      readonly type: "ask";
      readonly question: UserMessage;
      readonly answer: AssistantMessage;
      readonly run: string;
    }
  /** One more answer to a question that is there. */
  | { readonly type: "answer"; readonly answer: AssistantMessage; readonly run: string }
  /** The same answer goes on. */
  | { readonly type: "continue"; readonly id: string; readonly run: string }
  | { readonly type: "update"; readonly run: string; readonly update: AnswerUpdate }
  | {
      readonly type: "end";
      readonly run: string;
      readonly phase: EndPhase;
      readonly failure: AnswerFailure | null;
      readonly durationMs: number;
    }
  /** Shows the newest path through a message. */
  | { readonly type: "switch"; readonly id: string }
  /** Another conversation in place of this one. */
  | { readonly type: "load"; readonly tree: ChatTree }
  /** What somebody else has added to this one. */
  | { readonly type: "merge"; readonly tree: ChatTree };

export type ChatStatus = "ready" | "waiting" | "streaming" | "failed";

export const emptyChat: ChatState = { tree: emptyTree, children: childrenOf({}), run: null };

export function chatReducer(state: ChatState, action: ChatAction): ChatState {
  switch (action.type) {
    case "ask": {
      const { question, answer, run } = action;
      const asked = answer.parentId === question.id ? add(state, question, null) : state;
      const both = add(asked, answer, run);
      // A question never stands alone because its answer did not fit.
      return asked === state || both === asked ? state : both;
    }
    case "answer":
      return add(state, action.answer, action.run);
    case "continue": {
      const message = own(state.tree.messages, action.id);
      if (state.run || !message || !mayContinue(message)) return state;
      const again = { ...message, phase: "waiting", failure: null, finishReason: null } as const;
      const begun = put(state, again);
      return { ...begun, run: { id: action.run, messageId: action.id } };
    }
    case "update":
      return changeRun(state, action.run, (answer) => updated(answer, action.update));
    case "end": {
      const { phase, failure, durationMs } = action;
      const ended = changeRun(state, action.run, (answer) => ({
        ...answer,
        phase,
        failure,
        durationMs: (answer.durationMs ?? 0) + durationMs,
      }));
      return ended === state ? state : { ...ended, run: null };
    }
    case "switch": {
      if (!own(state.tree.messages, action.id)) return state;
      const leaf = newestLeaf(state.children, action.id);
      return leaf === state.tree.leaf ? state : { ...state, tree: { ...state.tree, leaf } };
    }
    case "load": {
      const tree = soundTree(action.tree);
      return { tree, children: childrenOf(tree.messages), run: null };
    }
    case "merge": {
      const tree = mergeTrees(state.tree, action.tree, state.run?.messageId);
      return tree === state.tree ? state : { ...state, tree, children: childrenOf(tree.messages) };
    }
  }
}

/** How the conversation stands: what is on its way, else how the shown path ends. */
export function statusOf({ tree, run }: ChatState): ChatStatus {
  if (run) return own(tree.messages, run.messageId)?.role === "assistant" ? runPhase(tree, run) : "waiting";
  const last = tree.leaf === null ? undefined : own(tree.messages, tree.leaf);
  return last?.role === "assistant" && last.failure ? "failed" : "ready";
}

/** Whether an answer can go on where it ended. */
export function mayContinue(message: Message): message is AssistantMessage {
  if (message.role !== "assistant" || message.text === "") return false;
  return (
    message.phase === "cut" ||
    message.phase === "stopped" ||
    message.phase === "failed" ||
    (message.phase === "done" && message.finishReason === "length")
  );
}

/** The last answer of the path that is shown. */
export function lastAnswer(state: ChatState): AssistantMessage | undefined {
  const last = pathOf(state.tree).at(-1);
  return last?.role === "assistant" ? last : undefined;
}

function runPhase(tree: ChatTree, { messageId }: { messageId: string }): ChatStatus {
  const { phase } = own(tree.messages, messageId) as AssistantMessage;
  return phase === "streaming" ? "streaming" : "waiting";
}

/** Adds a message to what it follows, and shows it. */
function add(state: ChatState, message: Message, run: string | null): ChatState {
  const { messages } = state.tree;
  const parent = message.parentId === null ? undefined : own(messages, message.parentId);
  const follows =
    message.parentId === null ? message.role === "user" : parent && parent.role !== message.role;
  if (state.run || !follows || message.id === "" || own(messages, message.id)) return state;
  return {
    tree: { messages: { ...messages, [message.id]: message }, leaf: message.id },
    children: addChild(state.children, message),
    run: run === null ? null : { id: run, messageId: message.id },
  };
}

function put(state: ChatState, message: Message): ChatState {
  const { messages, leaf } = state.tree;
  return { ...state, tree: { messages: { ...messages, [message.id]: message }, leaf } };
}

function changeRun(
  state: ChatState,
  run: string,
  change: (answer: AssistantMessage) => AssistantMessage,
): ChatState {
  if (state.run?.id !== run) return state;
  const answer = own(state.tree.messages, state.run.messageId);
  return answer?.role === "assistant" ? put(state, change(answer)) : state;
}

function updated(answer: AssistantMessage, update: AnswerUpdate): AssistantMessage {
  const { text = "", reasoning = "", refusal = "", elapsedMs, toolCall, usage } = update;
  const began = text !== "" || reasoning !== "" || refusal !== "";
  return {
    ...answer,
    phase: began || toolCall ? "streaming" : answer.phase,
    text: answer.text + text,
    reasoning: answer.reasoning + reasoning,
    refusal: answer.refusal + refusal,
    firstTokenMs: answer.firstTokenMs ?? (began ? (elapsedMs ?? null) : null),
    reasoningMs: answer.reasoningMs ?? update.reasoningMs ?? null,
    toolCalls: toolCall ? withCall(answer.toolCalls, toolCall) : answer.toolCalls,
    citations: update.citations ? [...answer.citations, ...update.citations] : answer.citations,
    filtered: update.filtered ? withFiltered(answer.filtered, update.filtered) : answer.filtered,
    usage: usage ? addUsage(answer.usage, usage) : answer.usage,
    finishReason: update.finishReason ?? answer.finishReason,
    requestId: update.requestId ?? answer.requestId,
    budget: update.budget ?? answer.budget,
  };
}

function withCall(calls: readonly AnswerToolCall[], call: AnswerToolCall): readonly AnswerToolCall[] {
  const at = calls.findIndex(({ id }) => id === call.id);
  return at === -1 ? [...calls, call] : calls.with(at, call);
}

function withFiltered(
  known: readonly FilteredContent[],
  more: readonly FilteredContent[],
): readonly FilteredContent[] {
  const names = new Set(known.map(({ category }) => category));
  return [...known, ...more.filter(({ category }) => !names.has(category))];
}
