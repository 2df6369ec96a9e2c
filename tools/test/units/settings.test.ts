// Variables for the worker: read from .dev.vars, completed, and written so that wrangler reads back the same values.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { completeVars, emulatorVars, readVars, writeVars } from "../../settings.mjs";

function read(text: string): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-vars-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, ".dev.vars"), text);
  return readVars(join(folder, ".dev.vars"));
}

test("reads quoted, bare and exported values and leaves comments out", () => {
  expect(
    read(
      "# note\nA=1\nB = \"two words\" # why\nexport C='x#y'\nD=plain # why\nE=\nF=#\nnot a line\r\nG=a=b\r\n",
    ),
  ).toEqual({
    A: "1",
    B: "two words",
    C: "x#y",
    D: "plain",
    E: "",
    F: "",
    G: "a=b",
  });
});

test("a file that doesn't exist configures nothing", () => {
  expect(readVars("/nowhere/.dev.vars")).toEqual({});
});

test("adds the page's origins and a secret, and keeps what the user set", () => {
  const vars = completeVars({ ALLOWED_ORIGINS: "https://a.example, https://b.example", UPSTREAM_KEY: "k" }, [
    "http://p",
  ]);
  expect(vars.ALLOWED_ORIGINS).toBe("https://a.example,https://b.example,http://p");
  expect(vars.UPSTREAM_KEY).toBe("k");
  expect(vars.SESSION_SECRET?.length).toBeGreaterThanOrEqual(32);
  expect(completeVars({ SESSION_SECRET: "mine" }, []).SESSION_SECRET).toBe("mine");
});

test("the emulator is an inference upstream with its own key", () => {
  expect(emulatorVars("http://127.0.0.1:1", ["a", "b"])).toMatchObject({
    UPSTREAM_URL: "http://127.0.0.1:1/models",
    MODELS: "a,b",
  });
});

test("writes a file only its owner can read, with every kind of value", () => {
  const { folder, file } = writeVars({ A: "it's", B: 'say "hi"', C: "pa$$word", D: "#x" });
  onTestFinished(() => rmSync(folder, { recursive: true }));
  expect(statSync(file).mode & 0o077).toBe(0);
  expect(statSync(folder).mode & 0o077).toBe(0);
  expect(readFileSync(file, "utf8")).toBe("A=`it's`\nB='say \"hi\"'\nC='pa\\$\\$word'\nD='#x'\n");
});
