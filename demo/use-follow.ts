// Keeps the newest text in view while an answer grows, unless the reader has scrolled up.
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

/** Closer to the end than this counts as being there: rounding and a line of slack. */
const AT_END_PX = 64;

export interface Follow {
  readonly atEnd: boolean;
  toEnd(): void;
  /** The page has grown: its end stays in view, if it was. */
  keepUp(): void;
}

/** `content` is whatever changes when the page grows, where the caller sees it change. */
export function useFollow(content?: unknown): Follow {
  const following = useRef(true);
  const [atEnd, setAtEnd] = useState(true);

  const toEnd = useCallback(() => {
    following.current = true;
    setAtEnd(true);
    scrollToEnd();
  }, []);

  useEffect(() => {
    let lastTop = 0;
    const onScroll = () => {
      const { scrollHeight, clientHeight, scrollTop } = document.documentElement;
      // The page may have grown between a scroll and its event: only who goes up wants to read on where they are.
      if (scrollHeight - clientHeight - scrollTop <= AT_END_PX) following.current = true;
      else if (scrollTop < lastTop) following.current = false;
      lastTop = scrollTop;
      setAtEnd(following.current);
    };
    addEventListener("scroll", onScroll, { passive: true });
    return () => removeEventListener("scroll", onScroll);
  }, []);

  const keepUp = useCallback(() => {
    if (following.current) scrollToEnd();
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: growing content is the cue to scroll
  useLayoutEffect(keepUp, [content]);

  // What is measured, highlighted or loaded later grows without anybody saying so.
  useEffect(() => {
    const observer = new ResizeObserver(keepUp);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [keepUp]);

  return { atEnd, toEnd, keepUp };
}

function scrollToEnd(): void {
  scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });
}
