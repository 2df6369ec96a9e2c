// The operations of a project but its agents': how each is called, and what it must send with a connection string and on
// a project endpoint.
import type { AIProjectClient } from "latchkey/projects";
import { json } from "../service.ts";
import {
  currentConnection,
  ENDPOINT,
  eraConnection,
  HOST,
  MANAGEMENT,
  type Seen,
  WORKSPACE,
} from "./recorder.ts";

interface Wire {
  request: string;
  /** Parsed JSON. */
  body?: unknown;
  /** Default `application/json` where there is a body. */
  type?: string;
}

export interface Row {
  call(client: AIProjectClient): unknown;
  /** With a connection string; none: it isn't there. */
  era?: Wire[];
  /** On a project endpoint; none: it isn't there. */
  current?: Wire[];
  answer?(seen: Seen): Response;
}

const CONTROL = `${MANAGEMENT}${WORKSPACE}`;
const CONNECTIONS = "api-version=2024-07-01-preview";
const RAI = `${HOST}/raisvc/v1.0${WORKSPACE}`;
const EVALUATIONS = "api-version=2025-05-15-preview";
const V1 = "api-version=v1";

const get = (url: string): Wire => ({ request: `GET ${url}` });
const post = (url: string, body?: unknown): Wire => ({
  request: `POST ${url}`,
  ...(body !== undefined && { body }),
});
const patch = (url: string, body: unknown): Wire => ({
  request: `PATCH ${url}`,
  body,
  type: "application/merge-patch+json",
});

const dataset = {
  data: { type: "dataset" as const, id: "d" },
  // biome-ignore lint/suspicious/noTemplateCurlyInString: evaluators have placeholders of their own
  evaluators: { relevance: { id: "e", dataMapping: { query: "${data.query}" } } },
};
const schedule = {
  data: { type: "app_insights" as const, resourceId: "r", query: "traces", serviceName: "s" },
  evaluators: { relevance: { id: "e" } },
  trigger: { type: "Cron" as const, expression: "0 0 * * *" },
};
const definition = { kind: "prompt" as const, model: "gpt-5-mini", instructions: "Rhyme." };
const file = { type: "uri_file" as const, dataUri: "https://blobs.example/a.jsonl" };
const index = { type: "AzureSearch" as const, connectionName: "search", indexName: "docs" };
const nothing = () => new Response(null, { status: 204 });
const values = () => json({ value: [] });
const page = () => json({ object: "list", data: [], has_more: false });
const connection = ({ request }: Seen) =>
  request.includes(MANAGEMENT) ? json(eraConnection()) : json(currentConnection());
const connectionsOf =
  (type: string, eraType = type) =>
  ({ request }: Seen) => {
    const sent = request.includes(MANAGEMENT)
      ? eraConnection({ category: eraType })
      : currentConnection({
          type,
          ...(type === "AppInsights" && { credentials: { type: "ApiKey", key: "ik" } }),
        });
    return json(/\/connections\?/.test(request) ? { value: [sent] } : sent);
  };
const listed = (type: string) => [
  get(`${CONTROL}/connections?${CONNECTIONS}&category=${type}&includeAll=true`),
  post(`${CONTROL}/connections/main/listsecrets?${CONNECTIONS}`, { ignored: "ignore" }),
];

