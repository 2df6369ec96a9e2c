// Uploads in every form, waiting for files and vector stores, and what comes back.
import { toStreamingFile } from "latchkey/projects";
import { describe, expect, test } from "vitest";
import { type Recorder, recorder } from "../openai/recorder.ts";
import { body, bytesOf, failureOf, json, thrownBy } from "../service.ts";
import { agentsOf, gives, scripted } from "./agents-service.ts";

const OCTETS = "application/octet-stream";
async function* pieces() {
  yield bytesOf("# Pri");
  yield bytesOf("ces");
}

describe("uploads", () => {
  test.each([
    [
      "a File",
      new File(["# Prices"], "a.md", { type: "text/markdown" }),
      undefined,
      ["a.md", "text/markdown"],
    ],
    ["a Blob", new Blob(["# Prices"]), undefined, ["file", OCTETS]],
    ["a Blob with a name", new Blob(["# Prices"]), "b.md", ["b.md", OCTETS]],
    ["bytes", bytesOf("# Prices"), "b.md", ["b.md", OCTETS]],
    ["a buffer", bytesOf("# Prices").buffer, "b.md", ["b.md", OCTETS]],
    ["a stream", body(["# Pri", "ces"]), "c.md", ["c.md", OCTETS]],
    ["an iterable", { [Symbol.asyncIterator]: pieces }, "c.md", ["c.md", OCTETS]],
    [
      "a stream with a name of its own",
      toStreamingFile(body(["# Prices"]), "d.md", { type: "text/plain", size: 8 }),
      undefined,
      ["d.md", "text/plain"],
    ],
    [
      "a stream by another name",
      toStreamingFile(body(["# Prices"]), "d.md", { type: "text/plain", size: 8 }),
      "e.md",
      ["e.md", "text/plain"],
    ],
    ["a name with a path in it", new Blob(["# Prices"]), "../../etc/b.md", ["b.md", OCTETS]],
    ["a file with a path in its name", new File(["# Prices"], "C:\\docs\\f.md"), undefined, ["f.md", OCTETS]],
  ])("%s", async (_, file, filename, [name, type]) => {
    const service = recorder(() => json({ id: "file_1" }));
    await agentsOf(service).uploadFile({ file, purpose: "assistants", ...(filename && { filename }) });
    expect(service.seen[0]!.body).toEqual([
      ["file", name, type, "# Prices"],
      ["purpose", "assistants"],
      ...(filename ? [["filename", name]] : []),
    ]);
  });

  test.each([
    ["a File", new File([], "a.md")],
    ["bytes", new Uint8Array()],
    ["a stream of known length", toStreamingFile(body([]), "a.md", { size: 0 })],
  ])("0 bytes are refused before they're sent: %s", (_, file) => {
    const service = recorder();
    const client = agentsOf(service);
    expect(() => client.uploadFile({ file, purpose: "assistants" })).toThrow("The file has 0 bytes");
    expect(service.seen).toEqual([]);
  });

  test.each([
    ["a path", "./a.md"],
    ["nothing", undefined],
  ])("%s is no file", (_, file) => {
    expect(() => agentsOf(recorder()).uploadFile({ file: file as never, purpose: "assistants" })).toThrow(
      TypeError,
    );
  });

  test("a name that is only a path is refused", () => {
    const file = new Blob(["a"]);
    expect(() => agentsOf(recorder()).uploadFile({ file, purpose: "vision", filename: "a/" })).toThrow(
      /filename/,
    );
  });
});

