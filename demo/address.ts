// Which conversation the address names: `#c=<id>`, an id and never words. Reload, back and forward lead to it.
import { useCallback, useSyncExternalStore } from "react";

const NAMED = /^#c=([\w-]{1,64})$/;
const listeners = new Set<() => void>();

export function conversationIn(hash: string): string | null {
  return NAMED.exec(hash)?.[1] ?? null;
}

export interface Address {
  /** Null for a new chat. */
  readonly conversation: string | null;
  /** `replace` leaves no place to go back to. */
  go(conversation: string | null, replace?: boolean): void;
}

export function useAddress(): Address {
  const conversation = useSyncExternalStore(subscribe, () => conversationIn(location.hash));
  const go = useCallback((next: string | null, replace = false) => {
    if (next === conversationIn(location.hash)) return;
    const url = next === null ? location.pathname : `#c=${next}`;
    if (replace) history.replaceState(null, "", url);
    else history.pushState(null, "", url);
    for (const listener of listeners) listener();
  }, []);
  return { conversation, go };
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("popstate", listener);
  };
}

/** Unguessable, so that no link leads into somebody else's conversation by chance. */
export function newConversationId(): string {
  return crypto.randomUUID();
}
