// Bytes to the caller in process: which types and headers pass, ranges, and how a download may end.
import { describe, expect, test } from "vitest";
import { FORM_TYPE, formBody, objectService, type Seen } from "./object-service.ts";
import { answering, createRig, errorOf, ORIGIN } from "./setup.ts";

const bytes = (length: number) => new Uint8Array(length).fill(7);

async function download(answer: (seen: Seen) => Response, headers: Record<string, string> = {}, config = {}) {
  const service = objectService((seen) => (seen.path.endsWith("/content") ? answer(seen) : undefined));
  const rig = await createRig({ objectsUpstream: "openai", ...config }, { fetch: service.fetch });
  const made = await rig.fetch("/v1/files", {
    method: "POST",
    body: formBody([
      { name: "purpose", value: "batch" },
      { name: "file", value: "x", filename: "a" },
    ]),
    headers: { "content-type": FORM_TYPE },
  });
  const { id } = (await made.json()) as { id: string };
  rig.log.length = 0;
  const response = await rig.fetch(`/v1/files/${id}/content`, { headers: { origin: ORIGIN, ...headers } });
  return { rig, service, response, seen: service.seen.at(-1)! };
}

const withType = (type: string) => () => new Response(bytes(10), { headers: { "content-type": type } });

describe("types", () => {
  for (const [type, passed] of [
    ["application/octet-stream", "application/octet-stream"],
    ["application/jsonl", "application/jsonl"],
    ["image/png", "image/png"],
    ["audio/wav", "audio/wav"],
    ["text/plain; charset=utf-8", "text/plain"],
    ["text/html", "application/octet-stream"],
    ["image/svg+xml", "application/octet-stream"],
    ["text/javascript", "application/octet-stream"],
    ["application/xml", "application/octet-stream"],
    ["", "application/octet-stream"],
  ] as const) {
    test(`${type || "none"} is passed as ${passed}`, async () => {
      const { response } = await download(withType(type));
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toBe(passed);
      expect(response.headers.get("content-disposition")).toBe("attachment");
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      expect(response.headers.get("access-control-allow-origin")).toBe(ORIGIN);
      expect((await response.arrayBuffer()).byteLength).toBe(10);
    });
  }

  for (const [type, status] of [
    ["audio/mpeg", 200],
    ["application/octet-stream", 200],
    ["text/html", 502],
    ["application/json", 502],
  ] as const) {
    test(`speech as ${type}: ${status}`, async () => {
      const upstream = answering(withType(type));
      const rig = await createRig({}, { fetch: upstream.fetch });
      const response = await rig.fetch("/v1/audio/speech", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model: "via-openai", input: "i", voice: "alloy" }),
      });
      expect(response.status).toBe(status);
      if (status === 200) expect((await response.arrayBuffer()).byteLength).toBe(10);
      await rig.settled();
      expect(rig.log).toMatchObject([
        status === 200 ? { bytes: 10, outcome: "complete" } : { outcome: "refused" },
      ]);
    });
  }
});

