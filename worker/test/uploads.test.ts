// Forms through the proxy in process: what is taken, what is sent on, where the model goes, and when the file
// may go before everything about it is known.
import { describe, expect, test } from "vitest";
import { FORM_TYPE, type FormPart, formBody, objectService, readForm } from "./object-service.ts";
import { answering, createRig, errorOf, eventStream, jsonAnswer } from "./setup.ts";

const wav: FormPart = { name: "file", value: "RIFF\r\n--x", filename: "a.wav", type: "audio/wav" };
const models = {
  whisper: { upstream: "openai", deployment: "whisper-1" },
  "via-azure": { upstream: "azure", deployment: "w" },
};
const onlyOpenai = {
  whisper: { upstream: "openai", deployment: "whisper-1" },
  other: { upstream: "openai", deployment: "other-1" },
};

async function rigWith(change: Parameters<typeof createRig>[0] = { models }) {
  const service = objectService(({ path }) =>
    path.startsWith("/audio/") || path.startsWith("/images/")
      ? jsonAnswer({ text: "t", data: [], usage: { type: "duration", seconds: 3 } })
      : undefined,
  );
  const rig = await createRig(change, { fetch: service.fetch });
  const send = (path: string, parts: readonly FormPart[], headers: Record<string, string> = {}) =>
    rig.fetch(path, {
      method: "POST",
      body: formBody(parts),
      headers: { "content-type": FORM_TYPE, ...headers },
    });
  return { rig, service, send };
}

const model = (value: string): FormPart => ({ name: "model", value });

describe("where the model goes", () => {
  for (const order of ["first", "last"] as const) {
    const parts = (name: string) => (order === "first" ? [model(name), wav] : [wav, model(name)]);

    test(`named ${order}, to OpenAI: in the form, by the service's name`, async () => {
      const { rig, service, send } = await rigWith();
      expect((await send("/v1/audio/transcriptions", parts("whisper"))).status).toBe(200);
      const [seen] = service.seen;
      expect(seen!.url).toBe("https://openai.example.com/v1/audio/transcriptions");
      expect(await readForm(seen!)).toEqual([
        ["model", "whisper-1"],
        ["file", "a.wav audio/wav RIFF\r\n--x"],
      ]);
      expect(seen!.headers["content-type"]).toMatch(/^multipart\/form-data; boundary=latchkey-/);
      expect(rig.log).toMatchObject([{ model: "whisper", usage: { seconds: 3 }, outcome: "complete" }]);
    });

    test(`named ${order}, to Azure OpenAI: in the path`, async () => {
      const { service, send } = await rigWith();
      expect((await send("/v1/audio/translations", parts("via-azure"))).status).toBe(200);
      expect(service.seen[0]!.url).toBe(
        "https://azure.example.com/openai/deployments/w/audio/translations?api-version=2024-10-21",
      );
      expect(await readForm(service.seen[0]!)).toEqual([["file", "a.wav audio/wav RIFF\r\n--x"]]);
    });

    test(`named ${order}, where it decides nothing but itself, the file goes on at once`, async () => {
      const { rig, service, send } = await rigWith({ models: onlyOpenai });
      expect((await send("/v1/audio/transcriptions", parts("other"))).status).toBe(200);
      expect(Object.fromEntries(await readForm(service.seen[0]!))).toMatchObject({ model: "other-1" });
      expect(rig.log).toMatchObject([{ model: "other" }]);
    });

    test(`named ${order} and unknown: 404`, async () => {
      for (const config of [models, onlyOpenai]) {
        const { send } = await rigWith({ models: config });
        const response = await send("/v1/audio/transcriptions", parts("gpt-9"));
        expect(response.status).toBe(404);
        expect(await errorOf(response)).toMatchObject({ code: "model_not_found" });
      }
    });
  }

  test("a deployment in the path decides, whatever the form says", async () => {
    const { service, send } = await rigWith();
    await send("/openai/deployments/whisper/audio/transcriptions", [model("via-azure"), wav]);
    expect(await readForm(service.seen[0]!)).toEqual([
      ["model", "whisper-1"],
      ["file", "a.wav audio/wav RIFF\r\n--x"],
    ]);
  });

  test("the one model of a proxy needs no name; of several, one must be named", async () => {
    const one = await rigWith({ models: { whisper: { upstream: "openai" } } });
    expect((await one.send("/v1/audio/transcriptions", [wav])).status).toBe(200);
    expect(Object.fromEntries(await readForm(one.service.seen[0]!)).model).toBe("whisper");
    for (const config of [models, onlyOpenai]) {
      const { send } = await rigWith({ models: config });
      const response = await send("/v1/audio/transcriptions", [wav]);
      expect(response.status).toBe(400);
      expect(await errorOf(response)).toMatchObject({ param: "model" });
    }
  });

  test("what is held back has a limit for all uploads together", async () => {
    const { rig, send, service } = await rigWith({ models, limits: { heldBytes: 4096 } });
    const long = { ...wav, value: "x".repeat(8192) };
    // Byte by byte, or one read would bring all of it.
    const body = (parts: readonly FormPart[]) =>
      new Blob([formBody(parts)]).stream().pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform(bytes, controller) {
            for (let at = 0; at < bytes.byteLength; at += 1024)
              controller.enqueue(bytes.slice(at, at + 1024));
          },
        }),
      );
    const response = await rig.fetch("/v1/audio/transcriptions", {
      method: "POST",
      body: body([long, model("whisper")]),
      headers: { "content-type": FORM_TYPE },
      duplex: "half",
    } as RequestInit & { headers: Record<string, string> });
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({ code: "model_after_file", param: "model" });
    expect(service.seen).toHaveLength(0);
    for (let i = 0; i < 20; i += 1) {
      expect((await send("/v1/audio/transcriptions", [wav, model("whisper")])).status).toBe(200);
      expect((await send("/v1/audio/transcriptions", [model("whisper"), long])).status).toBe(200);
    }
  });

  test("an alias of no deployment stays out of the path", async () => {
    const { service, send } = await rigWith();
    expect((await send("/openai/deployments/..%2f..%2fx/audio/speech", [wav])).status).toBe(415);
    expect((await send("/openai/deployments/..%2fx/audio/transcriptions", [wav])).status).toBe(404);
    expect(service.seen).toHaveLength(0);
  });
});

