import { describe, expect, test } from "vitest";
import { modelNames } from "../connection.ts";

describe("modelNames", () => {
  test("reads the names once each, in the worker's order", () => {
    const data = [{ id: "b" }, { id: "a" }, { id: "b" }, { id: 1 }, null, "c"];
    expect(modelNames({ object: "list", data })).toEqual(["b", "a"]);
  });

  test.each([null, "x", {}, { data: {} }])("refuses what is no list: %s", (list) => {
    expect(() => modelNames(list)).toThrow("another form");
  });
});
