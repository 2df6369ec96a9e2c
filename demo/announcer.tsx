// What a screen reader hears: one sentence when an answer starts and one when it ends, and short notices of actions
// ("Copied"). The log itself is not live, so tokens are not read out as they arrive.
import { createContext, type ReactNode, useCallback, useContext, useState } from "react";
import { type Attempt, isUnfinished } from "./chat-state.ts";

const NoticeContext = createContext<(notice: string) => void>(() => {});

export function useNotice(): (notice: string) => void {
  return useContext(NoticeContext);
}

export function Announcer({ attempt, children }: { attempt: Attempt | undefined; children: ReactNode }) {
  const [notice, setNotice] = useState("");
  // The same notice twice in a row must change the text to be heard twice.
  const announce = useCallback((text: string) => {
    setNotice((current) => (current === text ? `${text}\u00a0` : text));
  }, []);
  return (
    <NoticeContext value={announce}>
      {children}
      <p className="visually-hidden" role="status" aria-label="Answer">
        {attempt ? announcementOf(attempt) : ""}
      </p>
      <p className="visually-hidden" role="status" aria-label="Notice">
        {notice}
      </p>
    </NoticeContext>
  );
}

function announcementOf(attempt: Attempt): string {
  if (isUnfinished(attempt)) return `${attempt.model} is answering.`;
  if (attempt.failure) return `${attempt.failure.title} ${attempt.failure.advice}`;
  if (attempt.phase === "stopped") return "Answer stopped.";
  return "Answer finished.";
}
