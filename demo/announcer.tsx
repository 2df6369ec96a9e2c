// What a screen reader hears: one sentence when an answer starts and one when it ends, and short notices of actions
// ("Copied"). The log itself is not live, so tokens are not read out as they arrive.
import { createContext, type ReactNode, useCallback, useContext, useState } from "react";
import { t } from "./i18n.ts";

/** An answer, as much of it as is announced. */
export interface Announced {
  readonly model: string;
  readonly phase: "waiting" | "streaming" | "done" | "stopped" | "cut" | "failed";
  readonly failure: { readonly title: string; readonly advice: string } | null;
}

const NoticeContext = createContext<(notice: string) => void>(() => {});

export function useNotice(): (notice: string) => void {
  return useContext(NoticeContext);
}

export function Announcer({ attempt, children }: { attempt: Announced | undefined; children: ReactNode }) {
  const [notice, setNotice] = useState("");
  // The same notice twice in a row must change the text to be heard twice.
  const announce = useCallback((text: string) => {
    setNotice((current) => (current === text ? `${text}\u00a0` : text));
  }, []);
  return (
    <NoticeContext value={announce}>
      {children}
      <p className="visually-hidden" role="status" aria-label={t("Answer")}>
        {attempt ? announcementOf(attempt) : ""}
      </p>
      <p className="visually-hidden" role="status" aria-label={t("Notice")}>
        {notice}
      </p>
    </NoticeContext>
  );
}

function announcementOf({ model, phase, failure }: Announced): string {
  if (phase === "waiting" || phase === "streaming") return t("{model} is answering.", { model });
  if (failure) return `${failure.title} ${failure.advice}`;
  if (phase === "stopped") return t("Answer stopped.");
  return t("Answer finished.");
}