describe("headers", () => {
  test("B17 only what belongs to the bytes comes back", async () => {
    const { response } = await download(
      () =>
        new Response(bytes(10), {
          headers: {
            "content-type": "image/png",
            "content-length": "10",
            "content-disposition": 'inline; filename="../../a\u00e9.html"',
            "accept-ranges": "bytes",
            "set-cookie": "a=b",
            location: "https://evil.example",
            etag: "x",
            "content-security-policy": "x",
          },
        }),
    );
    expect(Object.fromEntries(response.headers)).toEqual({
      "content-type": "image/png",
      "content-length": "10",
      "content-disposition": 'attachment; filename="a_.html"',
      "accept-ranges": "bytes",
      "access-control-allow-origin": ORIGIN,
      "access-control-expose-headers": expect.stringContaining("content-range"),
      "cache-control": "private, no-store",
      "referrer-policy": "no-referrer",
      "server-timing": expect.any(String),
      vary: "Origin",
      "x-content-type-options": "nosniff",
      "x-request-id": expect.any(String),
    });
  });

  for (const [range, sent] of [
    ["bytes=0-9", "bytes=0-9"],
    ["bytes=5-", "bytes=5-"],
    ["bytes=-5", "bytes=-5"],
    ["bytes=0-1,4-5", undefined],
    ["bytes=a-b", undefined],
    ["lines=0-9", undefined],
    [`bytes=${"9".repeat(20)}-`, undefined],
  ] as const) {
    test(`the range ${range} is ${sent === undefined ? "left out" : "passed on"}`, async () => {
      const { seen } = await download(withType("image/png"), { range });
      expect(seen.headers.range).toBe(sent);
    });
  }

  test("206 and 416 keep their range; a malformed one is left out", async () => {
    const part = (value: string, status: number) => () =>
      new Response(status === 416 ? null : bytes(10), {
        status,
        headers: { "content-type": "image/png", "content-range": value },
      });
    const partial = await download(part("bytes 0-9/100", 206), { range: "bytes=0-9" });
    expect(partial.response.status).toBe(206);
    expect(partial.response.headers.get("content-range")).toBe("bytes 0-9/100");
    const past = await download(part("bytes */100", 416), { range: "bytes=200-" });
    expect(past.response.status).toBe(416);
    expect(past.response.headers.get("content-range")).toBe("bytes */100");
    expect(await errorOf(past.response)).toMatchObject({ code: "range_not_satisfiable" });
    const odd = await download(part("bytes x\u00e9", 206), { range: "bytes=0-9" });
    expect(odd.response.headers.get("content-range")).toBeNull();
  });

  test("B15 a compressed download is refused: its length would lie", async () => {
    const { response } = await download(
      () => new Response(bytes(10), { headers: { "content-encoding": "gzip", "content-type": "image/png" } }),
    );
    expect(response.status).toBe(502);
  });
});

describe("endings", () => {
  const stream = (act: (controller: ReadableStreamDefaultController<Uint8Array>) => void, headers = {}) => {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      start: act,
      cancel: () => {
        cancelled = true;
      },
    });
    return {
      answer: () => new Response(body, { headers: { "content-type": "image/png", ...headers } }),
      cancelled: () => cancelled,
    };
  };

  test("an upstream that ends early breaks the download off", async () => {
    const { answer } = stream(
      (controller) => {
        controller.enqueue(bytes(10));
        controller.close();
      },
      { "content-length": "20" },
    );
    const { rig, response } = await download(answer);
    await expect(response.arrayBuffer()).rejects.toThrow();
    await rig.settled();
    expect(rig.log).toMatchObject([{ outcome: "truncated", bytes: 10 }]);
  });

  test("an upstream that fails breaks the download off", async () => {
    const { answer } = stream((controller) => {
      controller.enqueue(bytes(10));
      setTimeout(() => controller.error(new Error("reset")), 20);
    });
    const { rig, response } = await download(answer);
    await expect(response.arrayBuffer()).rejects.toThrow();
    await rig.settled();
    expect(rig.log).toMatchObject([{ outcome: "upstream_error" }]);
  });

  test("one that falls silent, or never ends, too", async () => {
    for (const [deadlines, outcome] of [
      [{ idleMs: 30 }, "idle"],
      [{ streamMs: 40 }, "max_duration"],
    ] as const) {
      let beat: ReturnType<typeof setInterval> | undefined;
      const { answer, cancelled } = stream((controller) => {
        controller.enqueue(bytes(10));
        beat = "streamMs" in deadlines ? setInterval(() => controller.enqueue(bytes(1)), 10) : undefined;
      });
      const { rig, response } = await download(answer, {}, { deadlines });
      await expect(response.arrayBuffer()).rejects.toThrow();
      clearInterval(beat);
      await rig.settled();
      expect(rig.log).toMatchObject([{ outcome }]);
      expect(cancelled()).toBe(true);
    }
  });

  test("a caller who leaves ends it", async () => {
    const { answer, cancelled } = stream((controller) => controller.enqueue(bytes(10)));
    const { rig, response } = await download(answer);
    const reader = response.body!.getReader();
    await reader.read();
    await reader.cancel();
    await rig.settled();
    expect(rig.log).toMatchObject([{ outcome: "client_gone", bytes: 10 }]);
    expect(cancelled()).toBe(true);
  });

  test("an empty file is one", async () => {
    const { response } = await download(
      () => new Response(null, { headers: { "content-length": "0", "content-type": "text/plain" } }),
    );
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
  });
});
