// How a streamed run ends before its time: left while nothing comes, cut between two of its streams, held up by whoever
// is told of it.
import { functionTool, ToolSet } from "latchkey/projects";
import { describe, expect, test, vi } from "vitest";
import { recorder } from "../openai/recorder.ts";
import { body, drain, eventStream, failureOf, json, sleep } from "../service.ts";
import { agentsOf, DONE, delta, functionCall, requires, run, scripted, sse } from "./agents-service.ts";

const STARTED = sse("thread.run.created", run("queued"));
const A = { assistant_id: "asst_1" };

describe("left while it waits for the service", () => {
  test("a web stream that is cancelled closes the connection at once", async () => {
    const content = body([STARTED], "open");
    const stream = await agentsOf(recorder(() => eventStream(content))).createStream("t", A);
    const reader = stream.toReadableStream().getReader();
    await reader.read();
    const waiting = reader.read();
    await reader.cancel();
    expect((await waiting).done).toBe(true);
    expect(content.state.cancelled).toBe(true);
    expect((await failureOf(stream.final())).kind).toBe("aborted");
  });

  test.each(["events", "text"])("so does the return of an iterator: %s", async (kind) => {
    const content = body([STARTED, delta("Hel")], "open");
    const stream = await agentsOf(recorder(() => eventStream(content))).createStream("t", A);
    const iterator: AsyncIterator<unknown> = kind === "text" ? stream.text() : stream[Symbol.asyncIterator]();
    await iterator.next();
    if (kind === "events") await iterator.next();
    const waiting = failureOf(iterator.next());
    expect(await iterator.return!()).toMatchObject({ done: true });
    expect((await waiting).kind).toBe("aborted");
    expect(content.state.cancelled).toBe(true);
  });

  test("disposed of, its reader is told that it isn't whole, and nobody that it's done", async () => {
    const onDone = vi.fn();
    const content = body([STARTED], "open");
    const stream = await agentsOf(recorder(() => eventStream(content))).createStream("t", A, {
      eventHandler: { onDone },
    });
    const whole = failureOf(stream.final());
    await sleep(5);
    await stream[Symbol.asyncDispose]();
    expect((await whole).kind).toBe("aborted");
    expect(onDone).not.toHaveBeenCalled();
    expect(content.state.cancelled).toBe(true);
  });
});

describe("the stream after the calls", () => {
  const toolSet = new ToolSet(functionTool({ name: "add", execute: () => 3 }));
  const calling = () =>
    eventStream(body([STARTED, sse("thread.run.requires_action", requires(functionCall("add"))), DONE]));

  test.each(["done", "finish_reason", "eof"] as const)(
    "is not whole without a run, by %s",
    async (streamEnd) => {
      const { fetch } = scripted(calling, () => eventStream(body([])));
      const client = agentsOf({ fetch }, { streamEnd });
      const error = await failureOf((await client.createStream("t", A, { toolSet })).final());
      expect(error).toMatchObject({ kind: "truncated", partial: { run: { id: "run_1" } } });
    },
  );

  test("is malformed when it says no more than that it's done", async () => {
    const { client } = scripted(calling, () => eventStream(body([DONE])));
    const error = await failureOf((await client.createStream("t", A, { toolSet })).final());
    expect(error).toMatchObject({ kind: "malformed", partial: { run: { id: "run_1" } } });
  });
});

test.each(["streamed", "whole"])("closing the client ends a function at work: %s", async (how) => {
  const aborted = vi.fn();
  const toolSet = new ToolSet(
    functionTool({
      name: "hang",
      execute: (_, { signal }) => {
        signal.addEventListener("abort", aborted);
        return new Promise(() => {});
      },
    }),
  );
  const waiting = requires(functionCall("hang"));
  const { client, calls } = scripted(() =>
    how === "whole" ? json(waiting) : eventStream(body([sse("thread.run.requires_action", waiting), DONE])),
  );
  const work =
    how === "whole"
      ? client.createAndProcessRun("t", A, { toolSet, intervalMs: 0 })
      : client.createStream("t", A, { toolSet }).then((stream) => stream.final());
  const failed = failureOf(work);
  await sleep(30);
  client.close();
  expect(await failed).toMatchObject({
    kind: "aborted",
    partial: how === "whole" ? waiting : { run: waiting },
  });
  expect(aborted).toHaveBeenCalledOnce();
  expect(calls().filter((call) => /submit/.test(call))).toEqual([]);
});

test("an error event without data is an error all the same", async () => {
  const content = [STARTED, "event: error\ndata:\n\n", sse("thread.run.completed", run("completed")), DONE];
  const stream = await agentsOf(recorder(() => eventStream(body(content)))).createStream("t", A);
  expect((await failureOf(stream.final())).kind).toBe("api");
});

test.each([[null], [7], ["Hello"], [[null]], [[{ type: "text", text: null }]], [{ type: "text" }]])(
  "the text of a delta with the content %j is none",
  async (content) => {
    const odd = sse("thread.message.delta", {
      id: "msg_1",
      object: "thread.message.delta",
      delta: { content },
    });
    const all = [STARTED, odd, sse("thread.run.completed", run("completed")), DONE];
    const stream = await agentsOf(recorder(() => eventStream(body(all)))).createStream("t", A);
    const { items, error } = await drain(stream.text());
    expect(error).toBeUndefined();
    expect(items).toEqual([]);
    expect((await stream.final()).run.status).toBe("completed");
  },
);
