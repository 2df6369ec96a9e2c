// Texts to begin with: a few that come with the page, and the reader's own, which stay in this browser. A template has
// places to fill in, written {{like this}}. Pure but for the two functions that keep them.
import { t } from "../i18n.ts";

export interface Template {
  readonly name: string;
  readonly text: string;
  /** The reader's own, which can be deleted. */
  readonly own: boolean;
}

export const MAX_TEMPLATES = 50;
export const MAX_TEMPLATE_CHARS = 4_000;
export const MAX_NAME_CHARS = 60;
const KEY = "latchkey-templates";
const PLACE = /\{\{\s*([^{}\n]{1,40}?)\s*\}\}/g;

export function builtInTemplates(): readonly Template[] {
  const template = (name: string, text: string): Template => ({ name, text, own: false });
  return [
    template(t("Summarise"), t("Summarise this in five points, the most important one first:\n\n{{text}}")),
    template(t("Translate"), t("Translate this into {{language}}. Keep names and formatting:\n\n{{text}}")),
    template(
      t("Explain"),
      t("Explain {{subject}} to somebody who hears of it for the first time, with one example."),
    ),
    template(
      t("Review code"),
      t(
        "Review this code. Name mistakes first, then what is hard to read, each with the line it is about:\n\n{{code}}",
      ),
    ),
    template(
      t("Improve a text"),
      t("Make this clearer and shorter without changing what it says:\n\n{{text}}"),
    ),
  ];
}

/** The names of the places to fill in, once each, in their order. */
export function placesIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(PLACE)].map(([, name = ""]) => name))];
}

/** A place without a value becomes nothing; what is filled in is never looked at for places again. */
export function fillIn(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(PLACE, (_, name: string) => values.get(name) ?? "").trimEnd();
}

/** The reader's own. What somebody else has written there, or an older page, is left out. */
export function readTemplates(storage: Pick<Storage, "getItem">): readonly Template[] {
  try {
    const stored: unknown = JSON.parse(storage.getItem(KEY) ?? "[]");
    if (!Array.isArray(stored)) return [];
    return stored.slice(0, MAX_TEMPLATES).flatMap((one: unknown) => {
      const { name, text } = Object(one) as { name?: unknown; text?: unknown };
      if (typeof name !== "string" || typeof text !== "string") return [];
      return [{ name: name.slice(0, MAX_NAME_CHARS), text: text.slice(0, MAX_TEMPLATE_CHARS), own: true }];
    });
  } catch {
    // Broken JSON, or a browser that keeps nothing.
    return [];
  }
}

/** False when the browser keeps nothing, or has no room. */
export function keepTemplates(storage: Pick<Storage, "setItem">, templates: readonly Template[]): boolean {
  try {
    storage.setItem(KEY, JSON.stringify(templates.map(({ name, text }) => ({ name, text }))));
    return true;
  } catch {
    return false;
  }
}
