// Projects but their agents: by endpoint against @azure/ai-projects 2.x, evaluations against the last version that had them,
// and by connection string against 1.0.0-beta.3.
import { AIProjectClient as Official } from "@azure/ai-projects";
import { AIProjectsClient as OfficialOfEra } from "azure-ai-projects-1beta";
import { AIProjectClient as OfficialOfBeta8 } from "azure-ai-projects-1beta8";
import { AIProjectClient } from "../../../src/projects/index.ts";
import { CONNECTION_STRING, ENDPOINT, eraConnection } from "../../../test/projects/recorder.ts";
import { ROWS } from "../../../test/projects/rows.ts";
import { json } from "../../../test/service.ts";
import { AZURE_PIPELINE, type Group, group, type Row } from "../group.ts";
import { type Asked, credential, type Target } from "../recorder.ts";

const first = (items: AsyncIterable<unknown>) => items[Symbol.asyncIterator]().next();
const current = ({ fetch }: Target) => new AIProjectClient(ENDPOINT, credential, { maxRetries: 0, fetch });
const definition = { kind: "prompt" as const, model: "gpt-5-mini", instructions: "Rhyme." };
const file = { type: "uri_file" as const, dataUri: "https://blobs.example/a.jsonl" };
const index = { type: "AzureSearch" as const, connectionName: "search", indexName: "docs" };

/** The same as the row of that name in test/projects/rows.ts. */
const THEIRS: Record<string, (client: Official) => unknown> = {
  "connections.get (1)": (c) => c.connections.get("my search/é"),
  "connections.get (2)": (c) => c.connections.getWithCredentials("search"),
  "connections.getDefault (1)": (c) => c.connections.getDefault("AzureOpenAI"),
  "connections.getDefault (2)": (c) => c.connections.getDefault("AzureOpenAI", { includeCredentials: true }),
  "connections.list (1)": (c) => first(c.connections.list()),
  "connections.list (2)": (c) =>
    first(c.connections.list({ connectionType: "CognitiveSearch", defaultConnection: true })),
  "telemetry.getConnectionString": (c) => c.telemetry.getApplicationInsightsConnectionString(),
  "agentVersions.create": (c) => c.agents.create("poet", definition, { metadata: { a: "b" } }),
  "agentVersions.update": (c) => c.agents.update("poet", definition),
  "agentVersions.get": (c) => c.agents.get("poet"),
  "agentVersions.list": (c) => first(c.agents.list({ kind: "prompt", limit: 2, order: "asc" })),
  "agentVersions.delete": (c) => c.agents.delete("poet", { force: true }),
  "agentVersions.createVersion": (c) => c.agents.createVersion("poet", definition, { draft: true } as object),
  "agentVersions.getVersion": (c) => c.agents.getVersion("poet", "2"),
  "agentVersions.listVersions": (c) =>
    first(c.agents.listVersions("poet", { limit: 1, includeDrafts: true } as object)),
  "agentVersions.deleteVersion": (c) => c.agents.deleteVersion("poet", "2"),
  "deployments.get": (c) => c.deployments.get("gpt"),
  "deployments.list": (c) =>
    first(c.deployments.list({ modelPublisher: "OpenAI", deploymentType: "ModelDeployment" })),
  "datasets.list": (c) => first(c.datasets.list()),
  "datasets.listVersions": (c) => first(c.datasets.listVersions("qa")),
  "datasets.get": (c) => c.datasets.get("qa", "1"),
  "datasets.createOrUpdate": (c) => c.datasets.createOrUpdate("qa", "1", file as never),
  "datasets.delete": (c) => c.datasets.delete("qa", "1"),
  "datasets.pendingUpload": (c) =>
    c.datasets.pendingUpload("qa", "1", { pendingUploadType: "BlobReference", connectionName: "blobs" }),
  "datasets.getCredentials": (c) => c.datasets.getCredentials("qa", "1"),
  "indexes.list": (c) => first(c.indexes.list()),
  "indexes.listVersions": (c) => first(c.indexes.listVersions("docs")),
  "indexes.get": (c) => c.indexes.get("docs", "1"),
  "indexes.createOrUpdate": (c) => c.indexes.createOrUpdate("docs", "1", index as never),
  "indexes.delete": (c) => c.indexes.delete("docs", "1"),
};

const LEADS = "it makes a client of a connection; the official one leaves that to the caller";
/** What has no request of its own, or is compared in a group of its own. */
const ELSEWHERE = /^(evaluations|telemetry\.enable$|inference\.(getChat|getEmb|getImage|getOpenAI))/;

/** The calls of the table that send something in an era. */
const callsOf = (era: "current" | "era") =>
  Object.entries(ROWS).flatMap(([operation, all]) =>
    all.flatMap(({ call, answer, [era]: sent }, index) => ({
      operation,
      name: all.length > 1 ? `${operation} (${index + 1})` : operation,
      ours: call,
      answer: answer as ((asked: Asked) => Response) | undefined,
      sends: Boolean(sent?.length),
    })),
  );

const currentRows: Row<AIProjectClient, Official>[] = callsOf("current")
  .filter(({ operation, sends }) => sends && !ELSEWHERE.test(operation))
  .map(({ name, ours, answer }) => ({
    name,
    ours,
    theirs: THEIRS[name],
    absent: name.startsWith("inference") ? LEADS : undefined,
    answer,
  }));

