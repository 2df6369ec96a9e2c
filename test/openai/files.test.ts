// Files on their way: uploads of every kind and their progress, downloads that are whole or fail, lists page by page,
// and waiting.
import { AzureOpenAI, type FileObject, toFile, toStreamingFile, type Uploadable } from "latchkey/openai";
import { describe, expect, test } from "vitest";
import { body, bytesOf, drain, failureOf, json, thrownBy } from "../service.ts";
import { azure, RESOURCE, recorder, type Seen } from "./recorder.ts";

const FILE = { id: "file-1", object: "file", status: "pending" };

async function upload(file: Uploadable, options = {}): Promise<Seen> {
  const target = recorder(() => json(FILE));
  await azure(target).files.create({ file, purpose: "batch" }, options);
  return target.seen[0]!;
}

async function* pieces(...texts: string[]) {
  for (const text of texts) yield bytesOf(text);
}

describe("uploads", () => {
  const node = Object.assign(pieces("a", "b"), { path: "/home/me/talk.wav" });
  const UPLOADS: [string, Uploadable, unknown[]][] = [
    ["a File", new File(["ab"], "x.txt", { type: "text/plain" }), ["x.txt", "text/plain", "ab"]],
    ["a Blob", new Blob(["ab"]), ["file", expect.any(String), "ab"]],
    ["bytes", bytesOf("ab"), ["file", expect.any(String), "ab"]],
    ["part of a buffer", bytesOf("xaby").subarray(1, 3), ["file", expect.any(String), "ab"]],
    ["a buffer", bytesOf("ab").buffer, ["file", expect.any(String), "ab"]],
    ["a web stream", body(["a", "b"]), ["file", "application/octet-stream", "ab"]],
    ["a stream of Node's", node, ["talk.wav", "application/octet-stream", "ab"]],
    [
      "a stream with a name",
      toStreamingFile(pieces("a", "b"), 'x"\r\n.txt', { type: "text/plain", size: 2 }),
      ['x"\r\n.txt', "text/plain", "ab"],
    ],
  ];
  test.each(UPLOADS)("%s", async (_, file, expected) => {
    const { body: fields } = await upload(file);
    expect(fields).toEqual([
      ["file", ...expected],
      ["purpose", "batch"],
    ]);
  });

  test.each([[{}], [null], [undefined]])("%j is no field: the service says what it misses", async (file) => {
    const { body: fields } = await upload(file as unknown as Blob);
    expect(fields).toEqual([["purpose", "batch"]]);
  });

  test("an object of a class that is no file is a TypeError", async () => {
    const call = () => azure(recorder()).files.create({ file: new Map() as never, purpose: "batch" });
    expect(await thrownBy(call)).toBeInstanceOf(TypeError);
  });

  test("progress, up to all of it", async () => {
    const seen: { transferredBytes: number; totalBytes: number; percent: number }[] = [];
    const big = new File([new Uint8Array(300_000)], "big.bin");
    await upload(big, { onUploadProgress: (progress: (typeof seen)[0]) => seen.push(progress) });
    expect(seen.at(-1)).toMatchObject({ percent: 1 });
    expect(seen.at(-1)?.transferredBytes).toBeGreaterThan(300_000);
    const sizes = seen.map(({ transferredBytes }) => transferredBytes);
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
  });

  test("what is in memory is sent again, byte for byte", async () => {
    const bytes = bytesOf("ab");
    const target = recorder((seen) => {
      bytes.fill(0);
      return target.seen.length < 2 ? json({}, 503, { "retry-after-ms": "1" }) : json({ ...FILE, seen });
    });
    await azure(target, { maxRetries: 1 }).files.create({ file: bytes, purpose: "batch" });
    expect(target.seen.map(({ body: fields }) => fields)).toEqual([
      target.seen[0]?.body,
      target.seen[0]?.body,
    ]);
  });

  test("C15 a stream is sent once, and the error says so", async () => {
    const target = recorder(() => json({ error: { message: "busy" } }, 503, { "retry-after-ms": "1" }));
    const call = azure(target, { maxRetries: 2 }).files.create({ file: pieces("a"), purpose: "batch" });
    expect((await failureOf(call)).message).toMatch(/busy.*sent once/);
    expect(target.seen).toHaveLength(1);
  });

  test("a stream that breaks, and one that is short, are errors", async () => {
    const broken = (async function* () {
      yield bytesOf("a");
      throw new Error("disk");
    })();
    for (const file of [broken, toStreamingFile(pieces("a"), "x", { size: 2 })]) {
      const call = azure(recorder(() => json(FILE))).files.create({ file, purpose: "batch" });
      expect(await failureOf(call)).toMatchObject({ kind: "connection" });
    }
  });

  test("toFile", async () => {
    const file = await toFile(Promise.resolve(pieces("a", "b")), "x.txt", { type: "text/plain" });
    expect([file.name, file.type, await file.text()]).toEqual(["x.txt", "text/plain", "ab"]);
    expect(await (await toFile("text")).text()).toBe("text");
    const response = new Response("r", { headers: { "content-type": "text/css" } });
    expect((await toFile(response, "x.css")).type).toMatch(/^text\/css/);
  });
});