describe("what a form may say", () => {
  const field = (name: string, value: string): FormPart => ({ name, value });
  const refused: [string, string, FormPart[], string][] = [
    ["an unknown field", "/v1/files", [field("api_base", "https://evil.example")], "api_base"],
    ["an unknown purpose", "/v1/files", [field("purpose", "assistants_output")], "purpose"],
    ["no purpose", "/v1/files", [{ ...wav }], "purpose"],
    ["no file", "/v1/files", [field("purpose", "batch")], "file"],
    ["a file of another name", "/v1/files", [{ ...wav, name: "training" }], "training"],
    ["a file where a field belongs", "/v1/files", [{ ...wav, name: "purpose" }], "purpose"],
    ["two files", "/v1/files", [wav, wav], "file"],
    ["two purposes", "/v1/files", [field("purpose", "batch"), field("purpose", "evals")], "purpose"],
    ["a short expiry", "/v1/files", [field("expires_after[seconds]", "60")], "expires_after[seconds]"],
    [
      "a wrong format",
      "/v1/audio/translations",
      [model("whisper"), field("response_format", "html")],
      "response_format",
    ],
    [
      "a wrong temperature",
      "/v1/audio/translations",
      [model("whisper"), field("temperature", "-1")],
      "temperature",
    ],
    [
      "streams of a translation",
      "/v1/audio/translations",
      [model("whisper"), field("stream", "true")],
      "stream",
    ],
    [
      "a reference by address",
      "/v1/audio/transcriptions",
      [model("whisper"), field("known_speaker_references[]", "https://evil.example")],
      "known_speaker_references[]",
    ],
    ["a name that would be markup", "/v1/files", [field("<b>", "x")], "?"],
    [
      "an image by address",
      "/v1/images/edits",
      [model("whisper"), field("prompt", "p"), field("image", "https://evil.example/a.png")],
      "image",
    ],
    ["too many images", "/v1/images/edits", [model("whisper"), field("n", "99")], "n"],
  ];
  for (const [name, path, parts, param] of refused) {
    test(`${name} is refused by name`, async () => {
      const { send, service } = await rigWith();
      const response = await send(path, parts);
      expect(response.status).toBe(400);
      expect(await errorOf(response)).toMatchObject({ param });
      expect(service.contents.size).toBe(0);
    });
  }

  test("everything documented passes, in order", async () => {
    const { send, service } = await rigWith();
    const said = [
      ["language", "en"],
      ["prompt", "p\r\nq"],
      ["temperature", "0.5"],
      ["response_format", "verbose_json"],
      ["timestamp_granularities[]", "word"],
      ["timestamp_granularities[]", "segment"],
      ["include[]", "logprobs"],
      ["chunking_strategy[type]", "server_vad"],
      ["chunking_strategy[threshold]", "0.5"],
    ] as const;
    const parts = said.map(([name, value]) => field(name, value));
    expect((await send("/v1/audio/transcriptions", [model("whisper"), ...parts, wav])).status).toBe(200);
    expect((await readForm(service.seen[0]!)).slice(1, -1)).toEqual(said);
    const image = { name: "image[]", value: "png", filename: "a.png", type: "image/png" };
    const mask = { ...image, name: "mask" };
    const edit = [model("whisper"), field("prompt", "p"), image, image, mask, field("n", "2")];
    expect((await send("/v1/images/edits", edit)).status).toBe(200);
    expect((await readForm(service.seen[1]!)).map(([name]) => name)).toEqual([
      "model",
      "prompt",
      "image[]",
      "image[]",
      "mask",
      "n",
    ]);
  });

  test("a file's name and type are made harmless", async () => {
    const { send, service } = await rigWith();
    await send("/v1/files", [
      { name: "file", value: "x", filename: "../../etc/pass\u202Ewd", type: "text/html; charset=x" },
      { name: "purpose", value: "batch" },
    ]);
    expect(await readForm(service.seen[0]!)).toEqual([
      ["file", "passwd text/html x"],
      ["purpose", "batch"],
    ]);
  });
});

