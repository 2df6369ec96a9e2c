// Group G of the threat cases that no other file looks at: where a redirect leads, what an upstream's headers may do.
// Over sockets: cases-blackbox.test.ts.
import { describe, expect, test } from "vitest";
import { answering, createRig, eventStream, jsonAnswer, PROXY } from "./setup.ts";

describe("G18 redirects", () => {
  const locations: [string, (url: string) => string][] = [
    ["to itself", (url) => url],
    ["to this proxy", () => `${PROXY}/v1/chat/completions`],
    ["to another host", () => "https://evil.example/collect"],
    ["to a relative address", () => "/elsewhere"],
  ];
  for (const [name, location] of locations) {
    for (const status of [301, 302, 303, 307, 308]) {
      test(`G18 ${status} ${name} is not followed`, async () => {
        const asked: RequestInit[] = [];
        const rig = await createRig(
          {},
          {
            fetch: async (url, init) => {
              asked.push(init);
              return new Response("canary", { status, headers: { location: location(url) } });
            },
          },
        );
        for (const stream of [false, true]) {
          asked.length = 0;
          const response = await rig.chat({ stream });
          expect(response.status).toBe(502);
          expect(response.headers.get("location")).toBeNull();
          expect(await response.text()).not.toMatch(/canary|evil|elsewhere/);
          expect(asked).toHaveLength(1);
          expect(asked[0]!.redirect).toBe("manual");
        }
      });
    }
  }
});

describe("G19 strange headers of an upstream", () => {
  const strange: [string, Record<string, string>][] = [
    ["bytes beyond ASCII", { "x-a": "\u00ff\u0080", server: "caf\u00e9", "retry-after": "\u00ff" }],
    ["128 KB", { "x-a": "a".repeat(131_072), "x-ms-region": "b".repeat(131_072) }],
    ["128 KB where we read", { "retry-after": "1".repeat(131_072), "x-request-id": "c".repeat(131_072) }],
    [
      "bytes beyond ASCII where we read",
      { "retry-after-ms": "\u00b2", "x-ratelimit-reset-tokens": "\u00b5s" },
    ],
  ];
  for (const [name, headers] of strange) {
    test(`G19 ${name}: dropped, on answers, streams and errors`, async () => {
      const answers = [
        () => jsonAnswer({ choices: [] }, { headers }),
        () => eventStream("data: [DONE]\n\n", headers),
        () => jsonAnswer({ error: { code: "x", message: "y" } }, { status: 429, headers }),
        () => jsonAnswer({ error: { code: "x", message: "y" } }, { status: 400, headers }),
      ];
      const expected = [200, 200, 429, 400];
      for (const [index, answer] of answers.entries()) {
        const rig = await createRig({}, { fetch: answering(answer).fetch });
        const response = await rig.chat({ stream: index === 1 });
        await response.text();
        expect(response.status).toBe(expected[index]);
        const all = [...response.headers].map(([key, value]) => `${key}: ${value}`).join("\n");
        expect(all.length).toBeLessThan(4096);
        expect(all).toMatch(/^[\x20-\x7e\n]*$/);
        expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
      }
    });
  }

  test("G19 a content type beyond ASCII or endless is another type: 502", async () => {
    for (const type of ["application/j\u00fcson", `text/${"x".repeat(131_072)}`]) {
      const rig = await createRig(
        {},
        { fetch: answering(() => new Response("{}", { headers: { "content-type": type } })).fetch },
      );
      expect((await rig.chat({})).status).toBe(502);
    }
  });
});

test("G02 what Connection names, and headers of one hop, stay here", async () => {
  const upstream = answering(() => jsonAnswer({ choices: [] }));
  const rig = await createRig({}, { fetch: upstream.fetch });
  await rig.chat(
    {},
    {
      headers: {
        "x-keep": "1",
        "proxy-authorization": "Basic canary",
        "proxy-connection": "canary",
        "x-forwarded-host": "canary",
        forwarded: "host=canary",
        "x-original-url": "/canary",
        baggage: "canary",
        range: "bytes=0-1",
      },
    },
  );
  const sent = Object.fromEntries(upstream.requests[0]!.headers);
  expect(JSON.stringify(sent)).not.toContain("canary");
  expect(Object.keys(sent)).not.toContain("x-keep");
  expect(Object.keys(sent)).not.toContain("range");
});

test("G20 the same body from two callers is two calls, and no answer may be kept", async () => {
  let count = 0;
  const upstream = answering(() => jsonAnswer({ id: `c${++count}`, choices: [] }));
  const rig = await createRig({}, { fetch: upstream.fetch });
  const { OTHER_KEY } = await import("./setup.ts");
  const first = await rig.chat({});
  const second = await rig.chat({}, { headers: { authorization: `Bearer ${OTHER_KEY}` } });
  expect([await first.json(), await second.json()]).toMatchObject([{ id: "c1" }, { id: "c2" }]);
  for (const { headers } of [first, second]) {
    expect(headers.get("cache-control")).toBe("private, no-store");
    expect(headers.get("etag")).toBeNull();
  }
});
