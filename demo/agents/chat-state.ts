// The conversation as a value and the steps that change it. Pure: no clock, no request, no storage; use-agent-chat.ts does those.
// A turn keeps every attempt at its answer, so a partial answer stays readable after a retry. Steps name the
// attempt they are about, so a late delta of one attempt cannot land in another.
import type { Failure } from "../failure.ts";
import { type AnswerBlocks, appendText, noBlocks } from "../markdown/blocks.ts";

export type Phase = "waiting" | "streaming" | "done" | "stopped" | "cut" | "failed";

export interface TokenUsage {
  readonly prompt: number;
  readonly completion: number;
}

export interface Attempt {
  readonly id: number;
  readonly model: string;
  readonly phase: Phase;
  readonly text: string;
  readonly blocks: AnswerBlocks;
  readonly reasoning: string;
  readonly usage: TokenUsage | null;
  readonly finishReason: string | null;
  readonly firstTokenMs: number | null;
  readonly failure: Failure | null;
}

export interface Turn {
  readonly id: number;
  readonly prompt: string;
  readonly attempts: readonly Attempt[];
}

export interface ChatState {
  readonly turns: readonly Turn[];
}

export type ChatAction =
  | { readonly type: "send"; readonly prompt: string; readonly model: string; readonly attempt: number }
  | { readonly type: "retry"; readonly model: string; readonly attempt: number }
  | {
      readonly type: "text";
      readonly attempt: number;
      readonly text: string;
      readonly reasoning: string;
      /** Time since the question was sent; kept for the first text only. */
      readonly elapsedMs: number;
    }
  | { readonly type: "usage"; readonly attempt: number; readonly usage: TokenUsage }
  | { readonly type: "finish-reason"; readonly attempt: number; readonly reason: string }
  | {
      readonly type: "end";
      readonly attempt: number;
      readonly phase: Exclude<Phase, "waiting" | "streaming">;
      readonly failure: Failure | null;
    }
  | { readonly type: "clear" };

export interface ChatMessage {
  readonly role: "user" | "assistant";
  readonly content: string;
}

export const emptyChat: ChatState = { turns: [] };

export function chatReducer(state: ChatState, action: ChatAction): ChatState {
  switch (action.type) {
    case "send": {
      if (isAnswering(state)) return state;
      const turn = {
        id: action.attempt,
        prompt: action.prompt,
        attempts: [newAttempt(action.attempt, action.model)],
      };
      return { turns: [...state.turns, turn] };
    }
    case "retry":
      if (isAnswering(state)) return state;
      return changeLastTurn(state, (turn) => ({
        ...turn,
        attempts: [...turn.attempts, newAttempt(action.attempt, action.model)],
      }));
    case "text":
      return changeAttempt(state, action.attempt, (attempt) => ({
        ...attempt,
        phase: "streaming",
        text: attempt.text + action.text,
        blocks: appendText(attempt.blocks, action.text),
        reasoning: attempt.reasoning + action.reasoning,
        firstTokenMs: attempt.firstTokenMs ?? action.elapsedMs,
      }));
    case "usage":
      return changeAttempt(state, action.attempt, (attempt) => ({ ...attempt, usage: action.usage }));
    case "finish-reason":
      return changeAttempt(state, action.attempt, (attempt) => ({ ...attempt, finishReason: action.reason }));
    case "end":
      return changeAttempt(state, action.attempt, (attempt) => ({
        ...attempt,
        phase: action.phase,
        failure: action.failure,
      }));
    case "clear":
      return emptyChat;
  }
}

export function lastAttempt(state: ChatState): Attempt | undefined {
  return state.turns.at(-1)?.attempts.at(-1);
}

export function isAnswering(state: ChatState): boolean {
  const attempt = lastAttempt(state);
  return attempt !== undefined && isUnfinished(attempt);
}

export function isUnfinished(attempt: Attempt): boolean {
  return attempt.phase === "waiting" || attempt.phase === "streaming";
}

/**
 * What the model is sent: every earlier question with the last attempt at its answer, then the last question.
 * A question that got no text is left out with its answer, because services refuse two user messages in a row.
 */
export function historyOf(state: ChatState): readonly ChatMessage[] {
  const messages: ChatMessage[] = [];
  for (const turn of state.turns.slice(0, -1)) {
    const answer = turn.attempts.at(-1)?.text ?? "";
    if (answer === "") continue;
    messages.push({ role: "user", content: turn.prompt }, { role: "assistant", content: answer });
  }
  const last = state.turns.at(-1);
  if (last) messages.push({ role: "user", content: last.prompt });
  return messages;
}

function newAttempt(id: number, model: string): Attempt {
  return {
    id,
    model,
    phase: "waiting",
    text: "",
    blocks: noBlocks,
    reasoning: "",
    usage: null,
    finishReason: null,
    firstTokenMs: null,
    failure: null,
  };
}

function changeLastTurn(state: ChatState, change: (turn: Turn) => Turn): ChatState {
  const last = state.turns.at(-1);
  return last ? { turns: [...state.turns.slice(0, -1), change(last)] } : state;
}

/** Only the newest attempt can change, and only until it ends. */
function changeAttempt(state: ChatState, id: number, change: (attempt: Attempt) => Attempt): ChatState {
  const attempt = lastAttempt(state);
  if (attempt?.id !== id || !isUnfinished(attempt)) return state;
  return changeLastTurn(state, (turn) => ({
    ...turn,
    attempts: [...turn.attempts.slice(0, -1), change(attempt)],
  }));
}
