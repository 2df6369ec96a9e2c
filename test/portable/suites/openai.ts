// Azure OpenAI and OpenAI against the emulator: every family of operations, uploads of every kind, downloads, lists.
import {
  AzureOpenAI,
  type FileObject,
  OpenAI,
  toFile,
  toStreamingFile,
  type Uploadable,
} from "latchkey/openai";
import { all, bytes, eventStream, json, made, readBroken, source, until } from "../bodies.ts";
import { azureAt, KEY, openaiAt, scenario } from "../clients.ts";
import { contains, equal, fails, has, ok, thrown } from "../expect.ts";
import { Suite } from "../harness.ts";

export const openai: Suite = new Suite("openai");

const messages = [{ role: "user" as const, content: "What is 2 + 2?" }];
const CHAT = { model: "gpt-5-mini", messages };

for (const [name, options] of [
  ["deployment URLs", { apiVersion: "2025-03-01-preview" }],
  ["/openai/v1", {}],
] as const) {
  openai.both(`chat by ${name}, whole and streamed`, async (service) => {
    const client = azureAt(service, options);
    const whole = await client.chat.completions.create(CHAT);
    ok(whole.choices[0]?.message.content);
    ok(whole.requestId);
    const stream = await client.chat.completions.create({ ...CHAT, stream: true });
    const text = (await all(stream.text())).join("");
    equal((await stream.final()).choices[0]?.message.content, text);
  });

  openai.both(`embeddings by ${name} come as base64 and are numbers`, async (service) => {
    const { data } = await azureAt(service, options).embeddings.create({
      model: "text-embedding-3-small",
      input: ["a cat", "a dog"],
      dimensions: 256,
    });
    equal(
      data.map(({ embedding }) => embedding.length),
      [256, 256],
    );
    ok(Math.abs(Math.hypot(...data[0]!.embedding) - 1) < 1e-3, "a vector of length 1");
  });
}

openai.both("completions, whole and streamed", async (service) => {
  const client = openaiAt(service);
  const ask = { model: "gpt-35-turbo-instruct", prompt: "Once upon" };
  ok((await client.completions.create(ask)).choices[0]?.text);
  const stream = await client.completions.create({ ...ask, stream: true });
  ok((await stream.final()).choices[0]?.finish_reason);
});

const SPEECH = {
  model: "tts-1",
  voice: "alloy",
  input: "The quick brown fox",
  response_format: "wav",
} as const;

openai.both(
  "speech is heard again, as JSON, text and captions",
  async (service) => {
    const client = openaiAt(service);
    const speech = await client.audio.speech.create(SPEECH);
    const file = new File([await speech.arrayBuffer()], "fox.wav", { type: "audio/wav" });
    contains((await client.audio.transcriptions.create({ model: "whisper", file })).text, "fox");
    const verbose = { model: "whisper", file, response_format: "verbose_json" } as const;
    const { words, segments } = await client.audio.transcriptions.create({
      ...verbose,
      timestamp_granularities: ["word", "segment"],
    });
    ok(words?.length && segments?.length);
    const srt = await client.audio.transcriptions.create({ model: "whisper", file, response_format: "srt" });
    contains(srt, /^1\n00:00:00,\d{3} --> /);
    ok((await client.audio.translations.create({ model: "whisper", file })).text);
  },
  "forms",
);

openai.both(
  "a transcription streams",
  async (service) => {
    const client = openaiAt(service);
    const file = await toFile(client.audio.speech.create(SPEECH), "fox.wav", { type: "audio/wav" });
    const stream = await client.audio.transcriptions.create({
      model: "gpt-4o-transcribe",
      file,
      stream: true,
    });
    contains((await stream.final()).text, "fox");
  },
  "forms",
);

openai.both("speech as a stream of bytes is the same sound", async (service) => {
  const client = openaiAt(service);
  const whole = await (await client.audio.speech.create(SPEECH)).arrayBuffer();
  const { body } = await client.audio.speech.create(SPEECH);
  ok(body);
  const reader = body.getReader();
  let length = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) length += read.value.length;
  equal(length, whole.byteLength);
});

