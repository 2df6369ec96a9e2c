/** Questions about a tree of messages, and the one way two trees become one. Pure. */
import type { AnswerUsage, AssistantMessage, ChatTree, Message, Siblings } from "./message.ts";

export const emptyTree: ChatTree = { messages: {}, leaf: null };

/** The ids that follow a message, oldest first; the beginnings are under `""`. */
export type Children = Readonly<Record<string, readonly string[]>>;

/** The conversation that is shown: from its beginning to the leaf. */
export function pathOf({ messages, leaf }: ChatTree): readonly Message[] {
  const path: Message[] = [];
  for (let at = leaf; at !== null; ) {
    const message: Message | undefined = own(messages, at);
    if (!message) break;
    path.push(message);
    at = message.parentId;
  }
  return path.reverse();
}

/** What follows what. Ids decide the order, so a clock that was wrong does not. */
export function childrenOf(messages: ChatTree["messages"]): Children {
  const children: Record<string, string[]> = Object.create(null);
  for (const { id, parentId } of Object.values(messages)) {
    const list = children[parentId ?? ""];
    if (list) list.push(id);
    else children[parentId ?? ""] = [id];
  }
  for (const list of Object.values(children)) list.sort(byId);
  return children;
}

export function addChild(children: Children, { id, parentId }: Message): Children {
  const key = parentId ?? "";
  const list = [...(children[key] ?? []), id].sort(byId);
  return Object.assign(Object.create(null), children, { [key]: list });
}

/** Where a path ends that goes through `id` and takes the newest branch from there on. */
export function newestLeaf(children: Children, id: string): string {
  let leaf = id;
  for (let next = children[leaf]; next; next = children[leaf]) leaf = next[next.length - 1]!;
  return leaf;
}

const known = new WeakMap<readonly string[], readonly Siblings[]>();

/** A message among its siblings; the same object as long as they are the same. */
export function siblingsOf(children: Children, message: Message): Siblings {
  const ids = children[message.parentId ?? ""] ?? [message.id];
  let all = known.get(ids);
  if (!all) {
    all = ids.map((_, index) => ({ ids, index }));
    known.set(ids, all);
  }
  return all[ids.indexOf(message.id)] ?? { ids: [message.id], index: 0 };
}

/** The usage of all answers, of every branch: what the conversation has cost. */
export function usageOf({ messages }: ChatTree): AnswerUsage {
  let sum: AnswerUsage = { prompt: 0, completion: 0, reasoning: 0, cached: 0 };
  for (const message of Object.values(messages)) {
    if (message.role === "assistant" && message.usage) sum = addUsage(sum, message.usage);
  }
  return sum;
}

export function addUsage(one: AnswerUsage | null, other: AnswerUsage): AnswerUsage {
  if (!one) return other;
  return {
    prompt: one.prompt + other.prompt,
    completion: one.completion + other.completion,
    reasoning: one.reasoning + other.reasoning,
    cached: one.cached + other.cached,
  };
}

/**
 * The messages that hang together: each follows one that is there, questions follow answers and answers follow
 * questions. Whatever else is in the tree, as a circle, is left out; a leaf that is not there is replaced by the newest.
 */
export function soundTree({ messages, leaf }: ChatTree): ChatTree {
  const children = childrenOf(messages);
  const sound = new Map<string, Message>();
  const open: (readonly [string, "user" | "assistant"])[] = (children[""] ?? []).map((id) => [id, "user"]);
  for (let next = open.pop(); next; next = open.pop()) {
    const [id, role] = next;
    const message = own(messages, id);
    if (message?.role !== role || message.id !== id || id === "") continue;
    sound.set(id, message);
    for (const child of children[id] ?? []) open.push([child, role === "user" ? "assistant" : "user"]);
  }
  // Unlike an assignment this makes a message even of an id that is `__proto__`.
  const kept: ChatTree["messages"] = Object.fromEntries(sound);
  const all = childrenOf(kept);
  const first = all[""]?.at(-1);
  return {
    messages: kept,
    leaf: leaf !== null && sound.has(leaf) ? leaf : first === undefined ? null : newestLeaf(all, first),
  };
}

/**
 * Every message of both. Where both have one, the version that has come further counts, so that neither a tab that
 * lags nor one that was closed takes text away; no message is moved to another place. `mine` is kept as it is: its answer is on its way here.
 */
export function mergeTrees(here: ChatTree, there: ChatTree, mine: string | null = null): ChatTree {
  const further = new Map<string, Message>();
  for (const [id, message] of Object.entries(there.messages)) {
    const present = own(here.messages, id);
    if (present && (id === mine || !isFurther(message, present))) continue;
    further.set(id, message);
  }
  if (further.size === 0) return here;
  const messages = { ...here.messages, ...Object.fromEntries(further) };
  const merged = soundTree({ messages, leaf: here.leaf ?? there.leaf });
  // What was added at the end of the shown path is shown; another branch is not.
  return merged.leaf === null
    ? merged
    : { ...merged, leaf: newestLeaf(childrenOf(merged.messages), merged.leaf) };
}

/** A message of a tree; never something that came in through a prototype. */
export function own(messages: ChatTree["messages"], id: string): Message | undefined {
  return Object.hasOwn(messages, id) ? messages[id] : undefined;
}

/** In the order in which one may replace the other when their text is the same. */
const RANK = { waiting: 0, streaming: 1, cut: 2, failed: 3, stopped: 4, done: 5 } as const;

function isFurther(one: Message, other: Message): boolean {
  if (one.role !== "assistant" || other.role !== "assistant" || one.parentId !== other.parentId) return false;
  const more = lengthOf(one) - lengthOf(other);
  return more > 0 || (more === 0 && RANK[one.phase] > RANK[other.phase]);
}

function lengthOf({ text, reasoning, refusal, toolCalls }: AssistantMessage): number {
  const calls = toolCalls.reduce((sum, call) => sum + 1 + (call.result === null ? 0 : 1), 0);
  return text.length + reasoning.length + refusal.length + calls;
}

function byId(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
