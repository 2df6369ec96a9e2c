// The conversations of this browser, once their store is loaded: after the page is painted, because nobody needs them
// to begin a chat.
import { useEffect, useState, useSyncExternalStore } from "react";
import type { Library, LibraryState } from "./conversations/library.ts";
import { loadLibrary } from "./later-parts.ts";

const NOTHING: LibraryState = { items: [], inMemory: false, problem: null };
const never = () => () => {};
const nothing = () => NOTHING;

export interface OpenLibrary {
  /** Null until it is there. */
  readonly library: Library | null;
  readonly state: LibraryState;
  /** It could not be loaded: without it no message can be sent. */
  readonly failed: boolean;
}

export function useLibrary(): OpenLibrary {
  const [library, setLibrary] = useState<Library | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let wanted = true;
    loadLibrary()
      .then(({ openLibrary }) => openLibrary())
      .then(
        (opened) => wanted && setLibrary(opened),
        () => wanted && setFailed(true),
      );
    return () => {
      wanted = false;
    };
  }, []);
  const state = useSyncExternalStore(library?.subscribe ?? never, library?.state ?? nothing);
  return { library, state, failed };
}
