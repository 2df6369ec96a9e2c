// Prism serves the OpenAPI documents of interop/wire/openapi: it says of each request whether it is what the document has,
// and answers as the document says.
import { fileURLToPath } from "node:url";
import { ChatCompletionsClient, EmbeddingsClient, ImageEmbeddingsClient } from "../../src/index.ts";
import { AzureOpenAI, OpenAI } from "../../src/openai/index.ts";
import { AgentsClient } from "../../src/projects/index.ts";
import { ROWS as AGENTS } from "../../test/agents/rows.ts";
import { ROWS } from "../../test/openai/rows.ts";
import type { Line } from "../check.ts";
import { freePort, start, versionOf } from "./server.ts";

const KEY = "test-key";
const PRISM = fileURLToPath(new URL("../node_modules/@stoplight/prism-cli/dist/index.js", import.meta.url));
const messages = [{ role: "user" as const, content: "Hi" }];

/** A call by its name, on a client that goes to an address. */
type Calls = Readonly<
  Record<string, (origin: string, fetch: typeof globalThis.fetch) => PromiseLike<unknown>>
>;

interface Document {
  file: string;
  /** What it's a document of. */
  title: string;
  calls: Calls;
  /** What Prism or the document has otherwise, by the call; npm's official client sends the same (docs/wire-equality.md). */
  known?: Readonly<Record<string, string>>;
}

/** One that a row streams: Prism has no streams, so only its request counts. */
const STREAMED = / \(streamed\)$/;

/** What asks until a state changes, which no document says when. */
const WAITS = /[pP]oll$|^files\.waitFor|AndProcess/;

/** The rows of test/openai, on a client. */
const rows = (clientOf: (origin: string, fetch: typeof globalThis.fetch) => AzureOpenAI): Calls =>
  Object.fromEntries(
    Object.entries(ROWS)
      .filter(([name]) => !WAITS.test(name))
      .flatMap(([name, all]) =>
        all.map((row, index) => {
          const streamed = /stream|sse/.test(JSON.stringify([row.body, row.query]) ?? "");
          const title = `${name} ${index + 1}${streamed ? " (streamed)" : ""}`;
          return [
            title,
            (origin: string, fetch: typeof globalThis.fetch) => row.call(clientOf(origin, fetch)),
          ];
        }),
      ),
  );

const TEXT_AS_JSON = {
  "audio.transcriptions.create 2":
    "Prism answers a call for subtitles with the JSON that the document has first; a service with text",
};

const options = (fetch: typeof globalThis.fetch) => ({ maxRetries: 0, fetch });

const DOCUMENTS: readonly Document[] = [
  {
    file: "model-inference.json",
    title: "model inference 2024-05-01-preview",
    calls: {
      chat: (origin, fetch) =>
        new ChatCompletionsClient(origin, KEY, options(fetch)).complete({
          messages,
          model: "m",
          temperature: 0,
          stop: ["x"],
        }),
      "chat with extras": (origin, fetch) =>
        new ChatCompletionsClient(origin, KEY, options(fetch)).complete({
          messages,
          model_extras: { top_k: 1 },
        }),
      "chat (streamed)": (origin, fetch) =>
        new ChatCompletionsClient(origin, KEY, options(fetch)).complete({ messages, stream: true }),
      embeddings: (origin, fetch) =>
        new EmbeddingsClient(origin, KEY, options(fetch)).embed({ input: ["a"], encoding_format: "base64" }),
      "picture embeddings": (origin, fetch) =>
        new ImageEmbeddingsClient(origin, KEY, options(fetch)).embed({
          input: [{ image: "data:image/png;base64,AA==", text: "a" }],
        }),
      info: (origin, fetch) => new EmbeddingsClient(origin, KEY, options(fetch)).getModelInfo(),
    },
  },
  {
    file: "azure-openai.json",
    title: "Azure OpenAI 2025-03-01-preview",
    known: {
      ...TEXT_AS_JSON,
      "audio.transcriptions.create 1": "Prism takes the last of several form fields of one name, and no list",
      "audio.speech.create 1": "the document has a form where the service takes JSON",
      "audio.speech.create 2 (streamed)": "the document has a form where the service takes JSON",
    },
    calls: rows(
      (origin, fetch) =>
        new AzureOpenAI({
          baseURL: origin,
          apiVersion: "2025-03-01-preview",
          apiKey: KEY,
          ...options(fetch),
        }),
    ),
  },
  {
    file: "openai.json",
    title: "OpenAI 2.3.0",
    known: {
      ...TEXT_AS_JSON,
      "audio.speech.create 2 (streamed)": "Prism has no streams",
      "files.content 1":
        "the document has the content of a file as JSON text; the service sends the file's bytes",
    },
    calls: rows(
      (origin, fetch) =>
        new OpenAI({ baseURL: origin, apiKey: KEY, ...options(fetch) }) as unknown as AzureOpenAI,
    ),
  },
  // The service of agents grew out of assistants.
  {
    file: "assistants.json",
    title: "Azure OpenAI's assistants 2025-03-01-preview",
    known: {
      createVectorStoreFile:
        "a service of agents takes a source of data in place of a file; assistants have files only",
    },
    calls: Object.fromEntries(
      Object.entries(AGENTS)
        .filter(([name]) => !WAITS.test(name))
        .map(([name, row]) => [
          /[sS]tream$/.test(name) ? `${name} (streamed)` : name,
          (origin, fetch) => row.call(new AgentsClient(origin, async () => KEY, options(fetch))),
        ]),
    ),
  },
];

