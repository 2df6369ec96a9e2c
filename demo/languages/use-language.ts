// For parts that draw themselves anew only when their values change: the language is one of them.
import { useSyncExternalStore } from "react";
import { currentLanguage, type Language, onLanguage } from "./language.ts";

export function useLanguage(): Language {
  return useSyncExternalStore(onLanguage, currentLanguage, currentLanguage);
}
