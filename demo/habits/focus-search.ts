// Moves the focus to the field that searches conversations, once the sidebar is there.
import { t } from "../i18n.ts";

const PATIENCE_MS = 2_000;

/** Gives what is to be said: nothing, or that there is nothing to search. */
export async function focusSearch(): Promise<string> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const field = document.querySelector<HTMLInputElement>(".sidebar input[type=search]");
    if (field) {
      field.focus();
      return "";
    }
    if (document.querySelector(".sidebar") || performance.now() > until)
      return t("There are no conversations yet.");
    await new Promise(requestAnimationFrame);
  }
}