interface Violation {
  location: string[];
  message: string;
}

async function checkDocument({ file, title, calls, known = {} }: Document): Promise<Line[]> {
  const port = await freePort();
  const path = fileURLToPath(new URL(`../wire/openapi/${file}`, import.meta.url));
  const args = [PRISM, "mock", "-p", `${port}`, "-h", "127.0.0.1", path];
  const program = await start(process.execPath, args, /Prism is listening/);
  const [requests, answers] = [new Map<string, string>(), new Map<string, string>()];
  let made = 0;
  for (const [name, call] of Object.entries(calls)) {
    const seen: Response[] = [];
    const recording: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      seen.push(response.clone());
      return response;
    };
    const failure = await Promise.resolve(call(`http://127.0.0.1:${port}`, recording)).then(
      () => undefined,
      (error: unknown) => error,
    );
    const [response] = seen;
    const problem = response && !response.ok ? await response.text() : "";
    // Operations that the document hasn't.
    if (/NO_(PATH|METHOD)_MATCHED/.test(problem)) continue;
    made += 1;
    const violations = JSON.parse(response?.headers.get("sl-violations") ?? "[]") as Violation[];
    const own = violations.filter(({ location }) => location[0] === "request");
    if (own.length)
      requests.set(name, own.map(({ location, message }) => `${location.join(".")}: ${message}`).join(", "));
    else if (!response || problem) requests.set(name, problem.slice(0, 900) || String(failure));
    else if (failure && !STREAMED.test(name)) answers.set(name, String(failure));
  }
  await program.stop();
  const gone = Object.keys(known).filter((name) => !requests.has(name) && !answers.has(name));
  const line = (check: string, wrong: ReadonlyMap<string, string>, more: readonly string[]): Line => {
    const unknown = [...wrong].filter(([name]) => known[name] === undefined).map((entry) => entry.join(": "));
    const bad = [...unknown, ...more];
    const but = [...wrong.keys()].map((name) => `${name}: ${known[name]}`);
    return {
      client: `@stoplight/prism-cli (${title})`,
      version: versionOf("@stoplight/prism-cli"),
      language: "server:@stoplight/prism-cli",
      check,
      result: bad.length || !made ? "fail" : "pass",
      note: bad.join("; ") || [`${made - wrong.size} of ${made} calls`, ...but].join("; "),
    };
  };
  const idle = gone.map((name) => `${name} no longer differs, its reason must go`);
  return [line("requests", requests, idle), line("answers", answers, [])];
}

/** One document after the other: two at a time would not be faster on two cores. */
export async function checkPrism(): Promise<Line[]> {
  const lines: Line[] = [];
  for (const document of DOCUMENTS) lines.push(...(await checkDocument(document)));
  return lines;
}
