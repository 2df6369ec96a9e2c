/** Events of a run -> the run, its messages and its steps, one event at a time. Pure; what is sent is never trusted as a key. */
import type { AgentThread } from "./agent-types.ts";
import type { MessageDeltaChunk, ThreadMessage } from "./message-types.ts";
import type { ThreadRun } from "./run-types.ts";
import type { RunStep, RunStepDeltaChunk } from "./step-types.ts";
import { kindOf } from "./stream-events.ts";

/** What a stream has come to so far. */
export interface AgentRunState {
  /** The run as it was last told; `undefined` until its first event. Its `id` is what to poll it by. */
  run: ThreadRun | undefined;
  /** Only where the thread was made by the same call. */
  thread: AgentThread | undefined;
  /** In the order in which they began, put together from their deltas until they were whole. */
  messages: ThreadMessage[];
  steps: RunStep[];
}

type Members = Record<string, unknown>;

/** Members that come in pieces. Of any other the last value counts. */
const PIECES = /^(value|arguments|input|logs|output)$/;

/** Adds an event. Events belong to the caller, so what grows is a copy. */
export function addEvent(state: AgentRunState, event: string, data: object): void {
  switch (kindOf(event)) {
    case "thread":
      state.thread = data as AgentThread;
      break;
    case "run":
      state.run = data as ThreadRun;
      break;
    case "step":
      place(state.steps, data as RunStep);
      break;
    case "message":
      place(state.messages, data as ThreadMessage);
      break;
    case "stepDelta":
      addStepDelta(state, data as RunStepDeltaChunk);
      break;
    case "messageDelta":
      addMessageDelta(state, data as MessageDeltaChunk);
  }
}

function place<T extends { id: string }>(list: T[], item: T): void {
  const index = list.findLastIndex(({ id }) => id === item.id);
  list[index < 0 ? list.length : index] = structuredClone(item);
}

/** The item that a delta belongs to; one that was never announced begins with it. */
function grown<T extends { id: string }>(list: T[], id: string, begin: object): T {
  let item = list.findLast((other) => other.id === id);
  if (!item) {
    item = { id, ...begin } as T;
    list.push(item);
  }
  return item;
}

function addMessageDelta({ messages }: AgentRunState, { id, delta }: MessageDeltaChunk): void {
  const begin = { object: "thread.message", status: "in_progress", role: delta?.role ?? "assistant" };
  const message = grown(messages, id, begin);
  if (!Array.isArray(message.content)) message.content = [];
  const content = message.content as unknown as Members[];
  for (const part of itemsOf(delta?.content)) {
    const index = part.index ?? 0;
    if (index === content.length) {
      content.push({
        type: part.type,
        ...(part.type === "text" && { text: { value: "", annotations: [] } }),
      });
    }
    layItem(content, index, part);
  }
}

function addStepDelta({ steps }: AgentRunState, { id, delta }: RunStepDeltaChunk): void {
  const step = grown(steps, id, { object: "thread.run.step", status: "in_progress" }) as unknown as Members;
  if (isObject(delta?.step_details)) lay(step, { step_details: delta.step_details });
}

/** Lays the members of a delta over what is there: pieces are joined, lists by the index that their items say. */
function lay(target: Members, delta: object): void {
  for (const [name, value] of Object.entries(delta)) {
    if (value === null || value === undefined || name === "index" || name === "__proto__") continue;
    const before = Object.hasOwn(target, name) ? target[name] : undefined;
    if (Array.isArray(value) && value.some((item) => typeof item?.index === "number")) {
      const list = Array.isArray(before) ? before : [];
      for (const item of itemsOf(value)) layItem(list, item.index, item);
      target[name] = list;
    } else if (isObject(value)) {
      const inner = isObject(before) ? before : {};
      lay(inner, value);
      target[name] = inner;
    } else if (typeof value === "string" && typeof before === "string" && PIECES.test(name)) {
      target[name] = before + value;
    } else target[name] = structuredClone(value);
  }
}

/** In its turn only: a service must not make a list of a million holes. */
function layItem(list: Members[], index: unknown, item: object): void {
  const position = Number.isSafeInteger(index) ? (index as number) : -1;
  if (position === list.length) list.push({});
  if (position >= 0 && position < list.length) lay(list[position]!, item);
}

function itemsOf<T extends object>(value: T[] | undefined): T[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function isObject<T>(value: T): value is T & Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
