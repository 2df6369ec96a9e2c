// Reads a catalogue with Lingui: ICU messages with values and plurals. Loaded only for a language that isn't English.
import { setupI18n } from "@lingui/core";
import { compileMessage } from "@lingui/message-utils/compileMessage";
import { english, type Translator } from "../i18n.ts";
import type { Language } from "./language.ts";

const CATALOGUES: Record<Exclude<Language, "en">, () => Promise<{ readonly messages: Catalogue }>> = {
  de: () => import("./de.ts"),
};

/** The English text and what it is in the language. */
export type Catalogue = Readonly<Record<string, string>>;

export async function loadTranslator(language: Exclude<Language, "en">): Promise<Translator> {
  const { messages } = await CATALOGUES[language]();
  return translatorOf(language, messages);
}

export function translatorOf(language: string, messages: Catalogue): Translator {
  const compiled = Object.fromEntries(
    Object.entries(messages).map(([text, message]) => [text, compileMessage(message)]),
  );
  const i18n = setupI18n({ locale: language, messages: { [language]: compiled } });
  return (text, values = {}) => {
    // A text without an entry is shown as it is: English is better than nothing.
    if (!Object.hasOwn(compiled, text)) return english(text, values);
    // Lingui reads escapes such as \u0041 in what it has put together. In a file's name they are letters like others.
    const names = Object.keys(values);
    const held = names.map((name, at) => [
      name,
      typeof values[name] === "string" ? `\u{e000}${at}.` : values[name],
    ]);
    const message = i18n._(text, Object.fromEntries(held));
    return message.replace(/\u{e000}(\d+)\./gu, (_, at) => String(values[names[at]!]));
  };
}