const evaluation = {
  data: { type: "dataset" as const, id: "d" },
  evaluators: { relevance: { id: "e" } },
  displayName: "Nightly",
};
const agentRun = { runId: "run_1", evaluators: {}, appInsightsConnectionString: "x" };

const evaluationRows: Row<AIProjectClient, OfficialOfBeta8>[] = [
  {
    name: "evaluations.create",
    ours: (c) => c.evaluations.create(evaluation),
    theirs: (c) => c.evaluations.create(evaluation as never),
    answer: () => json({ id: "e", ...evaluation }, 201),
  },
  {
    name: "evaluations.createAgentEvaluation",
    ours: (c) => c.evaluations.createAgentEvaluation(agentRun),
    theirs: (c) => c.evaluations.createAgentEvaluation(agentRun as never),
    answer: () => json({ id: "e", status: "Running" }, 201),
  },
  {
    name: "evaluations.get",
    ours: (c) => c.evaluations.get("a/b"),
    theirs: (c) => c.evaluations.get("a/b"),
  },
  {
    name: "evaluations.list",
    ours: (c) => c.evaluations.list(),
    theirs: (c) => first(c.evaluations.list()),
    answer: () => json({ value: [] }),
  },
];

const INSIGHTS = "/subscriptions/sub/resourceGroups/group/providers/microsoft.insights/components/ai";
const ofEra = ({ request }: Asked): Response => {
  if (request.includes("/components/")) return json({ id: "i", properties: { ConnectionString: "x" } });
  if (/workspaces\/demo\/\?/.test(request)) return json({ properties: { applicationInsights: INSIGHTS } });
  return json(/\/connections\?/.test(request) ? { value: [eraConnection()] } : eraConnection());
};

const ERA_ROWS: Row<AIProjectClient, OfficialOfEra>[] = [
  {
    name: "connections.get (1)",
    ours: (c) => c.connections.get("my/search"),
    theirs: (c) => c.connections.getConnection("my/search"),
  },
  {
    name: "connections.get (2)",
    ours: (c) => c.connections.get("main", { includeCredentials: true }),
    theirs: (c) => c.connections.getConnectionWithSecrets("main"),
    because: {
      "body.ignored":
        "Python's clients, which the document is about, say `ignore`; the service ignores it either way",
    },
  },
  {
    name: "connections.list (1)",
    ours: (c) => c.connections.list(),
    theirs: (c) => c.connections.listConnections(),
    because: {
      "query includeAll": "Python's clients always ask for all, those that are shared with the project too",
    },
  },
  {
    name: "connections.list (2)",
    ours: (c) => c.connections.list({ connectionType: "AzureOpenAI" }),
    theirs: (c) => c.connections.listConnections({ category: "AzureOpenAI", includeAll: true }),
  },
  {
    name: "telemetry.getConnectionString",
    ours: (c) => c.telemetry.getConnectionString(),
    theirs: (c) => c.telemetry.getConnectionString(),
    because: {
      "request 2: path": "it begins the path with two slashes, since the id has one of its own",
    },
  },
];
/** What JavaScript's client of the era hasn't; Python's, which the document is about, has. */
const PYTHON = "JavaScript's client of the era has none; Python's, which the document is about, has";
/** A slip of Python's generator: the calls beside these two say `api-version`. */
const NAMED_APART = new Set(["evaluations.create", "evaluations.disableSchedule"]);
const REST = /^(connections\.getDefault|evaluations|inference)/;

const eraRows: Row<AIProjectClient, OfficialOfEra>[] = [
  ...ERA_ROWS.map((row) => ({ ...row, answer: ofEra })),
  ...callsOf("era")
    .filter(({ operation, sends }) => sends && REST.test(operation))
    .map(({ name, ours, answer }) => ({
      name,
      ours,
      answer,
      absent: NAMED_APART.has(name)
        ? `${PYTHON}, with the version named \`apiVersion\` in this call alone`
        : PYTHON,
    })),
];

export const projects: Group[] = [
  group({
    title: "Projects by endpoint",
    ours: "`AIProjectClient`",
    sdk: "@azure/ai-projects",
    theirs: "`AIProjectClient`",
    clients: (target) => ({
      ours: current(target),
      theirs: new Official(ENDPOINT, credential, target.pipeline),
    }),
    everywhere: AZURE_PIPELINE,
    rows: currentRows,
  }),
  group({
    title: "Evaluations by endpoint",
    ours: "`AIProjectClient`",
    sdk: "azure-ai-projects-1beta8",
    theirs: "`AIProjectClient`, the last one that had them",
    clients: (target) => ({
      ours: current(target),
      theirs: new OfficialOfBeta8(ENDPOINT, credential, target.pipeline),
    }),
    everywhere: AZURE_PIPELINE,
    rows: evaluationRows,
  }),
  group({
    title: "Projects by connection string",
    ours: "`AIProjectClient.fromConnectionString`",
    sdk: "azure-ai-projects-1beta",
    theirs: "`AIProjectsClient`",
    clients: ({ fetch, pipeline }) => ({
      ours: AIProjectClient.fromConnectionString(CONNECTION_STRING, credential, { maxRetries: 0, fetch }),
      theirs: OfficialOfEra.fromConnectionString(CONNECTION_STRING, credential, pipeline as object),
    }),
    everywhere: AZURE_PIPELINE,
    rows: eraRows,
  }),
];
