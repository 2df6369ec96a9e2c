// Runs of tools as spans, and the seam by which they're observed.
import { AsyncLocalStorage } from "node:async_hooks";
import { type Context, context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { StartTrace, TracedTool } from "latchkey";
import { runTools, tool } from "latchkey/tools";
import { expect, test } from "vitest";
import { model, says } from "../tools/model.ts";
import { recorded } from "./recorder.ts";

const MESSAGES = [{ role: "user" as const, content: "x" }];
const called = (name: string) => says(null, { id: `call_${name}`, name, args: { a: 1 } });

const run = (trace: StartTrace | undefined, name: string, execute: () => unknown, signal?: AbortSignal) =>
  runTools(
    model(called(name), says("done")),
    { messages: MESSAGES, tools: [tool({ name: "add", description: "Adds.", execute })] },
    { trace, signal },
  ).final();

test("a run of a tool, by conventions 1.41", async () => {
  const { telemetry, span } = await recorded({ recordContent: true });
  await run(telemetry.trace, "add", () => "two");
  expect(span().name).toBe("execute_tool add");
  expect(span().kind).toBe(SpanKind.INTERNAL);
  expect(span().attributes).toEqual({
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": "add",
    "gen_ai.tool.type": "function",
    "gen_ai.tool.call.id": "call_add",
    "gen_ai.tool.description": "Adds.",
    "gen_ai.tool.call.arguments": '{"a":1}',
    "gen_ai.tool.call.result": "two",
  });
  expect(span().status.code).toBe(SpanStatusCode.UNSET);
});

test("a tool that fails says why in a word", async () => {
  const { telemetry, span } = await recorded();
  await run(telemetry.trace, "add", () => {
    throw new RangeError("canary");
  });
  expect(span().attributes["error.type"]).toBe("RangeError");
  expect(span().status).toEqual({ code: SpanStatusCode.ERROR });
});

test("a run that is aborted ends the span of its tool", async () => {
  const { telemetry, span } = await recorded();
  const controller = new AbortController();
  const running = run(
    telemetry.trace,
    "add",
    () => {
      controller.abort();
      return new Promise(() => {});
    },
    controller.signal,
  );
  await expect(running).rejects.toThrow();
  expect(span().attributes["error.type"]).toBe("AbortError");
});

test("a tool that doesn't exist is none that runs: its name is the model's own text", async () => {
  const { telemetry, spans } = await recorded();
  await run(telemetry.trace, "canary", () => "two");
  expect(spans()).toEqual([]);
});

test("what a tool does belongs to its span, where the application keeps a context", async () => {
  const storage = new AsyncLocalStorage<Context>();
  const manager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active: Context, work: () => unknown) => storage.run(active, work),
    bind: <T>(_: Context, target: T) => target,
    enable: () => manager,
    disable: () => manager,
  };
  context.setGlobalContextManager(manager as never);
  try {
    const { telemetry, provider, spans } = await recorded();
    await run(telemetry.trace, "add", async () => {
      await Promise.resolve();
      provider.getTracer("t").startSpan("inner").end();
      return trace.getActiveSpan() ? "active" : "none";
    });
    const [inner, outer] = spans();
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
  } finally {
    context.disable();
  }
});

test("a hook that throws, or forgets to begin the work, holds no tool up", async () => {
  const seen: TracedTool[] = [];
  const bad = () => {
    throw new Error("tracer");
  };
  const hooks: StartTrace["tool"][] = [
    bad,
    () => ({ run: bad, end: bad }),
    () => ({ run: () => {}, end() {} }),
    (given) => {
      seen.push(given);
      return undefined;
    },
  ];
  for (const hook of hooks) {
    let times = 0;
    const start = Object.assign(() => undefined, { tool: hook }) as StartTrace;
    const { text } = await run(start, "add", () => ++times);
    expect([text, times]).toEqual(["done", 1]);
  }
  expect(seen).toEqual([{ callId: "call_add", name: "add", arguments: '{"a":1}', description: "Adds." }]);
});
