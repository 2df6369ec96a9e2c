import { describe, expect, test } from "vitest";
import { extractEarly, extractText } from "../extract-text.ts";
import type { StoredFile } from "../files.ts";
import type { PdfRead } from "../pdf-text.ts";
import { bytesSource } from "../send.ts";
import { pdfOf } from "./project-calls.ts";

const limits = { searchFileBytes: 1_000, pdfMs: 5_000 };

function file(filename: string, bytes: Uint8Array | undefined, length = bytes?.byteLength ?? 0): StoredFile {
  return {
    id: "file-1",
    scope: "",
    filename,
    purpose: "assistants",
    createdAt: 0,
    expiresAt: undefined,
    length,
    content: bytes === undefined ? undefined : bytesSource(bytes),
    progress: undefined,
  };
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
const utf16 = (text: string): Uint8Array =>
  Uint8Array.from([0xff, 0xfe, ...[...text].flatMap((char) => [char.charCodeAt(0), 0])]);

describe("the text of a file", () => {
  test.each([
    ["text", "a.txt", utf8("naïve"), "naïve"],
    ["text with a byte order mark", "a.txt", utf8("\ufeffnaïve"), "naïve"],
    ["UTF-16", "a.md", utf16("naïve"), "naïve"],
    ["Markdown, as it stands", "A.MD", utf8("# One\n<b>two</b>"), "# One\n<b>two</b>"],
    ["source code", "a.py", utf8("print('<p>')"), "print('<p>')"],
    ["HTML", "a.htm", utf8("<p>é &lt; è</p>"), "é < è"],
    ["HTML in the encoding that it names", "a.html", latin1('<meta charset="iso-8859-1"><p>\xe9</p>'), "é"],
  ])("of %s", (_, name, bytes, text) => {
    expect(extractText(file(name, bytes), limits)).toEqual({ ok: true, text });
  });

  test.each([
    ["no extension", file("README", utf8("x")), "unsupported_file", "not supported"],
    ["another extension", file("a.csv", utf8("x")), "unsupported_file", "not supported"],
    ["a name that ends with a folder", file("a.md/x", utf8("x")), "unsupported_file", "not supported"],
    ["what only the service reads", file("a.pptx", utf8("x")), "unsupported_file", ".pptx"],
    ["bytes that are no text", file("a.txt", latin1("\xff\xfe\xfd")), "invalid_file", "encoding"],
    ["a NUL", file("a.txt", utf8("a\0b")), "invalid_file", "encoding"],
    [
      "an encoding that there is not",
      file("a.html", latin1('<meta charset="klingon">\xe9')),
      "invalid_file",
      "encoding",
    ],
    ["only spaces", file("a.txt", utf8(" \n")), "invalid_file", "no text"],
    ["only tags", file("a.html", utf8("<p><script>x</script>")), "invalid_file", "no text"],
    ["too much", file("a.txt", utf8("x"), 1_001), "invalid_file", "searchFileBytes"],
    ["what was not kept", file("a.txt", undefined, 900), "invalid_file", "keepFileBytes"],
    ["a PDF that came elsewhere", file("a.pdf", utf8("x")), "invalid_file", "not uploaded"],
  ])("is not there: %s", (_, stored, code, message) => {
    const extracted = extractText(stored, limits);
    expect(extracted).toMatchObject({ ok: false, code });
    expect(extracted).toHaveProperty("message", expect.stringContaining(message));
  });
});

describe("a PDF is read when it comes", () => {
  test("and its text kept", async () => {
    const extracted = await extractEarly(file("a.PDF", pdfOf([["Bees sleep."]])), limits);
    expect(extracted).toEqual({ ok: true, text: "Bees sleep." });
    const stored = { ...file("a.pdf", undefined), extracted };
    expect(extractText(stored, limits)).toBe(extracted);
  });

  test.each<[string, PdfRead, string, string]>([
    ["nothing to read it with", { ok: false, reason: "no-reader" }, "server_error", "npm install unpdf"],
    ["broken", { ok: false, reason: "broken" }, "invalid_file", "PDF"],
    ["endless", { ok: false, reason: "too-slow" }, "invalid_file", "5000 ms ('pdfMs')"],
    ["a bomb", { ok: false, reason: "too-large" }, "invalid_file", "memory"],
    ["too long", { ok: false, reason: "too-long" }, "invalid_file", "searchFileBytes"],
    ["only pictures", { ok: true, text: "" }, "invalid_file", "no text"],
  ])("or why not: %s", async (_, read, code, message) => {
    const extracted = await extractEarly(file("a.pdf", utf8("%PDF")), limits, async () => read);
    expect(extracted).toMatchObject({ ok: false, code });
    expect(extracted).toHaveProperty("message", expect.stringContaining(message));
  });

  test.each([
    ["another file", file("a.txt", utf8("x"))],
    ["one too long", file("a.pdf", utf8("x"), 1_001)],
    ["one not kept", file("a.pdf", undefined, 10)],
  ])("but not %s", async (_, stored) => {
    expect(await extractEarly(stored, limits)).toBeUndefined();
  });
});