describe("downloads", () => {
  const content = (response: Response, options = {}) =>
    azure(
      recorder(() => response),
      options,
    ).files.content("file-1");
  const sized = (pieces: string[], length: number, end?: Parameters<typeof body>[1]) =>
    new Response(body(pieces, end), { headers: { "content-length": `${length}`, "x-request-id": "r" } });

  test("whole, in every form", async () => {
    const whole = () => content(sized(["a", "b"], 2));
    expect(await (await whole()).text()).toBe("ab");
    expect(await (await whole()).bytes()).toEqual(bytesOf("ab"));
    expect((await (await whole()).arrayBuffer()).byteLength).toBe(2);
    expect((await (await whole()).blob()).size).toBe(2);
    const response = await whole();
    expect(response).toBeInstanceOf(Response);
    expect(response.requestId).toBe("r");
    expect((await drain(response.body as unknown as AsyncIterable<Uint8Array>)).items).toHaveLength(2);
    expect(await (await content(json({ a: 1 }))).json()).toEqual({ a: 1 });
  });

  test("a cut one is an error, never a short file", async () => {
    const error = await failureOf((await content(sized(["a", "b"], 3))).arrayBuffer());
    expect(error).toMatchObject({ kind: "truncated", requestId: "r" });
    expect(error.message).toMatch(/2 of 3 bytes/);
  });

  test("as a stream, what came before the cut is there, then the error", async () => {
    const response = await content(sized(["a"], 3));
    const { items, error } = await drain(response.body as unknown as AsyncIterable<Uint8Array>);
    expect(items).toHaveLength(1);
    expect(error).toMatchObject({ kind: "truncated" });
  });

  test("a reset one too", async () => {
    const error = await failureOf((await content(sized(["a"], 3, { error: new Error("RST") }))).blob());
    expect(error).toMatchObject({ kind: "truncated", cause: { kind: "connection" } });
  });

  test("silence is a timeout", async () => {
    const response = await content(sized(["a"], 3, "open"), { idleTimeoutMs: 20 });
    expect(await failureOf(response.text())).toMatchObject({ kind: "timeout", deadline: "idle" });
  });

  test("an abort ends it, and closes the connection", async () => {
    const controller = new AbortController();
    const source = body(["a"], "open");
    const target = recorder(() => new Response(source));
    const response = await azure(target).files.content("f", { signal: controller.signal });
    setTimeout(() => controller.abort("enough"), 5);
    expect(await failureOf(response.text())).toMatchObject({ kind: "aborted", cause: "enough" });
    expect(source.state.cancelled).toBe(true);
  });

  test("leaving it closes the connection", async () => {
    const source = body(["a", "b"], "open");
    const response = await azure(recorder(() => new Response(source))).files.content("f");
    await response.body?.cancel();
    expect(source.state.cancelled).toBe(true);
  });

  test("in memory it has a limit, as a stream none", async () => {
    const options = { maxResponseBytes: 3 };
    const error = await failureOf((await content(sized(["aa", "bb"], 4), options)).text());
    expect(error).toMatchObject({ kind: "limit" });
    expect(error.message).toMatch(/maxResponseBytes/);
    const { body: stream } = await content(sized(["aa", "bb"], 4), options);
    expect((await drain(stream as unknown as AsyncIterable<Uint8Array>)).error).toBeUndefined();
  });

  test("a compressed one has another length", async () => {
    const headers = { "content-length": "10", "content-encoding": "gzip" };
    expect(await (await content(new Response("a", { headers }))).text()).toBe("a");
  });

  test("a 204 to a deletion is a deletion", async () => {
    const target = recorder(() => new Response(null, { status: 204 }));
    expect(await azure(target).files.delete("file-1")).toEqual({
      id: "file-1",
      object: "file",
      deleted: true,
    });
  });
});

