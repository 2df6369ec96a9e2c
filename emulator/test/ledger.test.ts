import { describe, expect, test } from "vitest";
import { createEmulator } from "../index.ts";
import { redact } from "../ledger.ts";
import { ask, chunksOf, contentOf, decode, drain, emulatorOf, PATHS, requestOf } from "./asking.ts";

describe("the ledger", () => {
  test("counts what was delivered, not what was planned", async () => {
    const emulator = emulatorOf();
    const response = await ask(emulator, { content: "tell me about bridges in 300 words" });
    const reader = response.body!.getReader();
    let bytes = 0;
    for (let i = 0; i < 11; i++) bytes += (await reader.read()).value!.byteLength;
    await reader.cancel();
    expect(emulator.ledger[0]).toMatchObject({
      requestId: response.headers.get("x-request-id"),
      outcome: "cancelled",
      chunks: 11,
      bytes,
      completionTokens: 10,
    });
    expect(emulator.ledger[0]?.promptTokens).toBeGreaterThan(6);
  });

  test.each([true, false])("agrees with the usage of a finished answer, stream: %s", async (stream) => {
    const emulator = emulatorOf();
    const body = stream ? { stream_options: { include_usage: true } } : {};
    const text = await (await ask(emulator, { stream, content: "why?", body })).text();
    const usage = stream
      ? chunksOf(text).at(-1)?.usage
      : (JSON.parse(text) as { usage: Record<string, number> }).usage;
    const [entry] = emulator.ledger;
    expect(entry).toMatchObject({
      outcome: "finished",
      stream,
      status: 200,
      promptTokens: usage?.prompt_tokens,
      completionTokens: usage?.completion_tokens,
    });
    expect(entry?.bytes).toBe(new TextEncoder().encode(text).byteLength);
  });

  test("tells cancelled, failed and refused apart", async () => {
    const emulator = emulatorOf();
    await drain(await ask(emulator, { scenario: "reset" }));
    await drain(await ask(emulator, { scenario: "rate-limit" }));
    await (await ask(emulator)).body?.cancel();
    expect(
      emulator.ledger.map(({ outcome, status, completionTokens, scenario }) => [
        outcome,
        status,
        completionTokens,
        scenario,
      ]),
    ).toEqual([
      ["failed", 200, 4, "reset"],
      ["finished", 429, 0, "rate-limit"],
      ["cancelled", 200, 0, null],
    ]);
  });

  test("is timed by the clock", async () => {
    let now = 1_000;
    const emulator = createEmulator({ clock: () => now });
    const response = await ask(emulator);
    now = 3_500;
    await response.text();
    expect(emulator.ledger[0]).toMatchObject({ startedAt: 1_000, endedAt: 3_500 });
  });

  test("forgets the oldest past its limit", async () => {
    const emulator = emulatorOf({ ledgerLimit: 2, recordLimit: 1 });
    for (const content of ["a", "b", "c"]) await drain(await ask(emulator, { content }));
    expect(emulator.ledger).toHaveLength(2);
    expect(emulator.requests.map(({ body }) => JSON.parse(body).messages[0].content)).toEqual(["c"]);
  });
});

