// A server on loopback that notes every request as it came over the socket, and answers as the row says. Clients keep their
// real addresses: what leads them here is the `fetch` of those that take one, and the last step of Azure's pipeline.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { PipelinePolicy } from "@azure/core-rest-pipeline";

/** What arrived. */
export interface Arrival {
  method: string;
  host: string;
  path: string;
  /** Its members as they were sent, sorted. */
  query: string[];
  headers: Record<string, string>;
  /** Parsed JSON, or text; `{ form }` has a part each as JSON of `[name, text]` or `[name, file name, type, text]`, sorted. */
  body: unknown;
}

/** What the answers of rows look at: `request` is the method and the real URL, the members of its query in order. */
export interface Asked {
  request: string;
}
export type Answer = (asked: Asked) => Response;

/** Gives tokens that say what they were asked for, so that a scope is a part of the comparison. */
export const credential = {
  async getToken(scopes: string | readonly string[]) {
    return { token: `token-for-${[scopes].flat().join("+")}`, expiresOnTimestamp: Date.now() + 3_600_000 };
  },
};

export class Recorder {
  #calls = new Map<string, { seen: Arrival[]; answer: Answer }>();
  #origin = "";
  #server = createServer((request, response) => this.#serve(request, response));

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.#origin = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Does one call, and gives what it sent. What the caller makes of the answer is its own affair: this is about requests. */
  async record(call: (target: Target) => unknown, answer: Answer): Promise<Arrival[]> {
    const id = `${this.#calls.size}`;
    const entry = { seen: [] as Arrival[], answer };
    this.#calls.set(id, entry);
    let failure: unknown;
    const work = Promise.resolve(new Target(`${this.#origin}/${id}`))
      .then(call)
      .catch((error) => {
        failure = error;
      });
    await Promise.race([work, new Promise((resolve) => setTimeout(resolve, 3000).unref())]);
    if (!entry.seen.length) throw new Error(`Nothing was sent: ${failure ?? "the call said nothing"}.`);
    return [...entry.seen];
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const [, id = "", host = "", rest = ""] = /^\/(\d+)\/([^/]+)(.*)$/s.exec(request.url ?? "") ?? [];
    const entry = this.#calls.get(id);
    if (!entry) return void response.destroy();
    const url = new URL(decodeURIComponent(host) + rest);
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value));
    entry.seen.push({
      method: request.method ?? "",
      host: url.host,
      // As it was sent: URL would undo what is wrong with it.
      path: rest.split("?")[0] ?? "",
      query: url.search.slice(1).split("&").filter(Boolean).sort(),
      headers: Object.fromEntries(headers),
      body: await bodyOf(Buffer.concat(chunks), headers),
    });
    url.searchParams.sort();
    const answer = entry.answer({ request: `${request.method} ${url.href}` });
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  }
}

/** Where one call goes. */
export class Target {
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
  }

  /** The address here of a real one. */
  at(href: string): string {
    const { origin } = new URL(href);
    return `${this.#base}/${encodeURIComponent(origin)}${href.slice(origin.length) || "/"}`;
  }

  readonly fetch: typeof fetch = (input, init) => {
    const href = input instanceof Request ? input.url : `${input}`;
    // npm `openai` tries out with a data: URL what forms are here.
    if (!href.startsWith("http")) return fetch(input, init);
    return input instanceof Request
      ? fetch(new Request(this.at(href), input), init)
      : fetch(this.at(href), init);
  };

  /** Options of a client of Azure's pipeline. */
  get pipeline() {
    const policy: PipelinePolicy = {
      name: "lead-to-recorder",
      sendRequest: (request, next) => {
        request.url = this.at(request.url);
        request.allowInsecureConnection = true;
        return next(request);
      },
    };
    return {
      additionalPolicies: [{ policy, position: "perRetry" as const }],
      retryOptions: { maxRetries: 0 },
    };
  }
}

async function bodyOf(bytes: Buffer, headers: Headers): Promise<unknown> {
  const type = headers.get("content-type") ?? "";
  if (!type.startsWith("multipart/")) {
    const text = bytes.toString();
    if (!text) return undefined;
    return /json/.test(type) ? JSON.parse(text) : text;
  }
  const parts: string[][] = [];
  for (const [name, value] of await new Response(new Uint8Array(bytes), { headers }).formData())
    parts.push(
      typeof value === "string" ? [name, value] : [name, value.name, value.type, await value.text()],
    );
  return { form: parts.map((part) => JSON.stringify(part)).sort() };
}
