import { describe, expect, test } from "vitest";
import {
  checkMaxTokens,
  checkSchema,
  checkSystemPrompt,
  checkTemperature,
  MAX_SCHEMA_CHARS,
  MAX_SYSTEM_CHARS,
} from "../parameters/check.ts";

describe("a temperature", () => {
  test.each([
    ["", null],
    [" 0 ", 0],
    ["0.7", 0.7],
    ["0,7", 0.7],
    ["2", 2],
  ])("may be %j", (text, value) => {
    expect(checkTemperature(text)).toEqual({ ok: true, value });
  });
  test.each(["2.1", "-1", "warm", "1e0", "0x1", "1.2.3", "Infinity", "."])("may not be %j", (text) => {
    expect(checkTemperature(text)).toMatchObject({ ok: false, problem: expect.stringContaining("0 to 2") });
  });
});

describe("a longest answer", () => {
  test.each([
    ["", null],
    ["1", 1],
    ["131072", 131_072],
  ])("may be %j", (text, value) => {
    expect(checkMaxTokens(text)).toEqual({ ok: true, value });
  });
  test.each(["0", "131073", "1.5", "-3", "many", "1e3"])("may not be %j", (text) => {
    expect(checkMaxTokens(text)).toMatchObject({ ok: false });
  });
});

describe("a schema", () => {
  test("is an object in JSON, or nothing", () => {
    expect(checkSchema("  ")).toEqual({ ok: true, value: "" });
    expect(checkSchema('{"type":"object"}')).toEqual({ ok: true, value: '{"type":"object"}' });
  });
  test.each([
    ["{", "not JSON"],
    ["[]", "is an object"],
    ["null", "is an object"],
    ['"object"', "is an object"],
    ['{"type":"string"}', "must be"],
    [`{"a":"${"x".repeat(MAX_SCHEMA_CHARS)}"}`, "At most"],
  ])("is not another thing (%#)", (text, problem) => {
    expect(checkSchema(text)).toMatchObject({ ok: false, problem: expect.stringContaining(problem) });
  });
});

test("a system prompt has a bound that is named", () => {
  expect(checkSystemPrompt("x".repeat(MAX_SYSTEM_CHARS))).toMatchObject({ ok: true });
  expect(checkSystemPrompt("x".repeat(MAX_SYSTEM_CHARS + 1))).toMatchObject({
    ok: false,
    problem: expect.stringContaining(String(MAX_SYSTEM_CHARS)),
  });
});