describe("the recorder", () => {
  test("keeps method, address, headers and body", async () => {
    const emulator = emulatorOf();
    await drain(await ask(emulator, { headers: { "x-extra": "seen" } }));
    expect(emulator.requests[0]).toMatchObject({
      method: "POST",
      url: "http://emulator.test/v1/chat/completions",
      path: "/v1/chat/completions",
      headers: { "x-extra": "seen", "api-key": "emulator-key" },
    });
    expect(JSON.parse(emulator.requests[0]!.body)).toMatchObject({ model: "gpt-4.1" });
  });

  test("keeps no value that looks like a real credential", async () => {
    const emulator = emulatorOf();
    const secrets = [
      `sk-proj-${"Ab1".repeat(16)}`,
      "aB3".repeat(28),
      `eyJ${"a".repeat(20)}.eyJ${"b".repeat(40)}.${"c".repeat(43)}`,
      "0123456789abcdef0123456789ABCDEF",
    ];
    for (const secret of secrets) {
      await drain(await ask(emulator, { headers: { "api-key": secret, authorization: `Bearer ${secret}` } }));
    }
    const accepted = emulatorOf({ keys: [secrets[0]!] });
    await drain(
      await ask(accepted, { headers: { "api-key": secrets[0]! }, content: `my key is ${secrets[1]}` }),
    );
    expect(accepted.ledger[0]?.status).toBe(200);
    const kept = JSON.stringify([emulator.requests, emulator.ledger, accepted.requests, accepted.ledger]);
    for (const secret of secrets) expect(kept).not.toContain(secret);
    expect(kept).toContain("[redacted 84 characters]");
  });

  test.each(["A", "eyJ", "sk-", "eyJaaaaaaaaaa.", "a-"])("looks through 3 MB of %j quickly", (piece) => {
    const start = performance.now();
    redact(piece.repeat(3_000_000 / piece.length));
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  test("answers 413 past maxBodyBytes without reading on", async () => {
    const emulator = emulatorOf({ maxBodyBytes: 100 });
    const response = await ask(emulator, { content: "x".repeat(200) });
    expect(response.status).toBe(413);
    expect(emulator.requests[0]?.body).toBe("");
  });
});

describe("control routes", () => {
  const control = (
    emulator: ReturnType<typeof emulatorOf>,
    method: string,
    name: string,
    headers = {},
  ): Promise<Response> => emulator.fetch(`http://emulator.test/_emulator/${name}`, { method, headers });

  test("show and reset what the properties show", async () => {
    const emulator = emulatorOf();
    await drain(await ask(emulator));
    expect(await (await control(emulator, "GET", "requests")).json()).toEqual(emulator.requests);
    expect(await (await control(emulator, "GET", "ledger")).json()).toEqual(emulator.ledger);
    const { requests } = emulator;
    expect((await control(emulator, "POST", "reset")).status).toBe(204);
    expect([requests, emulator.ledger]).toEqual([[], []]);
  });

  test.each([{ origin: "https://page.test" }, { origin: "null" }, { "sec-fetch-site": "same-origin" }])(
    "are closed to web pages: %o",
    async (headers) => {
      const emulator = emulatorOf();
      await drain(await ask(emulator));
      expect((await control(emulator, "POST", "reset", headers)).status).toBe(403);
      expect((await control(emulator, "GET", "requests", headers)).status).toBe(403);
      expect(emulator.requests).toHaveLength(1);
    },
  );

  test("that are none are 404", async () => {
    expect((await control(emulatorOf(), "GET", "reset")).status).toBe(404);
  });
});

describe("determinism", () => {
  const script = ["hi", "why is the sky blue?", "a table of a and b", "tell me about maps in 80 words"];
  const play = async (seed: number): Promise<string> => {
    const emulator = emulatorOf({ seed });
    let bytes = "";
    for (const content of script) {
      const response = await ask(emulator, { form: "deployments", content });
      bytes += JSON.stringify([...response.headers]) + decode((await drain(response)).writes);
    }
    return bytes + JSON.stringify([emulator.requests, emulator.ledger]);
  };

  test("same seed, same script: the same bytes and the same log", async () => {
    expect(await play(7)).toBe(await play(7));
  });

  test("another seed answers otherwise", async () => {
    expect(await play(7)).not.toBe(await play(8));
  });

  test("after reset the first request is the first again", async () => {
    const emulator = emulatorOf();
    const first = await (await ask(emulator)).text();
    expect(await (await ask(emulator)).text()).not.toBe(first);
    emulator.reset();
    expect(await (await ask(emulator)).text()).toBe(first);
  });
});

describe("many at once", () => {
  test("500 streams do not mix", async () => {
    const emulator = emulatorOf();
    const answers = await Promise.all(
      Array.from({ length: 500 }, async (_, index) => {
        const response = await ask(emulator, {
          content: `echo stream ${index} says ${"word ".repeat(index % 20)}end`,
        });
        const chunks = chunksOf(await response.text());
        return { ids: new Set(chunks.map((chunk) => chunk.id)), text: contentOf(chunks), index };
      }),
    );
    for (const { ids, text, index } of answers) {
      expect(ids.size).toBe(1);
      expect(text).toBe(`stream ${index} says ${"word ".repeat(index % 20)}end`);
    }
    expect(new Set(answers.flatMap(({ ids }) => [...ids])).size).toBe(500);
    expect(emulator.ledger.every(({ outcome }) => outcome === "finished")).toBe(true);
  });
});

describe("fetch", () => {
  test("takes a URL and init, a URL object, or a Request, and needs no this", async () => {
    const { fetch } = emulatorOf();
    const request = requestOf({});
    const init = { method: "POST", headers: request.headers, body: await request.clone().text() };
    for (const answer of [fetch(request.url, init), fetch(new URL(request.url), init), fetch(request)]) {
      expect((await answer).status).toBe(200);
    }
  });

  test("rejects with the reason of a signal that is aborted already", async () => {
    const emulator = emulatorOf();
    const signal = AbortSignal.abort(new Error("no"));
    await expect(ask(emulator, { signal })).rejects.toThrow("no");
    expect(emulator.requests).toEqual([]);
  });

  test("writes only when it is read", async () => {
    const emulator = emulatorOf();
    const response = await ask(emulator, { scenario: "flood;chunks=1e9" });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(emulator.ledger[0]?.chunks).toBe(0);
    const reader = response.body!.getReader();
    await reader.read();
    expect(emulator.ledger[0]?.chunks).toBe(1);
    await reader.cancel();
  });

  test("lends itself to readers with their own buffer", async () => {
    const reader = (await ask(emulatorOf(), { path: PATHS.openai })).body!.getReader({ mode: "byob" });
    let view = new Uint8Array(1024);
    let text = "";
    for (;;) {
      const { done, value } = await reader.read(view);
      if (done) break;
      text += decode([value]);
      view = new Uint8Array(value.buffer);
    }
    expect(contentOf(chunksOf(text))).toBe("one two three four five");
  });

  test.each([
    [{ seed: 1.5 }, "seed"],
    [{ paceMs: -1 }, "paceMs"],
    [{ keys: [] }, "keys"],
    [{ keys: [""] }, "keys"],
    [{ deployments: [] }, "deployments"],
    [{ deployments: [{ name: "" }] }, "deployments"],
    [{ maxBodyBytes: Number.NaN }, "maxBodyBytes"],
    [{ colour: "red" } as object, "colour"],
  ])("createEmulator names the option that is wrong: %o", (options, name) => {
    expect(() => createEmulator(options)).toThrow(new RegExp(name));
  });
});