openai.both("an image", async (service) => {
  const { data } = await openaiAt(service).images.generate({
    model: "dall-e-3",
    prompt: "A cat",
    response_format: "b64_json",
  });
  contains(atob(data?.[0]?.b64_json ?? ""), /^\x89PNG/);
});

openai.both(
  "an image in pieces, then edited",
  async (service) => {
    const client = openaiAt(service);
    const ask = { model: "gpt-image-1", prompt: "A cat", stream: true, partial_images: 1 } as const;
    const events = await all(client.images.generate(ask));
    equal(
      events.map(({ type }) => String(type)),
      ["image_generation.partial_image", "image_generation.completed"],
    );
    const picture = Uint8Array.from(atob((events[1] as unknown as { b64_json: string }).b64_json), (char) =>
      char.charCodeAt(0),
    );
    const image = new File([picture], "cat.png", { type: "image/png" });
    const edited = await client.images.edit({ model: "gpt-image-1", prompt: "Red", image });
    ok(edited.data?.[0]?.b64_json);
  },
  "forms",
);

// Files

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (const text of texts) yield bytes(text);
}
const TEXT = '{"a":1}\n{"b":"你好"}\n';
const FORMS: [string, () => Uploadable, string | undefined][] = [
  ["a File", () => new File([TEXT], "x.jsonl", { type: "application/jsonl" }), "x.jsonl"],
  ["a Blob", () => new Blob([TEXT]), undefined],
  ["bytes", () => bytes(TEXT), undefined],
  ["part of a buffer", () => bytes(`xx${TEXT}yy`).subarray(2, -2), undefined],
  ["a buffer", () => bytes(TEXT).buffer, undefined],
];
for (const [name, make, filename] of FORMS) {
  openai.both(
    `${name} goes up and comes down as it was`,
    async (service) => {
      const client = openaiAt(service);
      const file = await client.files.create({ file: make(), purpose: "user_data" });
      equal(file.bytes, bytes(TEXT).length);
      if (filename !== undefined) equal(file.filename, filename);
      equal(await (await client.files.content(file.id)).text(), TEXT);
    },
    "forms",
  );
}

const STREAMS: [string, () => Uploadable][] = [
  ["a web stream", () => source([TEXT.slice(0, 5), TEXT.slice(5)])],
  ["an async iterable", () => pieces(TEXT.slice(0, 5), TEXT.slice(5))],
  [
    "a stream with a name and a size",
    () => toStreamingFile(pieces(TEXT), "x.jsonl", { size: bytes(TEXT).length }),
  ],
];
for (const [name, make] of STREAMS) {
  openai.both(
    `${name} goes up piece by piece`,
    async (service) => {
      const client = openaiAt(service);
      const file = await client.files.create({ file: make(), purpose: "user_data" });
      equal(await (await client.files.content(file.id)).text(), TEXT);
    },
    "request-streams",
  );
}

openai.alone(
  "a stream of another length than said fails the upload",
  async () => {
    const target = made(() => json({ id: "file-1" }));
    const client = new OpenAI({
      apiKey: KEY,
      dangerouslyAllowBrowser: true,
      maxRetries: 0,
      fetch: target.fetch,
    });
    const file = toStreamingFile(pieces("a"), "x", { size: 2 });
    await fails(client.files.create({ file, purpose: "batch" }), { kind: "connection" });
  },
  "request-streams",
);

openai.both(
  "an upload of 2 MiB, with its progress where the platform can tell it",
  async (service, { gaps }) => {
    const client = openaiAt(service);
    const seen: number[] = [];
    const file = await client.files.create(
      { file: new File([new Uint8Array(2 * 1024 * 1024)], "big.bin"), purpose: "user_data" },
      { onUploadProgress: ({ percent }) => void seen.push(percent) },
    );
    equal(file.bytes, 2 * 1024 * 1024);
    const silent = gaps[service.fetch === undefined ? "request-streams over HTTP" : "request-streams"];
    equal(seen.at(-1), silent === undefined ? 1 : undefined);
    equal(
      seen,
      [...seen].sort((one, other) => one - other),
    );
  },
  "forms",
);

