// Group F of the threat cases that budgets*.test.ts and ledger*.ts leave open: loops of calls that cost nothing, and calls
// that name themselves with Idempotency-Key.
import { describe, expect, test } from "vitest";
import { createMemoryLedger } from "../ledger-memory.ts";
import { createMemoryOwnership, type OwnedObject } from "../ownership.ts";
import type { OwnershipOf } from "../proxy.ts";
import { answering, createRig, errorOf, eventStream, jsonAnswer, OTHER_KEY } from "./setup.ts";

const KEY = "idempotency-canary-4711";
const named = (key = KEY) => ({ headers: { "idempotency-key": key } });

/** An upstream that answers when it is told to. */
function waiting(answer = () => jsonAnswer({ id: "c", choices: [] })) {
  const open: (() => void)[] = [];
  const upstream = answering(async () => {
    await new Promise<void>((resolve) => open.push(resolve));
    return answer();
  });
  const go = () => {
    for (const one of open.splice(0)) one();
  };
  return { ...upstream, go };
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !condition(); i += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(condition()).toBe(true);
}

describe("F21 what is given back is still counted", () => {
  const loops: [string, () => Response, (response: Response) => Promise<unknown>][] = [
    ["calls that make the service fail", () => jsonAnswer({}, { status: 500 }), (one) => one.text()],
    [
      "bodies that the service refuses",
      () => jsonAnswer({ error: { code: "x" } }, { status: 400 }),
      (one) => one.text(),
    ],
    ["callers that leave at once", () => eventStream(new ReadableStream({})), (one) => one.body!.cancel()],
  ];
  for (const [name, answer, leave] of loops) {
    test(`F21 ${name}: no more of them than a minute allows`, async () => {
      const upstream = answering(answer);
      const rig = await createRig(
        { perCaller: { requestsPerMinute: 5, tokensPerDay: 1_000_000 } },
        { fetch: upstream.fetch, ledger: createMemoryLedger({ now: Date.now, warn: () => {} }) },
      );
      const stream = name.includes("leave");
      for (let i = 0; i < 20; i += 1) {
        const response = await rig.chat({ stream });
        if (response.status === 429) expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
        await (response.status === 429 ? response.text() : leave(response));
      }
      await rig.settled();
      expect(upstream.requests).toHaveLength(5);
      expect(rig.log.filter(({ limit }) => limit === "requestsPerMinute")).toHaveLength(15);
    });
  }
});

