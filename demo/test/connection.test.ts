import { describe, expect, test } from "vitest";
import { namesIn } from "../connection.ts";

describe("namesIn", () => {
  test("reads the names once each, in the worker's order", () => {
    const data = [{ id: "b" }, { id: "a" }, { id: "b" }, { id: 1 }, null, "c"];
    expect(namesIn({ object: "list", data })).toEqual(["b", "a"]);
  });

  test.each([null, "x", {}, { data: {} }])("refuses what is no list: %s", (list) => {
    expect(() => namesIn(list)).toThrow("another form");
  });
});