openai.both(
  "a stream is sent, or refused with what to do: it never arrives as something else",
  async (service, { gaps }) => {
    const client = openaiAt(service);
    const upload = () => client.files.create({ file: source([TEXT]), purpose: "user_data" });
    if (gaps[service.fetch === undefined ? "request-streams over HTTP" : "request-streams"] === undefined) {
      equal((await upload()).bytes, bytes(TEXT).length);
      return;
    }
    const error = await thrown(upload);
    ok(error instanceof TypeError);
    contains(error.message, "toFile()");
    const file = await toFile(source([TEXT]), "x.jsonl");
    equal((await client.files.create({ file, purpose: "user_data" })).bytes, bytes(TEXT).length);
  },
  "forms",
);

openai.both(
  "a download of 2 MiB is whole",
  async (service) => {
    const client = openaiAt(service);
    const content = new Uint8Array(2 * 1024 * 1024).map((_, index) => index * 7);
    const { id } = await client.files.create({ file: content, purpose: "user_data" });
    const down = new Uint8Array(await (await client.files.content(id)).arrayBuffer());
    equal(down.length, content.length);
    ok(
      down.every((byte, index) => byte === content[index]),
      "the same bytes",
    );
  },
  "forms",
);

openai.both(
  "a download that is cut is an error, never a short file",
  async (service) => {
    const client = openaiAt(service);
    const { id } = await client.files.create({ file: bytes(TEXT.repeat(100)), purpose: "user_data" });
    const response = client.files.content(id, scenario("reset;after=2"));
    const error = await thrown(response.then((down) => down.arrayBuffer()));
    // The reset may come before the head has been read.
    ok(error.kind === "truncated" || error.kind === "connection", "an error of the transport");
  },
  "forms",
);

openai.both(
  "a file is awaited, listed and deleted",
  async (service) => {
    const client = azureAt(service);
    const file = await client.files.create({ file: new File([TEXT], "x.jsonl"), purpose: "batch" });
    const ready = await client.files.waitForProcessing(file.id, { intervalMs: 5, timeoutMs: 10_000 });
    equal(ready.status, "processed");
    const items: FileObject[] = await all(client.files.list({ purpose: "batch" }));
    ok(items.some(({ id }) => id === file.id));
    equal((await client.files.delete(file.id)).deleted, true);
    await fails(client.files.retrieve(file.id), { name: "NotFoundError", status: 404 });
  },
  "forms",
);

openai.both(
  "a list comes page by page, and leaving it asks no more",
  async (service) => {
    const client = openaiAt(service);
    const ids: string[] = [];
    for (const text of ["1", "2", "3"]) {
      ids.push((await client.files.create({ file: bytes(text), purpose: "evals" })).id);
    }
    const query = { purpose: "evals", limit: 1, order: "asc" } as const;
    const listed = (await all(client.files.list(query))).map(({ id }) => id);
    equal(
      listed.filter((id) => ids.includes(id)),
      ids,
    );
    const page = await client.files.list(query);
    equal([page.data.length, page.hasNextPage()], [1, true]);
    equal((await page.getNextPage()).data.length, 1);
    for await (const _ of client.files.list(query)) break;
  },
  "forms",
);

// What takes time

openai.both(
  "a batch runs, and its output comes down",
  async (service) => {
    const client = openaiAt(service);
    const line = { custom_id: "1", method: "POST", url: "/v1/chat/completions", body: CHAT };
    const file = new File([`${JSON.stringify(line)}\n`], "lines.jsonl");
    const { id } = await client.files.create({ file, purpose: "batch" });
    const begun = await client.batches.create({
      input_file_id: id,
      endpoint: "/v1/chat/completions",
      completion_window: "24h",
    });
    const batch = await until(
      () => client.batches.retrieve(begun.id),
      ({ status }) => status === "completed",
    );
    const output = await (await client.files.content(batch.output_file_id ?? "")).text();
    has(JSON.parse(output.split("\n")[0] ?? ""), { custom_id: "1" });
    ok((await all(client.batches.list())).some((other) => other.id === begun.id));
  },
  "forms",
);

