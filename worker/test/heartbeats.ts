// Comments while a service is silent, and the deadline for one that sends nothing else. Written once and run twice, like
// endings.ts: in Node by the reader, inside workerd natively.
import { createParser } from "latchkey/sse";
import { expect, test } from "vitest";
import { heartbeatFor } from "../heartbeat.ts";
import { createMeter } from "../meter.ts";
import { type RelayOptions, relay } from "../relay.ts";
import type { Source } from "./endings.ts";

const chunk = (content: string) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`;
const DONE = "data: [DONE]\n\n";
const FRAME = 'data: {"error":{"code":"last"}}\n\n';
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export function describeHeartbeats(
  openSource: (signal: AbortSignal) => Source,
  /** Does a native pipe pass the middle of an answer? Then there are no comments in it. */
  native: boolean,
): void {
  function start(change: Partial<RelayOptions> = {}) {
    const controller = new AbortController();
    const source = openSource(controller.signal);
    const closed: number[] = [];
    const relayed = relay(source.body, {
      meter: createMeter(),
      idleMs: 5000,
      streamMs: 10_000,
      callerSignal: undefined,
      closeUpstream: () => {
        closed.push(Date.now());
        controller.abort();
      },
      native: true,
      heartbeat: heartbeatFor("openai", 40),
      frame: () => new TextEncoder().encode(FRAME),
      ...change,
    });
    return { source, closed, ...relayed };
  }

  const comments = (text: string) => text.match(/^:$/gm)?.length ?? 0;
  const data = (text: string) => text.replace(/^:\n/gm, "");

  test("a model that thinks before it speaks: comments, then the answer, byte by byte", async () => {
    const { source, body, ended } = start();
    const reading = new Response(body).text();
    await pause(200);
    const events = Array.from({ length: 40 }, (_, index) => chunk(`word ${index}`));
    for (const event of events) {
      await source.write(event);
      if (Number(event.length) % 3 === 0) await pause(2);
    }
    await source.write(DONE);
    await source.close();
    const text = await reading;
    expect(data(text)).toBe([...events, DONE].join(""));
    expect(comments(text)).toBeGreaterThanOrEqual(2);
    expect(comments(text)).toBeLessThanOrEqual(6);
    expect(await ended).toBe("complete");
  });

  test("silence after the first events, as with a service that opens at once and then thinks", async () => {
    const { source, body } = start();
    const reading = new Response(body).text();
    await source.write(chunk(""));
    await source.write(chunk(""));
    await pause(150);
    await source.write(chunk("a") + DONE);
    await source.close();
    const text = await reading;
    expect(text.startsWith(`${chunk("")}${chunk("")}:\n`)).toBe(true);
    expect(data(text)).toBe(chunk("") + chunk("") + chunk("a") + DONE);
  });

  test("A37 a comment is never inside an event", async () => {
    const { source, body } = start();
    const reading = new Response(body).text();
    const event = chunk("abc");
    await source.write(event.slice(0, 10));
    await pause(200);
    await source.write(event.slice(10) + DONE);
    await source.close();
    expect(await reading).toBe(event + DONE);
  });

  test("inside a flowing answer", async () => {
    const { source, body } = start();
    const reading = new Response(body).text();
    for (let i = 0; i < 20; i += 1) await source.write(chunk("a"));
    await pause(250);
    await source.write(DONE);
    await source.close();
    const text = await reading;
    expect(data(text)).toBe(chunk("a").repeat(20) + DONE);
    if (native) expect(comments(text)).toBe(0);
    else expect(comments(text)).toBeGreaterThanOrEqual(2);
  });

  test("no comment follows the end mark", async () => {
    const { source, body, ended } = start();
    const reading = new Response(body).text();
    await source.write(DONE);
    expect(await reading).toBe(DONE); // closed a second later, with the upstream still open
    expect(await ended).toBe("complete");
  });

  test("none where they are off", async () => {
    const { source, body } = start({ heartbeat: heartbeatFor("inference", 40) });
    const reading = new Response(body).text();
    await pause(150);
    await source.write(DONE);
    await source.close();
    expect(await reading).toBe(DONE);
  });

  test("a caller who has gone is noticed in silence, by the next comments", async () => {
    const { source, body, ended, closed } = start({ heartbeat: heartbeatFor("openai", 60) });
    const reader = body.getReader();
    void source.write(chunk("a")).catch(() => {});
    await reader.read();
    const left = Date.now();
    await reader.cancel();
    expect(await ended).toBe("client_gone");
    expect(closed[0]! - left).toBeLessThan(1000);
  });

  test("P5 a caller who reads nothing is not sent comment upon comment", async () => {
    const { source, body, ended, closed } = start({ heartbeat: heartbeatFor("openai", 10) });
    await pause(300);
    await source.write(chunk("a") + DONE).catch(() => {});
    void source.close().catch(() => {});
    const text = await new Response(body).text();
    expect(comments(text)).toBeLessThanOrEqual(2);
    expect(data(text)).toBe(chunk("a") + DONE);
    expect(await ended).toBe("complete");
    expect(closed.length).toBeGreaterThan(0);
  });

  for (const opened of [0, 20]) {
    test(`A21 stalled after ${opened} events: comments keep the idle deadline off, but not this one`, async () => {
      const { source, body, ended } = start({ stallMs: 300, idleMs: 200 });
      const reading = new Response(body).text();
      for (let i = 0; i < opened; i += 1) await source.write(chunk("a"));
      const started = Date.now();
      const writing = (async () => {
        for (let i = 0; i < 40; i += 1) {
          await source.write(": keepalive\n\n");
          await pause(40);
        }
      })().catch(() => {});
      expect(await ended).toBe("stalled");
      expect(Date.now() - started).toBeLessThan(1500);
      const text = await reading;
      expect(text.endsWith(FRAME)).toBe(true);
      const events: string[] = [];
      createParser({ onEvent: ({ data: one }) => events.push(one) }).feed(new TextEncoder().encode(text));
      expect(events).toHaveLength(opened + 1);
      await writing;
    });
  }

  test("I08 the opening counts for the longest duration", async () => {
    const { source, body, ended } = start({ streamMs: 300 });
    const reading = new Response(body).text();
    await pause(200);
    for (let i = 0; i < 12; i += 1) await source.write(chunk("a"));
    expect(await ended).toBe("max_duration");
    expect((await reading).endsWith(FRAME)).toBe(true);
  });

  for (const [name, act, outcome] of [
    ["ends without its end mark", (source: Source) => source.close(), "truncated"],
    ["breaks", (source: Source) => source.fail(), "upstream_error"],
  ] as const) {
    test(`B05 a service that ${name} in the opening: a last frame`, async () => {
      const { source, body, ended } = start();
      const reading = new Response(body).text();
      await source.write(chunk("a"));
      await pause(20);
      await act(source);
      expect(await ended).toBe(outcome);
      expect(data(await reading)).toBe(chunk("a") + FRAME);
    });
  }
}
