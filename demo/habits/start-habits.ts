// What every room has besides itself: keys that are commands, and, where the page is built, opening without a network.
import { listenForKeys } from "./listen.ts";

/** Until then the page has its first picture, its models and its conversations. */
const LATER_MS = 3_000;

export function startHabits(): void {
  listenForKeys();
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  const later = () =>
    setTimeout(() => void import("./offline.ts").then((it) => it.keepForOffline()).catch(() => {}), LATER_MS);
  if (document.readyState === "complete") later();
  else addEventListener("load", later, { once: true });
}