openai.both(
  "a fine-tuning job has events, and can be cancelled",
  async (service) => {
    const client = openaiAt(service);
    const example = { messages: [...messages, { role: "assistant", content: "4" }] };
    const lines = Array.from({ length: 10 }, () => `${JSON.stringify(example)}\n`);
    const file = await client.files.create({ file: new File(lines, "train.jsonl"), purpose: "fine-tune" });
    const job = await client.fineTuning.jobs.create({ model: "gpt-4.1", training_file: file.id });
    equal((await client.fineTuning.jobs.retrieve(job.id)).id, job.id);
    ok((await all(client.fineTuning.jobs.listEvents(job.id))).length > 0);
    ok(Array.isArray((await client.fineTuning.jobs.checkpoints.list(job.id)).data));
    equal((await client.fineTuning.jobs.cancel(job.id)).status, "cancelled");
  },
  "forms",
);

// Responses and conversations

const INPUT = { model: "gpt-5-mini", input: "Hello" };

openai.both(
  "a response: made, kept, its input listed, deleted",
  async (service) => {
    const { responses } = openaiAt(service);
    const response = await responses.create(INPUT);
    ok(response.output_text);
    equal((await responses.retrieve(response.id)).output_text, response.output_text);
    has((await all(responses.inputItems.list(response.id)))[0], { type: "message", role: "user" });
    equal((await responses.delete(response.id)).deleted, true);
    await fails(responses.retrieve(response.id), { status: 404 });
  },
  "forms",
);

openai.both("a response as it streams", async (service) => {
  const stream = await openaiAt(service).responses.create({ ...INPUT, stream: true });
  const events = await all(stream);
  equal(String(events[0]?.type), "response.created");
  equal(String(events.at(-1)?.type), "response.completed");
  const text = events
    .map((event) => (event.type === "response.output_text.delta" ? event.delta : ""))
    .join("");
  equal((await stream.final()).output_text, text);
});

openai.both("a response in the background", async (service) => {
  const { responses } = openaiAt(service);
  const { id } = await responses.create({ ...INPUT, background: true });
  equal((await responses.poll(id, { intervalMs: 5, timeoutMs: 10_000 })).status, "completed");
});

openai.both("a response goes on from the one before", async (service) => {
  const { responses } = openaiAt(service);
  const first = await responses.create(INPUT);
  const second = await responses.create({ ...INPUT, input: "And?", previous_response_id: first.id });
  equal(second.previous_response_id, first.id);
});

for (const text of ["cut", "half-event", "reset"]) {
  openai.both(`a response with the scenario ${text} is truncated, with what came`, async (service) => {
    const opening = openaiAt(service).responses.create({ ...INPUT, stream: true }, scenario(text));
    const { items, error, lost } = await readBroken(opening, text);
    if (lost) return;
    ok(items.length > 0);
    has(error, { kind: "truncated" });
    has((error as unknown as { partial: object }).partial, { object: "response" });
  });
}

openai.both("a response that failed is an answer", async (service) => {
  const { responses } = openaiAt(service);
  const stream = await responses.create({ ...INPUT, stream: true }, scenario("response-failed"));
  equal((await stream.final()).status, "failed");
});

openai.both("a conversation", async (service) => {
  const { conversations } = openaiAt(service);
  const items = [{ role: "user" as const, content: "Hello" }];
  const { id } = await conversations.create({ items, metadata: { a: "b" } });
  equal((await conversations.retrieve(id)).metadata, { a: "b" });
  const { data } = await conversations.items.create(id, { items });
  const item = data[0] as { id: string };
  has(await conversations.items.retrieve(item.id, { conversation_id: id }), { id: item.id });
  equal((await all(conversations.items.list(id))).length, 2);
  await conversations.items.delete(item.id, { conversation_id: id });
  await conversations.update(id, { metadata: { c: "d" } });
  equal((await conversations.delete(id)).deleted, true);
});

openai.both("models", async (service) => {
  const { models } = openaiAt(service);
  const [first] = await all(models.list());
  equal((await models.retrieve(first!.id)).id, first!.id);
});

// What comes with a result

openai.both("withResponse and asResponse", async (service) => {
  const { models } = openaiAt(service);
  const { data, response, request_id } = await models.retrieve("gpt-4.1").withResponse();
  equal([data.id, response.status, request_id], ["gpt-4.1", 200, response.headers.get("x-request-id")]);
  const raw = await models.retrieve("gpt-4.1").asResponse();
  has(await raw.json(), { id: "gpt-4.1" });
});

