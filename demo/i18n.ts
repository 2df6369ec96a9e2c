// The page's words: `t` takes the English text and gives it in the reader's language. English needs no catalogue, so the
// first load carries none; another language brings its own (and the library that reads it) through `setTranslator`.

export type Values = Readonly<Record<string, string | number>>;
export type Translator = (text: string, values?: Values) => string;

/** Puts values where the text names them: `{count} messages`. A name without a value stays as it is. */
export const english: Translator = (text, values) =>
  values ? text.replace(/\{(\w+)\}/g, (name, key) => String(values[key] ?? name)) : text;

let translator = english;

/** Changes the language of everything that is rendered from now on. */
export function setTranslator(next: Translator): void {
  translator = next;
}

export function t(text: string, values?: Values): string {
  return translator(text, values);
}

/** Marks a text of a table, so that the catalogues have it; `t` takes it where it is shown. */
export const phrase = <Text extends string>(text: Text): Text => text;

/**
 * A text with a count in it. English has two forms; a catalogue has one entry, under `other`, with as many forms as its
 * language has (ICU: `{n, plural, one {…} other {…}}`). `values` may say how the count is written.
 */
export function plural(count: number, one: string, other: string, values?: Values): string {
  return t(translator === english && count === 1 ? one : other, { count, ...values, n: count });
}
