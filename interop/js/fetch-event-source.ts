// @microsoft/fetch-event-source, which reads event streams in web pages. Here it gets the two objects of a page that it
// names, and the fetch that it is given in a page.
import assert from "node:assert/strict";
import { EventStreamContentType, fetchEventSource } from "@microsoft/fetch-event-source";
import type { Client } from "./client.ts";
import {
  arePieces,
  isClosedUpstream,
  isParis,
  KEY,
  longQuestion,
  MODEL,
  newMark,
  QUESTION,
  STORY,
  thrownBy,
  UNKNOWN_MODEL,
  URL_OF_WORKER,
  WEATHER,
  WEATHER_QUESTION,
} from "./place.ts";

Object.assign(globalThis, {
  window: globalThis,
  document: Object.assign(new EventTarget(), { hidden: false }),
});

interface Chunk {
  readonly choices: readonly {
    readonly delta: {
      readonly content?: string | null;
      readonly tool_calls?: readonly { readonly function?: { readonly arguments?: string } }[];
    };
  }[];
}

class Refused extends Error {
  readonly status: number;
  readonly body: unknown;
  constructor(status: number, body: unknown) {
    super(`status ${status}`);
    this.status = status;
    this.body = body;
  }
}

/** One chat, its chunks handed out as they come. Returns the data of the last event. */
async function read(
  question: string,
  onChunk: (chunk: Chunk) => void,
  { model = MODEL, signal, more = {} }: { model?: string; signal?: AbortSignal; more?: object } = {},
): Promise<string> {
  let last = "";
  await fetchEventSource(`${URL_OF_WORKER}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
    body: JSON.stringify({ model, messages: [{ role: "user", content: question }], stream: true, ...more }),
    ...(signal && { signal }),
    async onopen(response) {
      if (!response.headers.get("content-type")?.startsWith(EventStreamContentType)) {
        throw new Refused(response.status, await response.json());
      }
    },
    onmessage({ data }) {
      if (data === "") return; // Comments come as empty events.
      last = data;
      if (data !== "[DONE]") onChunk(JSON.parse(data) as Chunk);
    },
    // Without this it asks again for ever.
    onerror(error) {
      throw error;
    },
  });
  return last;
}

const streamsOnly = { absent: "reads event streams and has no other call" };

export const clients: readonly Client[] = [
  {
    name: "@microsoft/fetch-event-source",
    folder: "@microsoft/fetch-event-source",
    checks: {
      chat: streamsOnly,
      async stream() {
        const pieces: string[] = [];
        const last = await read(STORY, ({ choices }) => {
          const content = choices[0]?.delta.content;
          if (content) pieces.push(content);
        });
        arePieces(pieces);
        assert.equal(last, "[DONE]");
      },
      async tools() {
        let args = "";
        const more = { tools: [{ type: "function", function: WEATHER }] };
        await read(
          WEATHER_QUESTION,
          ({ choices }) => {
            args += choices[0]?.delta.tool_calls?.[0]?.function?.arguments ?? "";
          },
          { more },
        );
        isParis(args);
        return "the call comes in pieces that the caller puts together";
      },
      embeddings: streamsOnly,
      files: streamsOnly,
      agents: streamsOnly,
      async error() {
        const error = await thrownBy(read(QUESTION, () => {}, { model: UNKNOWN_MODEL }));
        assert.ok(error instanceof Refused, `what onopen throws and not ${error}`);
        assert.equal(error.status, 404);
        assert.partialDeepStrictEqual(error.body, { error: { code: "model_not_found" } });
        return "the package has no class of its own: onopen gets the answer, and what it throws comes out";
      },
      async abort() {
        const mark = newMark();
        const controller = new AbortController();
        await read(longQuestion(mark), () => controller.abort(), { signal: controller.signal });
        await isClosedUpstream(mark);
      },
    },
  },
];
