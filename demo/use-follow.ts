// Keeps the newest text in view while an answer grows, unless the reader has scrolled up.
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

/** Closer to the end than this counts as being there: rounding and a line of slack. */
const AT_END_PX = 64;

export interface Follow {
  readonly atEnd: boolean;
  toEnd(): void;
}

/** `content` is whatever changes when the page grows. */
export function useFollow(content: unknown): Follow {
  const following = useRef(true);
  const [atEnd, setAtEnd] = useState(true);

  const toEnd = useCallback(() => {
    following.current = true;
    setAtEnd(true);
    scrollToEnd();
  }, []);

  useEffect(() => {
    const onScroll = () => {
      const { scrollHeight, clientHeight, scrollTop } = document.documentElement;
      following.current = scrollHeight - clientHeight - scrollTop <= AT_END_PX;
      setAtEnd(following.current);
    };
    addEventListener("scroll", onScroll, { passive: true });
    return () => removeEventListener("scroll", onScroll);
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: growing content is the cue to scroll
  useLayoutEffect(() => {
    if (following.current) scrollToEnd();
  }, [content]);

  return { atEnd, toEnd };
}

function scrollToEnd(): void {
  scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });
}
