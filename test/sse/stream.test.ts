// The parser on Web Streams: what comes out, who closes what, and how failures travel.
import { events, type ServerSentEvent, SseLimitError, SseStream } from "latchkey/sse";
import { describe, expect, test } from "vitest";
import { body, bytesOf, drain, sleep } from "../service.ts";

const dataOf = (items: ServerSentEvent[]): string[] => items.map(({ data }) => data);

describe("events", () => {
  test("iterates the events of a body, whatever its pieces", async () => {
    const { items, error } = await drain(
      events(body(["data: a\n", "\nda", "ta: b\n\nevent: e\nid: 4\ndata: c\n\n"])),
    );
    expect(error).toBeUndefined();
    expect(items).toEqual([
      { event: "message", data: "a", id: "" },
      { event: "message", data: "b", id: "" },
      { event: "e", data: "c", id: "4" },
    ]);
  });

  test("drops an event without its blank line", async () => {
    expect(dataOf((await drain(events(body(["data: a\n\ndata: b\n"])))).items)).toEqual(["a"]);
  });

  test("A19 yields an event while the body stays open, and leaving the loop cancels it", async () => {
    const source = body(["data: a\r\r"], "open");
    for await (const event of events(source)) {
      expect(event.data).toBe("a");
      break;
    }
    await Promise.resolve();
    expect(source.state.cancelled).toBe(true);
    expect(source.locked).toBe(false);
  });

  test("a body that fails fails the loop, after what came before", async () => {
    const cause = new Error("lost");
    const { items, error } = await drain(events(body(["data: a\n\ndata: b"], { error: cause })));
    expect(dataOf(items)).toEqual(["a"]);
    expect(error).toBe(cause);
  });

  test("A23 a limit cancels the body, after what came before", async () => {
    const source = body([`data: a\n\ndata: ${"x".repeat(200)}`], "open");
    const { items, error } = await drain(events(source, { maxEventBytes: 100 }));
    expect(dataOf(items)).toEqual(["a"]);
    expect(error).toBeInstanceOf(SseLimitError);
    expect(source.state.cancelled).toBe(true);
  });

  test("comments and reconnection times go to their callbacks", async () => {
    const seen: unknown[] = [];
    const options = { onComment: (text: string) => seen.push(text), onRetry: (ms: number) => seen.push(ms) };
    await drain(events(body([": hi\nretry: 20\n\n"]), options));
    expect(seen).toEqual(["hi", 20]);
  });

  test("reads no further than it is asked to", async () => {
    const source = body(Array.from({ length: 100 }, (_, index) => `data: ${index}\n\n`));
    const iterator = events(source);
    await iterator.next();
    expect(source.state.pulled).toBe(1);
    await iterator.return();
  });

  test("a source whose cancel hangs or fails doesn't hold the loop", async () => {
    for (const cancel of [() => new Promise<void>(() => {}), () => Promise.reject(new Error("late"))]) {
      const source = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(bytesOf("data: a\n\n")),
        cancel,
      });
      for await (const _ of events(source)) break;
    }
  });
});

describe("SseStream", () => {
  test("turns bytes into events", async () => {
    const stream = body(["data: a\n\nda", "ta: b\n\n"]).pipeThrough(new SseStream());
    expect(dataOf((await drain(stream)).items)).toEqual(["a", "b"]);
  });

  test("fails with the limit that was passed", async () => {
    const source = body([`data: a\n\ndata: ${"x".repeat(200)}`], "open");
    const { error } = await drain(source.pipeThrough(new SseStream({ maxEventBytes: 100 })));
    expect(error).toBeInstanceOf(SseLimitError);
  });

  test("cancelling it cancels its source", async () => {
    const source = body(["data: a\n\n"], "open");
    const reader = source.pipeThrough(new SseStream()).getReader();
    expect((await reader.read()).value?.data).toBe("a");
    await reader.cancel();
    await sleep(1);
    expect(source.state.cancelled).toBe(true);
  });
});
