// A project for the tests of `latchkey/projects`: it records what arrives at which host, and answers as a test says.
import { AIProjectClient, type AIProjectClientOptions } from "latchkey/projects";
import { json } from "../service.ts";

export const ENDPOINT = "https://resource.example/api/projects/demo";
export const HOST = "https://region.example";
export const CONNECTION_STRING = "region.example;sub;group;demo";
export const WORKSPACE =
  "/subscriptions/sub/resourceGroups/group/providers/Microsoft.MachineLearningServices/workspaces/demo";
export const MANAGEMENT = "https://management.azure.com";
/** Searched for in everything that is printed, thrown or logged. */
export const SECRET = "canary-secret-91d0c4";

/** What arrived. `request` is `"<method> <URL>"`, the members of its query in order. */
export interface Seen {
  request: string;
  headers: Headers;
  body: string;
}

export interface Recorder {
  fetch: typeof fetch;
  seen: Seen[];
}

export function recorder(
  answer: (seen: Seen) => Response | Promise<Response> = () => json({ id: "x" }),
): Recorder {
  const seen: Seen[] = [];
  return {
    seen,
    async fetch(input, init) {
      const request = new Request(input, init);
      const url = new URL(request.url);
      url.searchParams.sort();
      const { method, headers } = request;
      const arrival = { request: `${method} ${url.href}`, headers, body: await request.text() };
      seen.push(arrival);
      return answer(arrival);
    },
  };
}

/** Gives tokens that say what they were asked for. */
export const credential = {
  async getToken(scopes: string | string[]) {
    return { token: `for-${[scopes].flat().join("+")}`, expiresOnTimestamp: Date.now() + 3_600_000 };
  },
};

type Options = Omit<AIProjectClientOptions, "fetch">;

/** A client of a project endpoint. */
export const current = ({ fetch }: { fetch: typeof globalThis.fetch }, options: Options = {}) =>
  new AIProjectClient(ENDPOINT, credential, { maxRetries: 0, fetch, ...options });

/** A client made of a connection string. */
export const era = ({ fetch }: { fetch: typeof globalThis.fetch }, options: Options = {}) =>
  AIProjectClient.fromConnectionString(CONNECTION_STRING, credential, { maxRetries: 0, fetch, ...options });

/** A connection as the control plane sends it. */
export const eraConnection = (properties: object = {}, name = "main"): object => ({
  id: `/subscriptions/sub/connections/${name}`,
  name,
  type: "Microsoft.MachineLearningServices/workspaces/connections",
  properties: {
    category: "AIServices",
    target: "https://models.example/",
    authType: "ApiKey",
    credentials: { key: SECRET },
    ...properties,
  },
});

/** A connection as a project endpoint sends it. */
export const currentConnection = (members: object = {}, name = "main"): object => ({
  name,
  id: `/subscriptions/sub/connections/${name}`,
  type: "AzureOpenAI",
  target: "https://models.example/",
  isDefault: true,
  credentials: { type: "ApiKey", key: SECRET },
  metadata: { ApiType: "Azure" },
  ...members,
});
