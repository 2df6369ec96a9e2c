// The same calls through @azure/ai-projects 1.0.0-beta.3, of the time of connection strings: what it sends is what is
// sent here, except for what the table says.
import { AIProjectsClient } from "azure-ai-projects-1beta";
import type { AIProjectClient } from "latchkey/projects";
import { describe, expect, test } from "vitest";
import { json } from "../service.ts";
import { CONNECTION_STRING, credential, era, eraConnection, recorder, type Seen } from "./recorder.ts";

/** As much as is used of a request and an answer of its pipeline. */
interface PipelineRequest {
  url: string;
  method: string;
  body?: string;
  headers: Iterable<[string, string]>;
}

const answer = ({ request }: Seen): Response => {
  if (request.includes("/components/")) return json({ id: "i", properties: { ConnectionString: "x" } });
  if (/workspaces\/demo\/\?/.test(request)) return json({ properties: { applicationInsights: INSIGHTS } });
  return json(/\/connections\?/.test(request) ? { value: [eraConnection()] } : eraConnection());
};
const INSIGHTS = "/subscriptions/sub/resourceGroups/group/providers/microsoft.insights/components/ai";

function official(fetch: typeof globalThis.fetch): AIProjectsClient {
  const httpClient = {
    async sendRequest(request: PipelineRequest) {
      const { url, method, body = null, headers } = request;
      const response = await fetch(url, { method, body, headers: Object.fromEntries(headers) });
      const all = new Headers(response.headers);
      const answered = Object.assign(all, { toJSON: () => Object.fromEntries(all) });
      return { request, status: response.status, headers: answered, bodyAsText: await response.text() };
    },
  };
  return AIProjectsClient.fromConnectionString(CONNECTION_STRING, credential, { httpClient } as object);
}

interface Pair {
  ours(client: AIProjectClient): PromiseLike<unknown>;
  theirs(client: AIProjectsClient): PromiseLike<unknown>;
  /** What is another thing here, and why. */
  differs?: { our: Partial<Record<"path" | "query" | "body", string>>; because: string };
}

const PAIRS: Record<string, Pair> = {
  "a connection": {
    ours: (c) => c.connections.get("my/search"),
    theirs: (c) => c.connections.getConnection("my/search"),
  },
  "a connection with secrets": {
    ours: (c) => c.connections.get("main", { includeCredentials: true }),
    theirs: (c) => c.connections.getConnectionWithSecrets("main"),
    differs: {
      our: { body: '{"ignored":"ignore"}' },
      because: "Python's clients, which the document is about, say so; the service ignores it either way",
    },
  },
  "all connections": {
    ours: (c) => c.connections.list(),
    theirs: (c) => c.connections.listConnections(),
    differs: {
      our: { query: "api-version=2024-07-01-preview&includeAll=true" },
      because: "Python's clients always ask for all, those that are shared with the project too",
    },
  },
  "connections of a type": {
    ours: (c) => c.connections.list({ connectionType: "AzureOpenAI" }),
    theirs: (c) => c.connections.listConnections({ category: "AzureOpenAI", includeAll: true }),
  },
  "the connection string of the telemetry": {
    ours: (c) => c.telemetry.getConnectionString(),
    theirs: (c) => c.telemetry.getConnectionString(),
    differs: {
      our: { path: INSIGHTS },
      because: "it begins the path with two slashes, since the id has one of its own",
    },
  },
};

const partsOf = ({ request, headers, body }: Seen) => {
  const [method, href] = request.split(" ") as [string, string];
  const { host, pathname: path, search } = new URL(href);
  const authorization = headers.get("authorization");
  return { method, host, path, query: search.slice(1), body, authorization, accept: headers.get("accept") };
};

describe("the same as @azure/ai-projects 1.0.0-beta.3", () => {
  test.each(Object.entries(PAIRS))("%s", async (_, { ours, theirs, differs }) => {
    const [here, there] = [recorder(answer), recorder(answer)];
    await ours(era(here));
    await theirs(official(there.fetch));
    const [our, their] = [here.seen.map(partsOf), there.seen.map(partsOf)];
    if (differs) {
      // A difference that is gone must leave the table.
      expect(our).not.toEqual(their);
      expect(our.at(-1)).toMatchObject(differs.our);
      their[their.length - 1] = { ...their.at(-1)!, ...differs.our };
    }
    expect(our).toEqual(their);
  });
});
