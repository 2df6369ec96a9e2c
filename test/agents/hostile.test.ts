// Whatever a service sends as the stream of a run: values, or a typed error; never a fault of our own, never a polluted
// prototype, and nothing of what was sent in a message.
import fc from "fast-check";
import { functionTool, LatchkeyError, ToolSet } from "latchkey/projects";
import { expect, test } from "vitest";
import { recorder } from "../openai/recorder.ts";
import { body, drain, eventStream } from "../service.ts";
import { agentsOf, DONE, run, sse } from "./agents-service.ts";

const NAMES = [
  "thread.created",
  "thread.run.created",
  "thread.run.requires_action",
  "thread.run.step.created",
  "thread.run.step.delta",
  "thread.message.created",
  "thread.message.delta",
  "thread.run.a.b",
  "message",
  "future",
];
const KEYS = [
  ...[
    "id",
    "object",
    "status",
    "delta",
    "content",
    "index",
    "type",
    "text",
    "value",
    "annotations",
    "function",
  ],
  ...["step_details", "tool_calls", "required_action", "submit_tool_outputs", "name", "arguments", "role"],
  ...["__proto__", "constructor", "toString"],
];
const WORDS = [
  "thread.run",
  "requires_action",
  "submit_tool_outputs",
  "text",
  "function",
  "add",
  "x",
  "__proto__",
];
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.constantFrom<unknown>(...WORDS, null, 0, 1, 2, -1, 1e9, true),
    fc.array(tie("value"), { maxLength: 3 }),
    fc
      .uniqueArray(fc.tuple(fc.constantFrom(...KEYS), tie("value")), {
        selector: ([key]) => key,
        maxLength: 6,
      })
      .map(
        // Entries, not assignments: `__proto__` is to be a member.
        (entries) => Object.fromEntries(entries),
      ),
  ),
}));
/** Runs that nearly hold together, for those are acted upon. */
const asking = fc
  .record({
    odd: fc.record({ id: value, thread_id: value, status: value }, { requiredKeys: [] }),
    calls: value,
  })
  .map(({ odd, calls }) => {
    const called = { name: "add", arguments: "{}" };
    const tool_calls = Array.isArray(calls)
      ? calls
      : [{ id: "call_1", type: "function", function: calls === null ? called : calls }];
    const required_action = { type: "submit_tool_outputs", submit_tool_outputs: { tool_calls } };
    return sse("thread.run.requires_action", { ...run("requires_action"), required_action, ...odd });
  });
const other = fc
  .tuple(fc.constantFrom(...NAMES), value)
  .map(([name, data]) => sse(name, JSON.stringify(data)));
const event = fc.oneof(asking, other);

test("any events at all", async () => {
  const toolSet = new ToolSet(functionTool({ name: "add", execute: () => 3 }));
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 8 }), async (events) => {
      const end = sse("thread.run.completed", run("completed")) + DONE;
      let turn = 0;
      const client = agentsOf(recorder(() => eventStream(body(turn++ ? [end] : [...events, DONE]))));
      const stream = await client.createStream("t", { assistant_id: "a" }, { toolSet, maxSteps: 3 });
      const { error } = await drain(stream);
      if (error !== undefined) expect(LatchkeyError.is(error), String(error)).toBe(true);
      expect(Object.keys(Object.prototype)).toEqual([]);
      JSON.stringify(stream.snapshot);
    }),
    { numRuns: 400 },
  );
});
