// A project against the emulator: connections and the clients they lead to, evaluations, datasets, indexes, today's agents.
import { AIProjectClient, NotFoundError } from "latchkey/projects";
import { all } from "../bodies.ts";
import { projectAt } from "../clients.ts";
import { contains, equal, fails, has, ok } from "../expect.ts";
import { type Service, Suite } from "../harness.ts";

export const projects: Suite = new Suite("projects");

const messages = [{ role: "user" as const, content: "What is 2 + 2?" }];
const evaluators = { relevance: { id: "azureai://built-in/evaluators/relevance" } };

projects.both("connections: listed without secrets, found with them", async (service) => {
  const { connections } = projectAt(service);
  const items = await all(connections.list());
  ok(items.length > 5 && items.every(({ key }) => key === undefined));
  for (const { name, connection_type } of items) {
    const found = await connections.get(name, { includeCredentials: true });
    has(found, { name, connection_type });
    if (found.authentication_type === "ApiKey") ok(found.key);
  }
});

projects.both("connections by type, and the default of one", async (service) => {
  const { connections } = projectAt(service);
  const { data } = await connections.list({ connectionType: "AzureOpenAI" });
  equal(
    data.map(({ connection_type }) => connection_type),
    ["AzureOpenAI", "AzureOpenAI"],
  );
  equal((await connections.getDefault("AzureOpenAI")).name, data[0]!.name);
  await fails(connections.get("nobody"), { name: NotFoundError.name });
  await fails(connections.getDefault("Nothing"), { name: NotFoundError.name });
});

/** By key a page may not, without its consent; the project passes its own options on. */
projects.both("a chat client by a connection", async (service) => {
  const { inference } = projectAt(service);
  const chat = await inference.getChatCompletionsClient({ model: "gpt-5-mini" });
  ok((await chat.complete({ messages })).choices[0]?.message.content);
});

projects.both("a chat client by Entra ID", async (service) => {
  const choice = { model: "gpt-5-mini", connectionName: "emulator-aiservices-entra" };
  const chat = await projectAt(service).inference.getChatCompletionsClient(choice);
  const stream = await chat.complete({ messages, stream: true });
  ok((await stream.final()).choices[0]?.message.content);
});

projects.both("an embeddings client by a connection", async (service) => {
  const { inference } = projectAt(service);
  const embeddings = await inference.getEmbeddingsClient({ model: "text-embedding-3-small" });
  equal((await embeddings.embed({ input: ["a", "b"] })).data.length, 2);
});

projects.both("Azure OpenAI by a connection", async (service) => {
  const { inference } = projectAt(service);
  const openai = await inference.getAzureOpenAIClient({ apiVersion: "2024-10-21" });
  const completion = await openai.chat.completions.create({ model: "gpt-5-mini", messages });
  ok(completion.choices[0]?.message.content);
});

projects.both("the connection string of Application Insights", async (service) => {
  contains(await projectAt(service).telemetry.getConnectionString(), /^InstrumentationKey=/);
});

async function upload(service: Service, text: string): Promise<string> {
  const { datasets } = projectAt(service);
  const { blobReference } = await datasets.pendingUpload("answers", "1");
  const { blobUri, credential } = blobReference;
  const to = new URL(credential.sasUri);
  to.pathname = `${new URL(blobUri).pathname}/answers.jsonl`;
  const headers = { "x-ms-blob-type": "BlockBlob" };
  equal((await service.ask(to, { method: "PUT", body: text, headers })).status, 201);
  const body = { type: "uri_file" as const, dataUri: `${blobUri}/answers.jsonl` };
  return (await datasets.createOrUpdate("answers", "1", body)).id ?? "";
}

projects.both("a dataset is uploaded and evaluated to the end", async (service) => {
  const id = await upload(service, '{"query":"What is 2 + 2?","response":"It is 4.","ground_truth":"4"}\n');
  const { evaluations } = projectAt(service);
  let now = await evaluations.create({ data: { type: "dataset", id }, evaluators });
  for (let asked = 0; asked < 10 && now.status !== "Completed"; asked++) now = await evaluations.get(now.id);
  equal(now.status, "Completed");
  ok(Object.keys(now.properties ?? {}).length > 0);
});