openai.both("withOptions lays options over the client's own", async (service) => {
  const client = openaiAt(service).withOptions({ timeoutMs: 200 });
  await fails(client.models.retrieve("gpt-4.1", scenario("slow-headers;ms=3000")), { kind: "timeout" });
});

openai.both("an unknown deployment and a wrong value say what to change", async (service) => {
  const client = azureAt(service);
  const unknown = client.chat.completions.create({ model: "nope", messages });
  await fails(unknown, { name: "NotFoundError", code: "DeploymentNotFound" });
  const wrong = client.chat.completions.create({ ...CHAT, reasoning_effort: "enormous" });
  await fails(wrong, { name: "BadRequestError", param: "reasoning_effort" });
});

openai.both("a wrong key is an AuthenticationError", async ({ url, fetch }) => {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: KEY, fetch, dangerouslyAllowBrowser: true });
  await fails(client.models.retrieve("gpt-4.1"), { name: "AuthenticationError", status: 401 });
});

// What is sent

openai.alone(
  "a form has its file's name and type, and members in the wire's names",
  async () => {
    const seen: unknown[] = [];
    const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
      for (const [name, value] of await new Request(input, init).formData()) {
        seen.push(
          typeof value === "string" ? [name, value] : [name, value.name, value.type, await value.text()],
        );
      }
      return json({ text: "Hi" });
    };
    const client = new OpenAI({
      apiKey: KEY,
      dangerouslyAllowBrowser: true,
      fetch: fetch as typeof globalThis.fetch,
    });
    const file = new File(["RIFF"], "tälk.wav", { type: "audio/wav" });
    const timestamp_granularities = ["word", "segment"] as const;
    await client.audio.transcriptions.create({
      model: "whisper",
      file,
      response_format: "verbose_json",
      timestamp_granularities: [...timestamp_granularities],
    });
    const [model, sent, ...rest] = seen as [string[], string[], ...string[][]];
    equal(model, ["model", "whisper"]);
    equal([sent[1], sent[3]], ["tälk.wav", "RIFF"]);
    // Bun has a name of its own for it.
    contains(sent[2], /^audio\/(x-)?wav$/);
    equal(rest, [
      ["response_format", "verbose_json"],
      ["timestamp_granularities[]", "word"],
      ["timestamp_granularities[]", "segment"],
    ]);
  },
  "forms",
);

for (const id of ["", ".", "..", "a/b", "a?b"]) {
  openai.alone(`the id "${id}" never leads elsewhere`, async () => {
    const target = made(() => json({ id }));
    const client = new OpenAI({ apiKey: KEY, dangerouslyAllowBrowser: true, fetch: target.fetch });
    try {
      await client.files.retrieve(id);
      equal(target.arrivals[0]?.url.pathname, `/v1/files/${encodeURIComponent(id)}`);
      equal(target.arrivals[0]?.url.search, "");
    } catch (error) {
      ok(error instanceof TypeError, "a TypeError");
      equal(target.arrivals.length, 0);
    }
  });
}

openai.alone("what a client is made with must be right", async () => {
  const make = (options: object) => () =>
    new AzureOpenAI({ dangerouslyAllowBrowser: true, ...options } as never);
  for (const options of [{}, { endpoint: "https://a.example" }, { endpoint: "nowhere", apiKey: KEY }]) {
    const error = await thrown(make(options));
    ok(error instanceof TypeError && !error.message.includes(KEY));
  }
});

openai.alone("a response stream ends with its last event, though the connection stays open", async () => {
  const end = {
    type: "response.completed",
    response: { id: "r", object: "response", status: "completed", output: [] },
  };
  const target = made(() =>
    eventStream(source([`event: ${end.type}\ndata: ${JSON.stringify(end)}\n\n`], "open")),
  );
  const client = new OpenAI({ apiKey: KEY, dangerouslyAllowBrowser: true, fetch: target.fetch });
  const stream = await client.responses.create({ ...INPUT, stream: true });
  equal((await stream.final()).status, "completed");
});