describe("what is wrong with the body", () => {
  const rows: [string, BodyInit, Record<string, string>, number][] = [
    ["JSON", "{}", { "content-type": "application/json" }, 415],
    ["no boundary", "x", { "content-type": "multipart/form-data" }, 415],
    ["a compressed form", formBody([wav]), { "content-type": FORM_TYPE, "content-encoding": "gzip" }, 415],
    ["no form at all", "hello", { "content-type": FORM_TYPE }, 400],
    ["a form that is cut", formBody([wav]).slice(0, -6), { "content-type": FORM_TYPE }, 400],
    [
      "a length past the limit",
      formBody([wav]),
      { "content-type": FORM_TYPE, "content-length": "99999999999" },
      413,
    ],
  ];
  for (const [name, body, headers, status] of rows) {
    test(`${name}: ${status}`, async () => {
      const { rig, service } = await rigWith();
      const response = await rig.fetch("/v1/files", { method: "POST", body, headers });
      expect(response.status).toBe(status);
      await rig.settled();
      expect(rig.log).toMatchObject([{ status, outcome: "refused" }]);
      // It may have begun, but no form with an end of ours arrived.
      for (const seen of service.seen) expect(seen.body).not.toMatch(/--latchkey-[0-9a-f-]{36}--\r\n$/);
    });
  }

  test("a file past its limit: 413", async () => {
    const { send, service } = await rigWith({ models, limits: { fileBytes: 2048 } });
    const response = await send("/v1/files", [
      { name: "purpose", value: "batch" },
      { ...wav, value: "x".repeat(3000) },
    ]);
    expect(response.status).toBe(413);
    expect(service.contents.size).toBe(0);
  });

  test("I01 G16 a form that falls silent, or never ends, is given up", async () => {
    for (const deadlines of [{ idleMs: 40 }, { uploadMs: 60 }]) {
      const { rig } = await rigWith({ models, deadlines });
      const head = formBody([{ name: "purpose", value: "batch" }]).slice(0, -20);
      let cancelled = false;
      let beat: ReturnType<typeof setInterval> | undefined;
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(head);
          if ("uploadMs" in deadlines) beat = setInterval(() => controller.enqueue(new Uint8Array(1)), 10);
        },
        cancel() {
          clearInterval(beat);
          cancelled = true;
        },
      });
      const response = await rig.fetch("/v1/files", {
        method: "POST",
        body,
        headers: { "content-type": FORM_TYPE },
        duplex: "half",
      } as RequestInit & { headers: Record<string, string> });
      expect(response.status).toBe(408);
      expect(cancelled).toBe(true);
    }
  });
});