describe("lists", () => {
  const file = (id: number) => ({ id: `file-${id}`, object: "file" });
  /** Five files, two on a page. */
  const paged = () =>
    recorder(({ query }) => {
      const after = Number(/after=file-(\d)/.exec(query)?.[1] ?? 0);
      const data = [1, 2, 3, 4, 5].filter((id) => id > after).slice(0, 2);
      return json({ object: "list", data: data.map(file), has_more: after + 2 < 5 }, 200, {
        "x-request-id": `r${after}`,
      });
    });
  const ids = (files: { id: string }[]) => files.map(({ id }) => id);

  test("every item, asking for a page when it's needed, with the same query", async () => {
    const target = paged();
    const { items, error } = await drain(azure(target).files.list({ limit: 2, purpose: "batch" }));
    expect(error).toBeUndefined();
    expect(ids(items)).toEqual(["file-1", "file-2", "file-3", "file-4", "file-5"]);
    expect(target.seen).toHaveLength(3);
    expect(target.seen[2]?.query).toMatch(/limit=2&purpose=batch&after=file-4/);
  });

  test("leaving early asks no more", async () => {
    const target = paged();
    for await (const { id } of azure(target).files.list()) if (id === "file-2") break;
    expect(target.seen).toHaveLength(1);
  });

  test("page by page", async () => {
    const target = paged();
    const page = await azure(target).files.list();
    expect(ids(page.data)).toEqual(["file-1", "file-2"]);
    expect([page.requestId, page.hasNextPage(), page.has_more]).toEqual(["r0", true, true]);
    const next = await page.getNextPage();
    expect(ids(next.data)).toEqual(["file-3", "file-4"]);
    expect((await drain(page.iterPages())).items).toHaveLength(3);
    const last = await next.getNextPage();
    expect(last.hasNextPage()).toBe(false);
    expect(await thrownBy(last.getNextPage())).toBeInstanceOf(RangeError);
  });

  test("a service that knows no cursors is not asked for ever", async () => {
    const target = recorder(() => json({ object: "list", data: [file(1), file(2)] }));
    expect(ids((await drain(azure(target).files.list())).items)).toEqual(["file-1", "file-2"]);
    expect(target.seen).toHaveLength(2);
  });

  test("cursors that go in a circle are an error, not a list without end", async () => {
    const next: Record<string, number> = { "": 1, "file-1": 2, "file-2": 3, "file-3": 2 };
    const target = recorder(({ query }) => {
      const after = new URLSearchParams(query).get("after") ?? "";
      return json({ data: [file(next[after]!)], has_more: true });
    });
    const { items, error } = await drain(azure(target).files.list());
    expect(items.map(({ id }) => id)).toEqual(["file-1", "file-2", "file-3"]);
    expect(error).toMatchObject({ kind: "malformed" });
    let page = await azure(target).files.list();
    const walk = async () => {
      while (page.hasNextPage()) page = await page.getNextPage();
    };
    expect(await failureOf(walk())).toMatchObject({ kind: "malformed" });
  });

  test("a page that is asked for twice is no circle", async () => {
    const page = await azure(paged()).files.list();
    const [one, other] = [await page.getNextPage(), await page.getNextPage()];
    expect(other.data).toEqual(one.data);
    expect((await other.getNextPage()).data).toHaveLength(1);
  });

  test("models are one page", async () => {
    const target = recorder(() => json({ object: "list", data: [{ id: "a" }, { id: "b" }] }));
    expect((await drain(azure(target).models.list())).items).toHaveLength(2);
    expect(target.seen).toHaveLength(1);
  });

  test("a failure on the way is thrown there", async () => {
    const target = recorder(({ query }) =>
      /after/.test(query) ? json({}, 500) : json({ data: [file(1)], has_more: true }),
    );
    const { items, error } = await drain(azure(target).files.list());
    expect(items).toHaveLength(1);
    expect(error).toMatchObject({ status: 500 });
  });

  test("what is no list is malformed", async () => {
    expect(await failureOf(azure(recorder(() => json({ a: 1 }))).files.list())).toMatchObject({
      kind: "malformed",
    });
  });
});

describe("waiting", () => {
  const becoming = (...states: string[]) => {
    const target = recorder(() =>
      json({ ...FILE, status: states[Math.min(target.seen.length, states.length) - 1] }),
    );
    return target;
  };

  test("until the file is processed, telling each state", async () => {
    const seen: string[] = [];
    const onProgress = ({ status }: FileObject) => seen.push(status);
    const target = becoming("pending", "running", "processed");
    const file = await azure(target).files.waitForProcessing("file-1", { intervalMs: 1, onProgress });
    expect(file.status).toBe("processed");
    expect(seen).toEqual(["pending", "running", "processed"]);
  });

  test.each([["error"], ["deleted"]])("%s ends it too", async (status) => {
    const options = { pollInterval: 1 };
    expect(await azure(becoming(status)).files.waitForProcessing("f", options)).toMatchObject({ status });
  });

  test("no longer than allowed", async () => {
    const call = azure(becoming("pending")).files.waitForProcessing("f", { pollInterval: 5, maxWait: 20 });
    expect(await failureOf(call)).toMatchObject({ kind: "timeout" });
  });

  test("an abort ends the wait at once", async () => {
    const signal = AbortSignal.timeout(10);
    const call = azure(becoming("pending")).files.waitForProcessing("f", { signal });
    expect(await failureOf(call)).toMatchObject({ kind: "aborted" });
  });

  test.each([{ intervalMs: -1 }, { intervalMs: Number.NaN }, { timeoutMs: 0 }])(
    "%j is a TypeError",
    async (options) => {
      expect(await thrownBy(azure(becoming("x")).files.waitForProcessing("f", options))).toBeInstanceOf(
        TypeError,
      );
    },
  );

  test("a response in the background, queued until it's done", async () => {
    const states = ["queued", "in_progress", "completed"];
    const target = recorder(() =>
      json({ id: "resp_1", object: "response", output: [], status: states[target.seen.length - 1] }),
    );
    const client = new AzureOpenAI({ endpoint: RESOURCE, apiKey: "k", fetch: target.fetch });
    expect(await client.responses.poll("resp_1", { intervalMs: 1 })).toMatchObject({ status: "completed" });
    expect(target.seen).toHaveLength(3);
  });
});
