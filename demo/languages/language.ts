// Which language the page speaks: the one that was chosen here, else the first of the browser's that it knows. English
// is in the code; the catalogue of another one, and the library that reads it, are loaded when it is wanted.
import { useSyncExternalStore } from "react";
import { english, setTranslator } from "../i18n.ts";

/** Each by its own name. `direction` is where its lines begin. */
export const LANGUAGES = {
  en: { name: "English", direction: "ltr" },
  de: { name: "Deutsch", direction: "ltr" },
} as const;

export type Language = keyof typeof LANGUAGES;

const STORAGE_KEY = "latchkey-language";
const listeners = new Set<() => void>();
let current: Language = "en";

/** Tells when the language has changed: everything is to be drawn again. Gives the function that ends it. */
export function onLanguage(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const currentLanguage = (): Language => current;

/** For parts that draw themselves anew only when their values change: the language is one of them. */
export function useLanguage(): Language {
  return useSyncExternalStore(onLanguage, currentLanguage, currentLanguage);
}

/** For numbers and dates: the language as the reader's region writes it, as en-GB, where the browser says so. */
export function currentLocale(): string {
  return navigator.languages.find((tag) => tag.split("-")[0] === current) ?? current;
}

/** The first language of `wanted` that is known, by what stands before its region. English if none is. */
export function knownLanguage(wanted: readonly (string | null)[]): Language {
  for (const tag of wanted) {
    const [base = ""] = (tag ?? "").toLowerCase().split("-");
    if (Object.hasOwn(LANGUAGES, base)) return base as Language;
  }
  return "en";
}

/** Nothing to wait for in English. A catalogue that can't be loaded leaves the page in English. */
export function startLanguage(): Promise<void> | undefined {
  const wanted = knownLanguage([stored(), ...navigator.languages]);
  return wanted === "en" ? undefined : speak(wanted).catch(() => {});
}

/** Speaks it from now on, and when the page is opened again. Rejects when it can't be loaded. */
export async function chooseLanguage(language: Language): Promise<void> {
  await speak(language);
  try {
    localStorage.setItem(STORAGE_KEY, language);
  } catch {
    // Storage can be forbidden or full; the choice then lasts as long as the page.
  }
}

async function speak(language: Language): Promise<void> {
  setTranslator(
    language === "en" ? english : await (await import("./translator.ts")).loadTranslator(language),
  );
  current = language;
  document.documentElement.lang = language;
  document.documentElement.dir = LANGUAGES[language].direction;
  for (const listener of listeners) listener();
}

function stored(): string | null {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}