export const ROWS: Record<string, Row[]> = {
  "connections.get": [
    {
      call: (c) => c.connections.get("my search/é"),
      era: [get(`${CONTROL}/connections/my%20search%2F%C3%A9?${CONNECTIONS}`)],
      current: [get(`${ENDPOINT}/connections/my%20search%2F%C3%A9?${V1}`)],
      answer: connection,
    },
    {
      call: (c) => c.connections.get("search", { includeCredentials: true }),
      era: [post(`${CONTROL}/connections/search/listsecrets?${CONNECTIONS}`, { ignored: "ignore" })],
      current: [post(`${ENDPOINT}/connections/search/getConnectionWithCredentials?${V1}`)],
      answer: connection,
    },
  ],
  "connections.getDefault": [
    {
      call: (c) => c.connections.getDefault("AzureOpenAI"),
      era: [get(`${CONTROL}/connections?${CONNECTIONS}&category=AzureOpenAI&includeAll=true`)],
      current: [get(`${ENDPOINT}/connections?${V1}&connectionType=AzureOpenAI&defaultConnection=true`)],
      answer: connectionsOf("AzureOpenAI"),
    },
    {
      call: (c) => c.connections.getDefault("AzureOpenAI", { includeCredentials: true }),
      era: listed("AzureOpenAI"),
      current: [
        get(`${ENDPOINT}/connections?${V1}&connectionType=AzureOpenAI&defaultConnection=true`),
        post(`${ENDPOINT}/connections/main/getConnectionWithCredentials?${V1}`),
      ],
      answer: connectionsOf("AzureOpenAI"),
    },
  ],
  "connections.list": [
    {
      call: (c) => c.connections.list(),
      era: [get(`${CONTROL}/connections?${CONNECTIONS}&includeAll=true`)],
      current: [get(`${ENDPOINT}/connections?${V1}`)],
      answer: values,
    },
    {
      call: (c) => c.connections.list({ connectionType: "CognitiveSearch", defaultConnection: true }),
      era: [get(`${CONTROL}/connections?${CONNECTIONS}&category=CognitiveSearch&includeAll=true`)],
      current: [get(`${ENDPOINT}/connections?${V1}&connectionType=CognitiveSearch&defaultConnection=true`)],
      answer: values,
    },
  ],
  "evaluations.create": [
    {
      call: (c) => c.evaluations.create(dataset),
      era: [post(`${RAI}/evaluations/runs:run?${CONNECTIONS}`, dataset)],
      current: [post(`${ENDPOINT}/evaluations/runs:run?${EVALUATIONS}`, dataset)],
      answer: () => json({ id: "e", ...dataset }, 201),
    },
  ],
  "evaluations.createAgentEvaluation": [
    {
      call: (c) =>
        c.evaluations.createAgentEvaluation({
          runId: "run_1",
          evaluators: {},
          appInsightsConnectionString: "x",
        }),
      current: [
        post(`${ENDPOINT}/evaluations/runs:runAgent?${EVALUATIONS}`, {
          runId: "run_1",
          evaluators: {},
          appInsightsConnectionString: "x",
        }),
      ],
      answer: () => json({ id: "e", status: "Running" }, 201),
    },
  ],
  "evaluations.get": [
    {
      call: (c) => c.evaluations.get("a/b"),
      era: [get(`${RAI}/evaluations/runs/a%2Fb?${CONNECTIONS}`)],
      current: [get(`${ENDPOINT}/evaluations/runs/a%2Fb?${EVALUATIONS}`)],
    },
  ],
  "evaluations.list": [
    {
      call: (c) => c.evaluations.list({ top: 5, skip: 2, maxpagesize: 3 }),
      era: [get(`${RAI}/evaluations/runs?${CONNECTIONS}&maxpagesize=3&skip=2&top=5`)],
      current: [get(`${ENDPOINT}/evaluations/runs?${EVALUATIONS}&maxpagesize=3&skip=2&top=5`)],
      answer: values,
    },
  ],
  "evaluations.update": [
    {
      call: (c) => c.evaluations.update("e1", { displayName: "New", description: null }),
      era: [patch(`${RAI}/evaluations/runs/e1?${CONNECTIONS}`, { displayName: "New", description: null })],
    },
  ],
  "evaluations.createOrReplaceSchedule": [
    {
      call: (c) => c.evaluations.createOrReplaceSchedule("nightly", schedule),
      era: [{ request: `PUT ${RAI}/evaluations/schedules/nightly?${CONNECTIONS}`, body: schedule }],
    },
  ],
  "evaluations.getSchedule": [
    {
      call: (c) => c.evaluations.getSchedule("nightly"),
      era: [get(`${RAI}/evaluations/schedules/nightly?${CONNECTIONS}`)],
    },
  ],
  "evaluations.listSchedule": [
    {
      call: (c) => c.evaluations.listSchedule({ top: 1 }),
      era: [get(`${RAI}/evaluations/schedules?${CONNECTIONS}&top=1`)],
      answer: values,
    },
  ],
  "evaluations.disableSchedule": [
    {
      call: (c) => c.evaluations.disableSchedule("nightly"),
      era: [{ request: `PATCH ${RAI}/evaluations/schedules/nightly/disable?${CONNECTIONS}` }],
      answer: nothing,
    },
  ],
  "inference.getChatCompletionsClient": [
    {
      call: (c) => c.inference.getChatCompletionsClient(),
      era: listed("AIServices"),
      current: [],
      answer: connectionsOf("AIServices"),
    },
  ],
  "inference.getEmbeddingsClient": [
    {
      call: (c) => c.inference.getEmbeddingsClient(),
      era: listed("AIServices"),
      current: [],
      answer: connectionsOf("AIServices"),
    },
  ],
  "inference.getImageEmbeddingsClient": [
    {
      call: (c) => c.inference.getImageEmbeddingsClient(),
      era: listed("AIServices"),
      current: [],
      answer: connectionsOf("AIServices"),
    },
  ],
  "inference.getAzureOpenAIClient": [
    {
      call: (c) => c.inference.getAzureOpenAIClient(),
      era: listed("AzureOpenAI"),
      current: [],
      answer: connectionsOf("AzureOpenAI"),
    },
    {
      call: (c) => c.inference.getAzureOpenAIClient({ connectionName: "aoai" }),
      era: [post(`${CONTROL}/connections/aoai/listsecrets?${CONNECTIONS}`, { ignored: "ignore" })],
      current: [post(`${ENDPOINT}/connections/aoai/getConnectionWithCredentials?${V1}`)],
      answer: connectionsOf("AzureOpenAI"),
    },
  ],
  "inference.getOpenAIClient": [{ call: (c) => c.inference.getOpenAIClient(), current: [] }],
  "telemetry.getConnectionString": [
    {
      call: (c) => c.telemetry.getConnectionString(),
      era: [
        get(`${CONTROL}/?${CONNECTIONS}`),
        get(`${MANAGEMENT}/subscriptions/sub/components/ai?api-version=2020-02-02`),
      ],
      current: [
        get(`${ENDPOINT}/connections?${V1}&connectionType=AppInsights&defaultConnection=true`),
        post(`${ENDPOINT}/connections/main/getConnectionWithCredentials?${V1}`),
      ],
      answer: (seen) => {
        if (!seen.request.includes(MANAGEMENT)) return connectionsOf("AppInsights")(seen);
        return seen.request.includes("/components/")
          ? json({ properties: { ConnectionString: "InstrumentationKey=1" } })
          : json({ properties: { applicationInsights: "/subscriptions/sub/components/ai" } });
      },
    },
  ],
  "telemetry.enable": [{ call: (c) => c.telemetry.enable(), era: [], current: [] }],
  "agentVersions.create": [
    {
      call: (c) => c.agentVersions.create({ name: "poet", definition, metadata: { a: "b" } }),
      current: [post(`${ENDPOINT}/agents?${V1}`, { name: "poet", definition, metadata: { a: "b" } })],
    },
  ],
  "agentVersions.update": [
    {
      call: (c) => c.agentVersions.update("poet", { definition }),
      current: [post(`${ENDPOINT}/agents/poet?${V1}`, { definition })],
    },
  ],
  "agentVersions.get": [
    { call: (c) => c.agentVersions.get("poet"), current: [get(`${ENDPOINT}/agents/poet?${V1}`)] },
  ],
  "agentVersions.list": [
    {
      call: (c) => c.agentVersions.list({ kind: "prompt", limit: 2, order: "asc" }),
      current: [get(`${ENDPOINT}/agents?${V1}&kind=prompt&limit=2&order=asc`)],
      answer: page,
    },
  ],
  "agentVersions.delete": [
    {
      call: (c) => c.agentVersions.delete("poet", { force: true }),
      current: [{ request: `DELETE ${ENDPOINT}/agents/poet?${V1}&force=true` }],
    },
  ],
  "agentVersions.createVersion": [
    {
      call: (c) => c.agentVersions.createVersion("poet", { definition, draft: true }),
      current: [post(`${ENDPOINT}/agents/poet/versions?${V1}`, { definition, draft: true })],
    },
  ],
  "agentVersions.getVersion": [
    {
      call: (c) => c.agentVersions.getVersion("poet", "2"),
      current: [get(`${ENDPOINT}/agents/poet/versions/2?${V1}`)],
    },
  ],
  "agentVersions.listVersions": [
    {
      call: (c) => c.agentVersions.listVersions("poet", { limit: 1, include_drafts: true }),
      current: [get(`${ENDPOINT}/agents/poet/versions?${V1}&include_drafts=true&limit=1`)],
      answer: page,
    },
  ],
  "agentVersions.deleteVersion": [
    {
      call: (c) => c.agentVersions.deleteVersion("poet", "2"),
      current: [{ request: `DELETE ${ENDPOINT}/agents/poet/versions/2?${V1}` }],
    },
  ],
  "deployments.get": [
    { call: (c) => c.deployments.get("gpt"), current: [get(`${ENDPOINT}/deployments/gpt?${V1}`)] },
  ],
  "deployments.list": [
    {
      call: (c) => c.deployments.list({ modelPublisher: "OpenAI", deploymentType: "ModelDeployment" }),
      current: [get(`${ENDPOINT}/deployments?${V1}&deploymentType=ModelDeployment&modelPublisher=OpenAI`)],
      answer: values,
    },
  ],
  "datasets.list": [
    { call: (c) => c.datasets.list(), current: [get(`${ENDPOINT}/datasets?${V1}`)], answer: values },
  ],
  "datasets.listVersions": [
    {
      call: (c) => c.datasets.listVersions("qa"),
      current: [get(`${ENDPOINT}/datasets/qa/versions?${V1}`)],
      answer: values,
    },
  ],
  "datasets.get": [
    { call: (c) => c.datasets.get("qa", "1"), current: [get(`${ENDPOINT}/datasets/qa/versions/1?${V1}`)] },
  ],
  "datasets.createOrUpdate": [
    {
      call: (c) => c.datasets.createOrUpdate("qa", "1", file),
      current: [patch(`${ENDPOINT}/datasets/qa/versions/1?${V1}`, file)],
      answer: () => json({ name: "qa", version: "1", ...file }, 201),
    },
  ],
  "datasets.delete": [
    {
      call: (c) => c.datasets.delete("qa", "1"),
      current: [{ request: `DELETE ${ENDPOINT}/datasets/qa/versions/1?${V1}` }],
      answer: nothing,
    },
  ],
  "datasets.pendingUpload": [
    {
      call: (c) => c.datasets.pendingUpload("qa", "1", { connectionName: "blobs" }),
      current: [
        post(`${ENDPOINT}/datasets/qa/versions/1/startPendingUpload?${V1}`, {
          pendingUploadType: "BlobReference",
          connectionName: "blobs",
        }),
      ],
    },
  ],
  "datasets.getCredentials": [
    {
      call: (c) => c.datasets.getCredentials("qa", "1"),
      current: [post(`${ENDPOINT}/datasets/qa/versions/1/credentials?${V1}`)],
    },
  ],
  "indexes.list": [
    { call: (c) => c.indexes.list(), current: [get(`${ENDPOINT}/indexes?${V1}`)], answer: values },
  ],
  "indexes.listVersions": [
    {
      call: (c) => c.indexes.listVersions("docs"),
      current: [get(`${ENDPOINT}/indexes/docs/versions?${V1}`)],
      answer: values,
    },
  ],
  "indexes.get": [
    { call: (c) => c.indexes.get("docs", "1"), current: [get(`${ENDPOINT}/indexes/docs/versions/1?${V1}`)] },
  ],
  "indexes.createOrUpdate": [
    {
      call: (c) => c.indexes.createOrUpdate("docs", "1", index),
      current: [patch(`${ENDPOINT}/indexes/docs/versions/1?${V1}`, index)],
    },
  ],
  "indexes.delete": [
    {
      call: (c) => c.indexes.delete("docs", "1"),
      current: [{ request: `DELETE ${ENDPOINT}/indexes/docs/versions/1?${V1}` }],
      answer: nothing,
    },
  ],
};
