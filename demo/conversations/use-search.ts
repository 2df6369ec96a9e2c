// The conversations that have the words of a query.
import { useEffect, useState } from "react";
import type { Library, LibraryState } from "./library.ts";

/** After the last key. */
const WAIT_MS = 150;

/** Null without a query: all of them. While a search is on its way, what the last one found. */
export function useSearch(
  library: Library,
  items: LibraryState["items"],
  query: string,
): ReadonlySet<string> | null {
  const [found, setFound] = useState<ReadonlySet<string> | null>(null);
  const isEmpty = query.trim() === "";
  // biome-ignore lint/correctness/useExhaustiveDependencies: a changed conversation may have other words
  useEffect(() => {
    if (isEmpty) return setFound(null);
    let wanted = true;
    const timer = setTimeout(() => {
      library.search(query).then((ids) => wanted && setFound(ids));
    }, WAIT_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [library, items, query, isEmpty]);
  return isEmpty ? null : found;
}
