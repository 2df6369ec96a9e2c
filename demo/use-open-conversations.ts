// Which conversations are open: the one that is shown, and those with an answer on its way. What is sent before a
// conversation is there waits for it.
import type { AssistantMessage, Attachment } from "latchkey/react";
import { useCallback, useEffect, useMemo, useState } from "react";
import type { Live } from "./conversations/live.ts";

export interface Pending {
  readonly id: string;
  readonly text: string;
  readonly attachments: readonly Attachment[];
}

export interface OpenConversations {
  readonly ids: readonly string[];
  /** The shown one, when it is there. */
  readonly live: Live | null;
  readonly busy: ReadonlySet<string>;
  /** Messages whose conversations are not there yet. */
  readonly pending: readonly Pending[];
  /** The shown answer, if it came while it was shown: what is read of old ones is nobody's news. */
  readonly announced: AssistantMessage | undefined;
  onLive(id: string, live: Live | null): void;
  send(id: string, text: string, attachments: readonly Attachment[]): void;
  /** A message that waits is not sent. */
  takeBack(message: Pending): void;
}

export function useOpenConversations(shown: string | null): OpenConversations {
  const [lives, setLives] = useState<ReadonlyMap<string, Live>>(new Map());
  const [pending, setPending] = useState<readonly Pending[]>([]);
  /** Sent to and not answering yet: they stay open, shown or not. */
  const [sent, setSent] = useState<readonly string[]>([]);
  const [heard, setHeard] = useState<string | null>(null);
  const live = (shown === null ? undefined : lives.get(shown)) ?? null;

  const onLive = useCallback((id: string, next: Live | null) => {
    if (next?.answering)
      setSent((before) => (before.includes(id) ? before.filter((one) => one !== id) : before));
    setLives((before) => {
      const after = new Map(before);
      if (next) after.set(id, next);
      else after.delete(id);
      return after;
    });
  }, []);

  useEffect(() => {
    const there = pending.filter(({ id }) => lives.has(id));
    if (there.length === 0) return;
    for (const { id, text, attachments } of there) lives.get(id)?.send(text, attachments);
    setPending((before) => before.filter((one) => !there.includes(one)));
    setSent((before) => [...before, ...there.map(({ id }) => id)]);
  }, [lives, pending]);

  const { answering = false, last = null } = live ?? {};
  if (answering && last && last.id !== heard) setHeard(last.id);

  const ids = useMemo(() => {
    const open = [...lives.values()].filter((one) => one.answering).map(({ id }) => id);
    return [
      ...new Set([...open, ...sent, ...pending.map(({ id }) => id), ...(shown === null ? [] : [shown])]),
    ];
  }, [lives, pending, sent, shown]);
  const busyIds = [...lives.values()].filter((one) => one.answering).map(({ id }) => id);
  const busyKey = busyIds.join(" ");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same ids are the same set
  const busy = useMemo(() => new Set(busyIds), [busyKey]);

  return {
    ids,
    live,
    busy,
    pending,
    announced: last && last.id === heard ? last : undefined,
    onLive,
    send: useCallback(
      (id, text, attachments) => setPending((before) => [...before, { id, text, attachments }]),
      [],
    ),
    takeBack: useCallback((message) => setPending((before) => before.filter((one) => one !== message)), []),
  };
}
