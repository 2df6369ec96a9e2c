// Light or dark: the system's, unless the reader chose the other one. The choice is the only thing the page stores.
import { useCallback, useSyncExternalStore } from "react";

export type Theme = "light" | "dark";

/** public/theme.js reads this before the first paint. */
const STORAGE_KEY = "latchkey-theme";
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

export function useTheme(): { theme: Theme; toggle(): void } {
  const theme = useSyncExternalStore(subscribe, currentTheme);
  const toggle = useCallback(() => remember(theme === "dark" ? "light" : "dark"), [theme]);
  return { theme, toggle };
}

function systemTheme(): Theme {
  return systemIsDark.matches ? "dark" : "light";
}

function currentTheme(): Theme {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "dark" || chosen === "light" ? chosen : systemTheme();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  systemIsDark.addEventListener("change", listener);
  return () => {
    listeners.delete(listener);
    systemIsDark.removeEventListener("change", listener);
  };
}

/** Choosing what the system has anyway means following the system again. */
function remember(theme: Theme): void {
  const follow = theme === systemTheme();
  if (follow) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (follow) localStorage.removeItem(STORAGE_KEY);
    else localStorage.setItem(STORAGE_KEY, theme);
  } catch {
    // Storage can be forbidden or full; the choice then lasts as long as the page.
  }
  for (const listener of listeners) listener();
}
