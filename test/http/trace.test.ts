// The hook for tracing: one start and one end for each call, however it ends.
import type { StartTrace, TraceEnd } from "latchkey";
import { describe, expect, test } from "vitest";
import {
  body,
  COMPLETION,
  clientOf,
  DONE,
  eventStream,
  failureOf,
  finishes,
  json,
  MESSAGES,
  says,
  service,
  sleep,
} from "../service.ts";

interface Traced {
  starts: { name: string; method: string; url: string; stream: boolean }[];
  ends: TraceEnd[];
  trace: StartTrace;
}

function tracer(headers?: Record<string, string>): Traced {
  const traced: Traced = {
    starts: [],
    ends: [],
    trace: ({ name, method, url, stream }) => {
      traced.starts.push({ name, method, url, stream });
      return { ...(headers && { headers }), end: (outcome) => void traced.ends.push(outcome) };
    },
  };
  return traced;
}

describe("a trace", () => {
  test("of a whole answer: operation, status, retries, id and result", async () => {
    const traced = tracer();
    const target = service(
      json({}, 503, { "retry-after-ms": "0" }),
      json(COMPLETION, 200, { "x-request-id": "r" }),
    );
    await clientOf(target, { trace: traced.trace, maxRetries: 1 }).complete({ messages: MESSAGES });
    expect(traced.starts).toHaveLength(1);
    expect(traced.starts[0]).toMatchObject({ name: "chat", method: "POST", stream: false });
    expect(traced.ends).toHaveLength(1);
    expect(traced.ends[0]).toMatchObject({
      status: 200,
      retries: 1,
      requestId: "r",
      result: { id: COMPLETION.id },
    });
    expect(traced.ends[0]?.error).toBeUndefined();
  });

  test("of a stream ends with the stream, not with its headers", async () => {
    const traced = tracer();
    const target = service(eventStream(says("a") + finishes() + DONE));
    const stream = await clientOf(target, { trace: traced.trace }).complete({
      messages: MESSAGES,
      stream: true,
    });
    expect(traced.starts[0]?.stream).toBe(true);
    expect(traced.ends).toHaveLength(0);
    await stream.final();
    expect(traced.ends).toHaveLength(1);
    expect(traced.ends[0]).toMatchObject({
      status: 200,
      result: { choices: [{ message: { content: "a" } }] },
    });
  });

  test("ends once when a stream fails, is left, or is aborted", async () => {
    for (const leave of ["fail", "break", "abort"]) {
      const traced = tracer();
      const content = leave === "fail" ? body([says("a")]) : body([says("a")], "open");
      const stream = await clientOf(service(eventStream(content)), { trace: traced.trace }).complete({
        messages: MESSAGES,
        stream: true,
      });
      if (leave === "fail") await failureOf(stream.final());
      if (leave === "break") for await (const _ of stream) break;
      if (leave === "abort") stream.abort();
      await sleep(1);
      stream.abort();
      expect(traced.ends).toHaveLength(1);
      if (leave !== "break") expect(traced.ends[0]?.error).toBeDefined();
    }
  });

  test("ends once when a call fails", async () => {
    const traced = tracer();
    const target = service(json({}, 400, { "x-request-id": "r" }), json({ error: { message: "m" } }), () =>
      Promise.reject(new Error("x")),
    );
    const client = clientOf(target, { trace: traced.trace });
    const errors = [];
    for (let i = 0; i < 3; i++) errors.push(await failureOf(client.complete({ messages: MESSAGES })));
    expect(traced.ends.map(({ error }) => error)).toEqual(errors);
    expect(traced.ends[0]).toMatchObject({ status: 400, requestId: "r" });
    expect(traced.ends[1]).toMatchObject({ status: 200 });
    expect(traced.ends[2]?.status).toBeUndefined();
  });

  test("its headers are sent, and the caller's win over them", async () => {
    const traced = tracer({ traceparent: "00-1-2-01", "x-a": "trace" });
    const target = service(() => json(COMPLETION));
    await clientOf(target, { trace: traced.trace }).complete(
      { messages: MESSAGES },
      { headers: { "x-a": "call" } },
    );
    expect(target.arrivals[0]?.headers.get("traceparent")).toBe("00-1-2-01");
    expect(target.arrivals[0]?.headers.get("x-a")).toBe("call");
  });

  test("its headers go to the client's own origin only", async () => {
    const traced = tracer({ traceparent: "00-1-2-01" });
    const target = service(() => json({}));
    const client = clientOf(target, { trace: traced.trace });
    for (const url of ["/a", "https://service.example/b", "https://foreign.example/c"])
      await client.sendRequest({ url });
    const sent = target.arrivals.map(({ headers }) => headers.get("traceparent"));
    expect(sent).toEqual(["00-1-2-01", "00-1-2-01", null]);
  });

  test("is told the first value of a stream once, when it's there", async () => {
    const told: number[] = [];
    const content = body([": wait\n\n", says("a"), says("b"), finishes(), DONE]);
    let read = 0;
    const trace: StartTrace = () => ({ onFirst: () => void told.push(read), end() {} });
    const stream = await clientOf(service(eventStream(content)), { trace }).complete({
      messages: MESSAGES,
      stream: true,
    });
    expect(told).toEqual([]);
    for await (const _ of stream) read++;
    expect([told, read]).toEqual([[0], 3]);
  });

  test("may be declined for a call", async () => {
    const target = service(() => json(COMPLETION));
    await clientOf(target, { trace: () => undefined }).complete({ messages: MESSAGES });
    expect(target.arrivals).toHaveLength(1);
  });

  test("of model info and raw requests", async () => {
    const traced = tracer();
    const target = service(() => json({ model_name: "m", model_type: "t", model_provider_name: "p" }));
    const client = clientOf(target, { trace: traced.trace });
    await client.getModelInfo();
    await client.sendRequest({ url: "x" });
    expect(traced.starts.map(({ method }) => method)).toEqual(["GET", "GET"]);
    expect(traced.ends.map(({ status }) => status)).toEqual([200, 200]);
  });
});

test("a tracer that throws breaks no call", async () => {
  for (const trace of [
    () => {
      throw new Error("start");
    },
    () => ({
      onFirst() {
        throw new Error("first");
      },
      end() {
        throw new Error("end");
      },
    }),
  ] satisfies StartTrace[]) {
    const whole = clientOf(service(json(COMPLETION)), { trace }).complete({ messages: MESSAGES });
    expect((await whole).choices).toHaveLength(1);
    const stream = await clientOf(service(eventStream(body([says("a")], "open"))), {
      trace,
      idleTimeoutMs: 20,
    }).complete({
      messages: MESSAGES,
      stream: true,
    });
    expect(await failureOf(stream.final())).toMatchObject({ kind: "timeout" });
  }
});
