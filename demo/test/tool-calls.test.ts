// What is said of a tool call, by how it and its answer stand.
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { ToolCalls } from "../answer/tool-calls.tsx";

const call = { id: "c", name: "add", arguments: "{}", result: null, failed: false };
const stateOf = (more: object, ended: boolean) =>
  /tool-state[^>]*>([^<]*)/.exec(
    renderToStaticMarkup(createElement(ToolCalls, { calls: [{ ...call, ...more }], ended })),
  )?.[1];

test("a call runs while its answer comes, and never longer", () => {
  expect(stateOf({}, false)).toBe("running");
  expect(stateOf({}, true)).toBe("not finished");
  expect(stateOf({ result: "2" }, true)).toBe("done");
  expect(stateOf({ failed: true, result: "no" }, true)).toBe("failed");
});