describe("waiting", () => {
  const file = (status: string) => gives({ id: "file_1", object: "file", status });
  const upload = { file: new Blob(["a"]), purpose: "assistants" };

  test("for a file, until it's processed", async () => {
    const service = scripted(file("uploaded"), file("pending"), file("running"), file("processed"));
    const told: unknown[] = [];
    const last = await service.client.uploadFileAndPoll(upload, {
      intervalMs: 0,
      onProgress: ({ status }) => told.push(status),
    });
    expect(last.status).toBe("processed");
    expect(told).toEqual(["uploaded", "pending", "running", "processed"]);
    expect(service.calls()).toEqual(["POST /files", ...Array<string>(3).fill("GET /files/file_1")]);
  });

  test.each([{}, { status: null }])(
    "a file without a status, which the wire lets a service leave out, is done: %j",
    async (more) => {
      const { client, calls } = scripted(gives({ id: "file_1", ...more }));
      expect((await client.uploadFileAndPoll(upload, { intervalMs: 0 })).id).toBe("file_1");
      expect(calls()).toEqual(["POST /files"]);
    },
  );

  test("a file that fails is an answer", async () => {
    const { client } = scripted(file("running"), file("error"));
    expect((await client.uploadFileAndPoll(upload, { intervalMs: 0 })).status).toBe("error");
  });

  const store = (status: string) => gives({ id: "x_1", status });
  test.each([
    [
      "a store",
      "/vector_stores",
      "/vector_stores/x_1",
      (c: ReturnType<typeof agentsOf>, o: object) => c.createVectorStoreAndPoll({ name: "n" }, o),
    ],
    [
      "a file of a store",
      "/vector_stores/v/files",
      "/vector_stores/v/files/x_1",
      (c: ReturnType<typeof agentsOf>, o: object) => c.createVectorStoreFileAndPoll("v", { file_id: "f" }, o),
    ],
    [
      "a batch",
      "/vector_stores/v/file_batches",
      "/vector_stores/v/file_batches/x_1",
      (c: ReturnType<typeof agentsOf>, o: object) =>
        c.createVectorStoreFileBatchAndPoll("v", { file_ids: ["f"] }, o),
    ],
  ])("for %s, with progress, a deadline and an abort", async (_, made, asked, make) => {
    const service = scripted(store("in_progress"), store("in_progress"), store("completed"));
    const told: string[] = [];
    const onProgress = ({ status }: { status: string }) => told.push(status);
    expect((await make(service.client, { intervalMs: 0, onProgress })).status).toBe("completed");
    expect(told).toEqual(["in_progress", "in_progress", "completed"]);
    expect(service.calls()).toEqual([`POST ${made}`, `GET ${asked}`, `GET ${asked}`]);
    const slow = scripted(store("in_progress"));
    expect(await failureOf(make(slow.client, { intervalMs: 5, timeoutMs: 40 }))).toMatchObject({
      kind: "timeout",
      partial: { id: "x_1", status: "in_progress" },
    });
    const controller = new AbortController();
    const aborted = make(slow.client, {
      intervalMs: 5,
      signal: controller.signal,
      onProgress: () => controller.abort("enough"),
    });
    expect(await failureOf(aborted)).toMatchObject({
      kind: "aborted",
      cause: "enough",
      partial: { id: "x_1" },
    });
  });
});

describe("content", () => {
  const content = (answer: () => Response): Recorder => recorder(answer);

  test("streams, and a short one is an error", async () => {
    const whole = agentsOf(content(() => new Response("bytes")));
    expect(await (await whole.getFileContent("f")).text()).toBe("bytes");
    const short = agentsOf(content(() => new Response("byt", { headers: { "content-length": "5" } })));
    expect(await failureOf((await short.getFileContent("f")).text())).toMatchObject({ kind: "truncated" });
  });

  test("is written to a stream, which is aborted when it can't come whole", async () => {
    const written: string[] = [];
    let aborted: unknown;
    const sink = () =>
      new WritableStream<Uint8Array>({
        write: (piece) => {
          written.push(new TextDecoder().decode(piece));
        },
        abort: (reason) => {
          aborted = reason;
        },
      });
    await agentsOf(content(() => new Response("bytes"))).saveFile("f", sink());
    expect(written.join("")).toBe("bytes");
    const short = agentsOf(content(() => new Response("byt", { headers: { "content-length": "5" } })));
    expect(await failureOf(short.saveFile("f", sink()))).toMatchObject({ kind: "truncated" });
    expect(aborted).toMatchObject({ kind: "truncated" });
  });

  test.each([
    [
      "that is written to already",
      () => {
        const taken = new WritableStream();
        taken.getWriter();
        return taken;
      },
    ],
    ["that is none", () => ({}) as WritableStream],
  ])("a stream %s: the connection isn't kept", async (_, destination) => {
    const piece = body(["bytes"], "open");
    const client = agentsOf(content(() => new Response(piece)));
    expect(await thrownBy(client.saveFile("f", destination()))).toBeInstanceOf(TypeError);
    expect(piece.state.cancelled).toBe(true);
  });

  test("none is an error", async () => {
    const client = agentsOf(content(() => new Response(null)));
    expect(await thrownBy(client.saveFile("f", new WritableStream()))).toMatchObject({ kind: "malformed" });
  });

  test("an unknown file is what the service says", async () => {
    const missing = agentsOf(content(() => json({ error: { message: "No such file", code: null } }, 404)));
    expect(await failureOf(missing.getFileContent("f"))).toMatchObject({ kind: "api", status: 404 });
  });
});