projects.both("evaluations of the era of connection strings, page by page", async (service) => {
  const { evaluations } = AIProjectClient.fromConnectionString(
    `region.example;sub;group;${service.name}`,
    async () => "emulator-key",
    { ...hostsOf(service), dangerouslyAllowBrowser: true, maxRetries: 0 },
  );
  const ids: string[] = [];
  for (const displayName of ["one", "two", "three"]) {
    ids.push((await evaluations.create({ data: { type: "dataset", id: "d" }, evaluators, displayName })).id);
  }
  has(await evaluations.update(ids[0]!, { displayName: "New" }), { id: ids[0], displayName: "New" });
  const listed = (await all(evaluations.list({ maxpagesize: 1 }))).map(({ id }) => id);
  equal(listed.sort(), ids.sort());
});

/** Leads the addresses of a connection string to the emulator, whichever host they name. */
function hostsOf({ url, ask }: Service): { fetch: typeof fetch } {
  const here = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const { pathname, search } = new URL(request.url);
    const { method, headers, signal } = request;
    const body = await request.arrayBuffer();
    return ask(url + pathname + search, {
      method,
      headers,
      signal,
      redirect: "manual",
      ...(body.byteLength > 0 ? { body } : {}),
    });
  };
  return { fetch: here as typeof fetch };
}

const definition = { kind: "prompt" as const, model: "gpt-5-mini", instructions: "Be brief." };

projects.both("today's agents in versions", async (service) => {
  const { agentVersions } = projectAt(service);
  const agent = await agentVersions.create({ name: "poet", definition });
  equal(agent.versions.latest.version, "1");
  equal(
    (await agentVersions.createVersion("poet", { definition: { ...definition, instructions: "Rhyme." } }))
      .version,
    "2",
  );
  const versions = await all(agentVersions.listVersions("poet", { limit: 1 }));
  equal(versions.map(({ version }) => version).sort(), ["1", "2"]);
  has((await agentVersions.getVersion("poet", "2")).definition, { instructions: "Rhyme." });
  has(await agentVersions.delete("poet"), { deleted: true, name: "poet" });
  await fails(agentVersions.get("poet"), { name: NotFoundError.name });
});

projects.both("today's agent answers in a conversation", async (service) => {
  const project = projectAt(service);
  await project.agentVersions.create({ name: "poet", definition });
  const openai = await project.getOpenAIClient();
  const conversation = (await openai.conversations.create()).id;
  const agent_reference = { type: "agent_reference" as const, name: "poet" };
  const response = await openai.responses.create({ input: "Hello", conversation, agent_reference });
  equal(response.status, "completed");
  ok((await all(openai.conversations.items.list(conversation))).length > 1);
});

projects.both("deployments", async (service) => {
  const { deployments } = projectAt(service);
  const items = await all(deployments.list());
  ok(items.length > 1);
  equal(await deployments.get(items[0]!.name), items[0]);
});

projects.both("datasets and indexes, in versions", async (service) => {
  const { datasets, indexes } = projectAt(service);
  const index = { type: "AzureSearch" as const, connectionName: "emulator-search", indexName: "docs" };
  for (const version of ["1", "2"]) {
    const file = { type: "uri_file" as const, dataUri: "https://blobs.example/a.jsonl" };
    await datasets.createOrUpdate("qa", version, file);
    await indexes.createOrUpdate("docs", version, index);
  }
  equal((await all(datasets.listVersions("qa"))).length, 2);
  equal((await all(indexes.listVersions("docs"))).length, 2);
  has(await datasets.get("qa", "1"), { name: "qa", version: "1" });
  await datasets.delete("qa", "1");
  await fails(datasets.get("qa", "1"), { name: NotFoundError.name });
});

projects.both("agents of a project", async (service) => {
  const { agents } = projectAt(service);
  const agent = await agents.createAgent({ model: "gpt-5-mini" });
  const thread = await agents.createThread({ messages });
  const run = await agents.createAndProcessRun(thread.id, { assistant_id: agent.id }, { intervalMs: 1 });
  equal(run.status, "completed");
});

for (const text of ["", "one;two", "a;b;c;d;e", ";;;"]) {
  projects.alone(`the connection string "${text}" is a TypeError`, async () => {
    const make = () => AIProjectClient.fromConnectionString(text, async () => "t");
    const error = await fails(make, { name: "TypeError" });
    ok(error instanceof TypeError);
  });
}