describe("F24 one idempotency key", () => {
  test("F24 the same call 20 times at once, through two proxies: one reaches the upstream, the others are told to wait", async () => {
    const upstream = waiting();
    const ownership = createMemoryOwnership();
    const rigs = [
      await createRig({}, { fetch: upstream.fetch, ownership }),
      await createRig({}, { fetch: upstream.fetch, ownership }),
    ];
    const calls = Array.from({ length: 20 }, (_, index) => rigs[index % 2]!.chat({}, named()));
    let answered = 0;
    for (const call of calls) void call.then(() => (answered += 1));
    await until(() => answered === 19);
    expect(upstream.requests).toHaveLength(1);
    upstream.go();
    const answers = await Promise.all(calls);
    const refused = answers.filter(({ status }) => status === 409);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(refused).toHaveLength(19);
    for (const response of refused) {
      expect(response.headers.get("retry-after")).toBe("1");
      expect(response.headers.get("x-should-retry")).toBe("true");
      expect(await errorOf(response)).toMatchObject({ code: "call_under_way" });
    }
    expect(upstream.requests).toHaveLength(1);
  });

  test("F24 switched off, the header means nothing and no store is asked", async () => {
    let asked = 0;
    const memory = createMemoryOwnership();
    const ownership: OwnershipOf = (principal) => {
      const kept = memory(principal);
      const count = <T>(answer: T) => {
        asked += 1;
        return answer;
      };
      return {
        find: (references) => count(kept.find(references)),
        add: (objects, most) => count(kept.add(objects, most)),
        remove: (reference) => count(kept.remove(reference)),
        page: (query) => count(kept.page(query)),
      };
    };
    const upstream = answering(() => jsonAnswer({ choices: [] }));
    const rig = await createRig({ idempotencyKeys: "ignore" }, { fetch: upstream.fetch, ownership });
    const calls = await Promise.all([
      rig.chat({}, named()),
      rig.chat({ n: 2 }, named()),
      rig.chat({}, named("\t")),
    ]);
    expect(calls.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(upstream.requests).toHaveLength(3);
    await rig.settled();
    expect(asked).toBe(0);
  });

  test("F24 another body, model or route under the same key: 409, and not to be tried again", async () => {
    const upstream = waiting();
    const rig = await createRig({}, { fetch: upstream.fetch });
    const first = rig.chat({}, named());
    await until(() => upstream.requests.length === 1);
    for (const other of [
      rig.chat({ temperature: 0.5 }, named()),
      rig.chat({ model: "DeepSeek-R1" }, named()),
      rig.chat({ stream: true }, named()),
      rig.chat({}, { ...named(), path: "/v1/chat/completions" }),
    ]) {
      const response = await other;
      expect(response.status).toBe(409);
      expect(response.headers.get("x-should-retry")).toBe("false");
      expect(await errorOf(response)).toMatchObject({ code: "idempotency_key_reused" });
    }
    upstream.go();
    expect((await first).status).toBe(200);
    expect(upstream.requests).toHaveLength(1);
  });

  test("F24 another caller's is another key, and so is none", async () => {
    const upstream = waiting();
    const rig = await createRig({}, { fetch: upstream.fetch });
    const calls = [
      rig.chat({}, named()),
      rig.chat({}, { headers: { ...named().headers, authorization: `Bearer ${OTHER_KEY}` } }),
      rig.chat({}, named("another")),
      rig.chat({}),
      rig.chat({}),
    ];
    await until(() => upstream.requests.length === 5);
    upstream.go();
    for (const { status } of await Promise.all(calls)) expect(status).toBe(200);
  });

  const ends: [string, () => Response, (response: Response) => Promise<unknown>][] = [
    ["a whole answer", () => jsonAnswer({ choices: [] }), (response) => response.text()],
    ["a stream", () => eventStream("data: [DONE]\n\n"), (response) => response.text()],
    ["a stream that is cut", () => eventStream("data: {}\n\n"), (response) => response.text()],
    [
      "a caller that leaves",
      () =>
        eventStream(
          new ReadableStream({ start: (one) => one.enqueue(new TextEncoder().encode("data: {}\n\n")) }),
        ),
      (response) => response.body!.cancel(),
    ],
    ["an upstream that fails", () => jsonAnswer({}, { status: 500 }), (response) => response.text()],
    [
      "an upstream that throws",
      () => {
        throw new TypeError("reset");
      },
      (response) => response.text(),
    ],
  ];
  for (const [name, answer, read] of ends) {
    test(`F24 the key is free again after ${name}`, async () => {
      const upstream = answering(answer);
      const rig = await createRig({}, { fetch: upstream.fetch });
      for (let call = 1; call <= 3; call += 1) {
        const response = await rig.chat(
          { stream: name.includes("stream") || name.includes("leaves") },
          named(),
        );
        expect(response.status).not.toBe(409);
        await read(response);
        await rig.settled();
        expect(upstream.requests).toHaveLength(call);
      }
    });
  }

  test("F24 a worker that died holds no key for ever", async () => {
    let now = Date.now();
    const ownership = createMemoryOwnership();
    const dead = await createRig({}, { fetch: waiting().fetch, ownership, now: () => now });
    void dead.chat({}, named());
    const rig = await createRig({}, { ownership, now: () => now });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await rig.chat({}, named())).status).toBe(409);
    now += 3_600_000;
    expect((await rig.chat({}, named())).status).toBe(200);
  });

  test("F24 nothing readable is stored or logged, and nothing of it is sent on", async () => {
    const stored: (OwnedObject | string)[] = [];
    const memory = createMemoryOwnership();
    const ownership: OwnershipOf = (principal, forgetAfterMs) => {
      stored.push(principal);
      expect(forgetAfterMs === undefined || forgetAfterMs >= 900_000).toBe(true);
      const kept = memory(principal);
      return {
        ...kept,
        add: (objects, most) => {
          stored.push(...objects);
          return kept.add(objects, most);
        },
      };
    };
    const upstream = answering(() => jsonAnswer({ choices: [] }));
    const rig = await createRig({}, { fetch: upstream.fetch, ownership });
    const messages = [{ role: "user", content: "prompt-canary" }];
    expect((await rig.chat({ messages }, named())).status).toBe(200);
    expect(stored.filter((one) => typeof one === "object")).toHaveLength(1);
    expect(JSON.stringify([stored, rig.log])).not.toContain("canary");
    expect(JSON.stringify([...upstream.requests[0]!.headers])).not.toContain(KEY);
  });

  for (const key of ["x".repeat(256), "a b", "caf\u00e9"]) {
    test(`F24 ${JSON.stringify(key.slice(0, 8))} is no key: 400`, async () => {
      const rig = await createRig();
      expect((await rig.chat({}, named(key))).status).toBe(400);
      expect(rig.emulator.requests).toHaveLength(0);
    });
  }

  test("F24 when the store can't be asked: 503, and no call", async () => {
    const ownership: OwnershipOf = (principal) => ({
      ...createMemoryOwnership()(principal),
      add: async () => {
        const { OwnershipUnavailable } = await import("../ownership.ts");
        throw new OwnershipUnavailable("x");
      },
    });
    const rig = await createRig({}, { ownership });
    expect((await rig.chat({}, named())).status).toBe(503);
    expect(rig.emulator.requests).toHaveLength(0);
  });
});
