// A service for the tests of `latchkey/openai`: it records what arrives, forms included, and answers as a test says.
import { AzureOpenAI, type AzureOpenAIOptions } from "latchkey/openai";
import { json } from "../service.ts";

export const RESOURCE = "https://resource.example";
export const KEY = "canary-key-7f3a9c";
export const DATED = "2024-10-21";

/** What arrived. `body` is the parsed JSON, or a form's fields as `[name, text]` and `[name, filename, type, text]`. */
export interface Seen {
  method: string;
  path: string;
  query: string;
  headers: Headers;
  body: unknown;
}

export interface Recorder {
  fetch: typeof fetch;
  seen: Seen[];
}

export function recorder(answer: (seen: Seen) => Response | Promise<Response> = () => json({})): Recorder {
  const seen: Seen[] = [];
  return {
    seen,
    async fetch(input, init) {
      const request = new Request(input, init);
      // npm `openai` tries out with a data: URL what forms are here.
      if (request.url.startsWith("data:")) return globalThis.fetch(request);
      const { pathname: path, search: query } = new URL(request.url);
      const { method, headers } = request;
      const arrival = { method, path, query, headers, body: await bodyOf(request) };
      seen.push(arrival);
      return answer(arrival);
    },
  };
}

async function bodyOf(request: Request): Promise<unknown> {
  if (!/^multipart\//.test(request.headers.get("content-type") ?? "")) {
    const text = await request.text();
    return text ? JSON.parse(text) : undefined;
  }
  const fields: unknown[] = [];
  for (const [name, value] of await request.formData()) {
    fields.push(
      typeof value === "string" ? [name, value] : [name, value.name, value.type, await value.text()],
    );
  }
  return fields;
}

/** A client with deployment URLs, the canary key and no retries unless told otherwise. */
export function azure(
  { fetch }: { fetch: typeof globalThis.fetch },
  options: Partial<AzureOpenAIOptions> = {},
) {
  return new AzureOpenAI({
    endpoint: RESOURCE,
    apiVersion: DATED,
    apiKey: KEY,
    maxRetries: 0,
    fetch,
    ...options,
  });
}

/** A record of a stream with its type as its event's name, as the Responses API sends them. */
export const named = (event: { type: string; [member: string]: unknown }): string =>
  `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
