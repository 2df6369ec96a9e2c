// Does a command: the page's own here, the others where they are offered. What is said afterwards is shown for a moment.
import { t } from "../i18n.ts";
import { chooseTheme, shownTheme } from "../theme.ts";
import { commandOf } from "./commands.ts";
import { newVersion } from "./new-version.ts";
import { show } from "./stage.tsx";

const ROOMS: Readonly<Record<string, string>> = {
  chat: "/",
  images: "/images",
  audio: "/audio",
  embeddings: "/embeddings",
  agents: "/agents",
  usage: "/spending",
};

export function runnable(id: string): (() => unknown) | null {
  const room = ROOMS[id];
  if (room !== undefined) return room === location.pathname ? null : () => location.assign(room);
  switch (id) {
    case "palette":
      return () => show("palette");
    case "help":
      return () => show("help");
    case "theme":
      return () => {
        const theme = shownTheme() === "dark" ? "light" : "dark";
        chooseTheme(theme);
        return theme === "dark" ? t("Dark theme") : t("Light theme");
      };
    case "theme-system":
      return () => {
        chooseTheme("system");
        return t("Theme of the system");
      };
    case "print":
      return () => print();
    case "update":
      return newVersion();
    default:
      return commandOf(id);
  }
}

/** False if it can't be done now. */
export function run(id: string): boolean {
  const command = runnable(id);
  if (command === null) return false;
  Promise.resolve(command()).then(
    (said) => typeof said === "string" && show({ said }),
    () => show({ said: t("That did not work.") }),
  );
  return true;
}
