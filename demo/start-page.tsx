// Starts a page: its language first, then its room, and the habits that all of them have. Where the worker is comes from
// the build (VITE_LATCHKEY_URL) or is the page's own origin.
import { type ReactNode, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import type { Connection } from "./connection.ts";
import { startHabits } from "./habits/start-habits.ts";
import { onLanguage, startLanguage } from "./languages/language.ts";
import { WithConnection } from "./sign-in/with-connection.tsx";

export async function startPage(render: (connection: Connection) => ReactNode): Promise<void> {
  const element = document.getElementById("page");
  if (!element) throw new Error("this page has no element with the id page");
  const root = createRoot(element);
  const workerUrl = import.meta.env.VITE_LATCHKEY_URL || location.origin;
  const draw = () =>
    root.render(
      <StrictMode>
        <WithConnection workerUrl={workerUrl}>{render}</WithConnection>
      </StrictMode>,
    );

  const waiting = startLanguage();
  if (waiting) await waiting;
  draw();
  onLanguage(draw);
  startHabits();
}
