import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { highlight } from "../markdown/highlight.ts";

describe("highlight", () => {
  test("says what the pieces of code are", () => {
    expect(highlight('const a = "b"; // c', "ts")).toEqual([
      { text: "const", kind: "keyword" },
      { text: " a = ", kind: null },
      { text: '"b"', kind: "string" },
      { text: "; ", kind: null },
      { text: "// c", kind: "comment" },
    ]);
  });

  test.each([
    "ts",
    "tsx",
    "js",
    "jsx",
    "py",
    "python",
    "json",
    "bash",
    "sh",
    "console",
    "html",
    "css",
    "go",
    "rs",
    "java",
    "cs",
    "cpp",
    "sql",
    "yml",
    "diff",
    "md",
  ])("knows %s", (language) => {
    expect(highlight("a = 1", language)).not.toBeNull();
  });

  test.each(["", "brainfuck", "constructor", "__proto__", "toString"])("leaves %j alone", (language) => {
    expect(highlight("a = 1", language)).toBeNull();
  });

  test("colours change no character of any code", () => {
    const code = fc.array(
      fc.constantFrom(
        "<script>",
        "const ",
        "'",
        '"',
        "`${",
        "}",
        "/*",
        "*/",
        "\n",
        "#",
        "def f():",
        "<b a='",
        "{{",
        "&lt;",
        "\u202e",
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(code, fc.constantFrom("ts", "py", "html", "bash", "sql", "md"), (parts, language) => {
        const text = parts.join("");
        const pieces = highlight(text, language);
        expect(pieces?.map((piece) => piece.text).join("")).toBe(text);
      }),
      { numRuns: 200 },
    );
  });
});
