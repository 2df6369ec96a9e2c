// Every language has every text of the page, with the same values in it, and none that the page no longer has.
import { compileMessage } from "@lingui/message-utils/compileMessage";
import { afterEach, describe, expect, test } from "vitest";
import { english, phrase, plural, setTranslator, t } from "../i18n.ts";
import { messages as german } from "../languages/de.ts";
import { knownLanguage } from "../languages/language.ts";
import { translatorOf } from "../languages/translator.ts";
import { sources, textsOf } from "./texts.ts";

const texts = textsOf(sources());

afterEach(() => setTranslator(english));

describe("the sources", () => {
  test("have texts inside of t, phrase and plural only, and none that is put together", () => {
    expect(texts.keys.size).toBeGreaterThan(400);
    expect(texts.outside).toEqual([]);
  });

  test.each([
    ["a text in an element", "<p>Hello</p>"],
    ["a name of an element", '<p aria-label="Hello" />'],
    ["a template", "t(`Hello`)"],
    ["a sum", 't("Hello " + name)'],
    ["a plural of unknown texts", "plural(2, one, other)"],
  ])("are refused for %s", (_, code) => {
    expect(textsOf([["x.tsx", code]]).outside).toEqual(["x.tsx:1"]);
  });
});

describe.each([["de", german]])("%s", (language, messages) => {
  const translate = translatorOf(language, messages);

  test("has every text and no other", () => {
    const wanted = [...texts.keys.keys()];
    expect(wanted.filter((text) => !Object.hasOwn(messages, text))).toEqual([]);
    expect(Object.keys(messages).filter((text) => !texts.keys.has(text))).toEqual([]);
  });

  test("has the same values in each, and forms where there is a count", () => {
    for (const [text, { plural }] of texts.keys) {
      const message = messages[text] ?? "";
      const wanted = plural ? [...valuesOf(text), "n"] : valuesOf(text);
      expect([text, [...new Set(namesIn(compileMessage(message)))].sort()]).toEqual([text, wanted.sort()]);
    }
  });

  test("keeps what is in twofold braces, for it is the reader's to fill in", () => {
    for (const [text, message] of Object.entries(messages)) {
      const found = /\{\{\p{L}[\p{L} ]*\}\}/u.test(translate(text, { n: 2, count: 2 }));
      expect([text, found, message.includes("'{{'")]).toEqual([
        text,
        text.includes("{{"),
        text.includes("{{"),
      ]);
    }
  });

  test("leaves no brace of a message to be seen", () => {
    for (const text of Object.keys(messages)) {
      const values = Object.fromEntries(valuesOf(text).map((name) => [name, "7"]));
      if (!/\{[{"]/.test(text)) expect(translate(text, { ...values, n: 7 })).not.toMatch(/[{}#]|plural/);
    }
  });
});

describe("counts", () => {
  const files = (count: number) => plural(count, "1 file attached.", "{count} files attached.");

  test("have two forms in English", () => {
    expect([0, 1, 2].map(files)).toEqual(["0 files attached.", "1 file attached.", "2 files attached."]);
  });

  test("have the forms of the language that is spoken", () => {
    setTranslator(translatorOf("de", german));
    expect([0, 1, 2].map(files)).toEqual([
      "0 Dateien angehängt.",
      "1 Datei angehängt.",
      "2 Dateien angehängt.",
    ]);
    setTranslator(
      translatorOf("pl", {
        "{count} files attached.":
          "{n, plural, one {{count} plik} few {{count} pliki} many {{count} plików} other {{count} pliku}}",
      }),
    );
    expect([1, 3, 5].map(files)).toEqual(["1 plik", "3 pliki", "5 plików"]);
  });
});

describe("t", () => {
  test("shows English where a language lacks a text", () => {
    setTranslator(translatorOf("de", {}));
    expect(t("{name}: it's {what}", { name: "a", what: "b" })).toBe("a: it's b");
  });

  test("leaves values as they are, whatever they look like", () => {
    setTranslator(translatorOf("de", german));
    const name = "{count} '#' \\u0041 \u{e000}0.";
    expect(t("Remove {name}", { name })).toBe(`${name} entfernen`);
    expect(phrase("Remove {name}")).toBe("Remove {name}");
  });
});

test.each([
  [["de-AT", "en"], "de"],
  [["fr", "de"], "de"],
  [[null, "en-GB", "de"], "en"],
  [["fr-CH", "it"], "en"],
  [[null, "constructor", "DE"], "de"],
])("of the languages %j the page speaks %s", (wanted, language) => {
  expect(knownLanguage(wanted)).toBe(language);
});

function valuesOf(text: string): string[] {
  return [
    ...new Set(
      [...text.replace(/\{\{[^}]*\}\}|\{".*/g, "").matchAll(/\{(\w+)\}/g)].map((match) => match[1]!),
    ),
  ];
}

function namesIn(message: unknown): string[] {
  if (typeof message !== "object" || message === null) return [];
  if (!Array.isArray(message)) return Object.values(message).flatMap(namesIn);
  return message.flatMap((token) =>
    Array.isArray(token) && typeof token[0] === "string"
      ? [token[0], ...namesIn(typeof token[2] === "object" ? token[2] : null)]
      : [],
  );
}
