// Variables for the worker: read from .dev.vars, completed, and written so that wrangler reads back the same values.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import {
  completeVars,
  EMULATOR_MODELS,
  emulatorModels,
  emulatorVars,
  meansEmulator,
  misspelt,
  readVars,
  writeVars,
} from "../../settings.mjs";

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

test("the example copied as it is means the emulator", () => {
  const vars = readVars(join(import.meta.dirname, "../../../.dev.vars.example"));
  expect(meansEmulator(vars)).toBe(true);
  expect(misspelt(vars)).toEqual([]);
});

test("a service without its address is refused, and MODELS alone is no service", () => {
  expect(meansEmulator({ UPSTREAM_URL: "https://a.example", UPSTREAM_KEY: "k" })).toBe(false);
  expect(meansEmulator({ MODELS: "Phi-4", CALLER_KEYS: "a:b", UPSTREAM_KEY: "" })).toBe(true);
  expect(() => meansEmulator({ UPSTREAM_KIND: "openai", UPSTREAM_KEY: "k" })).toThrow(
    "sets UPSTREAM_KIND, UPSTREAM_KEY but no UPSTREAM_URL",
  );
  expect(() => meansEmulator({ UPSTREAM_API_VERSION: "1", UPSTREAM_URL: "" })).toThrow("no UPSTREAM_URL");
});

test("a name that looks like one of ours is told with the nearest one", () => {
  expect(misspelt({ ALLOWED_ORIGIN: "", MODEL: "", upstream_url: "", UPSTREAM_ENDPOINT: "" })).toEqual([
    expect.stringContaining("ALLOWED_ORIGIN is not a variable of the proxy; did you mean ALLOWED_ORIGINS?"),
    expect.stringContaining("did you mean MODELS?"),
    expect.stringContaining("did you mean UPSTREAM_URL?"),
    expect.stringContaining("UPSTREAM_ENDPOINT is not a variable"),
  ]);
  expect(misspelt({ MODELS: "", WRANGLER_LOG: "", MY_OWN: "" })).toEqual([]);
});

test("MODELS chooses among the emulator's models, and a strange one is refused", () => {
  const offered = [...EMULATOR_MODELS, "fault-cut"];
  expect(emulatorModels("", offered, false)).toEqual(EMULATOR_MODELS);
  expect(emulatorModels("", offered, true)).toEqual(offered);
  expect(emulatorModels("Phi-4, mine=gpt-4.1", offered, true)).toEqual([
    "Phi-4",
    "mine=gpt-4.1",
    "fault-cut",
  ]);
  expect(() => emulatorModels("gpt-9,Phi-4", offered, false)).toThrow("names gpt-9, which the emulator");
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

test("the emulator is an upstream of OpenAI's dialect with its own key", () => {
  expect(emulatorVars("http://127.0.0.1:1", ["a", "b"])).toMatchObject({
    UPSTREAM_KIND: "openai",
    UPSTREAM_URL: "http://127.0.0.1:1/v1",
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
