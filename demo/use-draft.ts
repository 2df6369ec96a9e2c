// What is written and not yet sent, one for each conversation; it survives a reload.
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Library } from "./conversations/library.ts";
import type { Draft } from "./conversations/record.ts";

const SAVE_MS = 250;
const EMPTY: Draft = { text: "", attachments: [] };

export interface DraftBox {
  readonly draft: Draft;
  /** Of the conversation it was given for, also when another one is shown by now. */
  change(to: (draft: Draft) => Draft): void;
}

/** `conversation` is null for a new chat. */
export function useDraft(library: Library | null, conversation: string | null): DraftBox {
  // No conversation has an id with a space.
  const key = conversation ?? "new chat";
  const [shown, setShown] = useState({ key, draft: EMPTY, library });
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const unsaved = useRef<(() => void) | null>(null);

  const save = useCallback(() => {
    clearTimeout(timer.current);
    unsaved.current?.();
    unsaved.current = null;
  }, []);

  // Another conversation, or the stored drafts are there at last. What was written before that stays.
  if (shown.key !== key || shown.library !== library) {
    const kept = shown.key === key && shown.draft !== EMPTY;
    setShown({ key, draft: kept ? shown.draft : (library?.draft(key) ?? EMPTY), library });
  }

  // What was written before the store was there.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the store's coming is the cue, and the draft of that moment counts
  useEffect(() => {
    if (library && shown.draft !== EMPTY) library.saveDraft(key, shown.draft);
  }, [library]);

  useEffect(() => {
    addEventListener("pagehide", save);
    return () => removeEventListener("pagehide", save);
  }, [save]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: leaving a conversation stores its draft
  useEffect(() => save, [save, key]);

  const latest = useRef(shown);
  // Before any event can find a handler of the new conversation.
  useLayoutEffect(() => {
    latest.current = shown;
  });
  const change = useCallback(
    (to: (draft: Draft) => Draft) => {
      // Who holds on to this may have got it before the store was there.
      const { key: open, draft: current, library } = latest.current;
      if (open !== key) {
        library?.saveDraft(key, to(library.draft(key)));
        return;
      }
      const draft = to(current);
      latest.current = { key, draft, library };
      setShown(latest.current);
      unsaved.current = () => library?.saveDraft(key, draft);
      clearTimeout(timer.current);
      timer.current = setTimeout(save, SAVE_MS);
    },
    [key, save],
  );
  return { draft: shown.draft, change };
}