test("a service that stops taking an upload is given up", async () => {
  for (const [deadlines, status] of [
    [{ idleMs: 40 }, 504],
    [{ uploadMs: 40 }, 408],
  ] as const) {
    let aborted = false;
    // Takes the headers and one read, and is not heard of again.
    const fetch = (_url: string, init: RequestInit) => {
      void (init.body as ReadableStream<Uint8Array>).getReader().read();
      init.signal?.addEventListener("abort", () => (aborted = true));
      return new Promise<Response>(() => {});
    };
    const rig = await createRig({ models, deadlines }, { fetch });
    const response = await rig.fetch("/v1/audio/transcriptions", {
      method: "POST",
      body: formBody([model("whisper"), wav]),
      headers: { "content-type": FORM_TYPE },
    });
    expect(response.status).toBe(status);
    expect(aborted).toBe(true);
  }
});

describe("answers", () => {
  test("a transcript as text, and one that is a page instead", async () => {
    for (const [type, status] of [
      ["text/plain; charset=utf-8", 200],
      ["text/vtt", 200],
      ["text/html", 502],
    ] as const) {
      const upstream = answering(() => new Response("WEBVTT", { headers: { "content-type": type } }));
      const rig = await createRig({ models }, { fetch: upstream.fetch });
      const response = await rig.fetch("/v1/audio/transcriptions", {
        method: "POST",
        body: formBody([model("whisper"), { name: "response_format", value: "vtt" }, wav]),
        headers: { "content-type": FORM_TYPE },
      });
      expect(response.status).toBe(status);
      if (status === 200) {
        expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
        expect(await response.text()).toBe("WEBVTT");
      }
    }
  });

  test("a streamed transcript ends by its last event, and its usage is counted", async () => {
    const event = (value: object) => `data: ${JSON.stringify(value)}\n\n`;
    const usage = { type: "tokens", input_tokens: 4, output_tokens: 2, total_tokens: 6 };
    const delta = event({ type: "transcript.text.delta", delta: "a" });
    for (const [text, outcome] of [
      [delta + event({ type: "transcript.text.done", text: "a", usage }), "complete"],
      [delta, "truncated"],
    ] as const) {
      const upstream = answering(() => eventStream(text));
      const rig = await createRig({ models }, { fetch: upstream.fetch });
      const response = await rig.fetch("/v1/audio/transcriptions", {
        method: "POST",
        body: formBody([wav, { name: "stream", value: "true" }, model("whisper")]),
        headers: { "content-type": FORM_TYPE },
      });
      expect(response.status).toBe(200);
      const read = response.text();
      if (outcome === "complete") expect(await read).toBe(text);
      else expect(await read).toMatch(/"code":"stream_truncated"[^\n]*\n\n$/);
      await rig.settled();
      expect(rig.log).toMatchObject([{ outcome, stream: true }]);
      if (outcome === "complete") {
        expect(rig.log[0]!.usage).toEqual({ prompt_tokens: 4, completion_tokens: 2, total_tokens: 6 });
      }
    }
  });

  test("B27 an early refusal ends the upload", async () => {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(formBody([model("whisper"), wav]).slice(0, -30)),
      cancel: () => {
        cancelled = true;
      },
    });
    const fetch = async () => jsonAnswer({ error: { code: "too_big", message: "m" } }, { status: 413 });
    const rig = await createRig({ models }, { fetch });
    const response = await rig.fetch("/v1/audio/transcriptions", {
      method: "POST",
      body,
      headers: { "content-type": FORM_TYPE },
      duplex: "half",
    } as RequestInit & { headers: Record<string, string> });
    expect(response.status).toBe(413);
    expect(await errorOf(response)).toMatchObject({ code: "too_big" });
    expect(cancelled).toBe(true);
  });
});
