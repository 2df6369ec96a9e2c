// What the agents room asks of the service, over the package's client: agents, a thread, runs as they stream, files.
// The page holds no key and no token of Azure: the worker's session is the credential.
import {
  type Agent,
  type AgentRunStream,
  AgentsClient,
  codeInterpreterTool,
  fileSearchTool,
  ToolSet,
} from "latchkey/projects";
import type { Connection } from "../connection.ts";
import { PAGE_FUNCTIONS } from "./page-functions.ts";

/** What an agent is made of here. */
export interface AgentDraft {
  readonly name: string;
  readonly model: string;
  readonly instructions: string;
  readonly tools: ReadonlySet<AgentToolName>;
}

export type AgentToolName = "file_search" | "code_interpreter" | "functions";

export interface AttachedFile {
  readonly id: string;
  readonly name: string;
}

export interface AgentService {
  listAgents(signal: AbortSignal): Promise<readonly Agent[]>;
  createAgent(draft: AgentDraft): Promise<Agent>;
  deleteAgent(id: string): Promise<void>;
  upload(file: File, signal: AbortSignal): Promise<AttachedFile>;
  createThread(signal: AbortSignal): Promise<string>;
  addMessage(
    threadId: string,
    text: string,
    files: readonly AttachedFile[],
    signal: AbortSignal,
  ): Promise<void>;
  run(threadId: string, agentId: string, signal: AbortSignal): Promise<AgentRunStream>;
  /** Ends a run, without an id the newest one, and waits until the thread takes messages again. */
  cancelRun(threadId: string, runId: string | null): Promise<void>;
}

/** More agents than a picker is of use for are not shown. */
const MAX_AGENTS = 200;
/** How often, and how many times, it's asked whether a run that is called off has ended. */
const QUESTION_MS = 300;
const MAX_QUESTIONS = 30;
const FILE_CONTENT = "step_details.tool_calls[*].file_search.results[*].content";

/** The project is the first that the worker has; it's asked for once, when it's needed. */
export function createAgentService(connection: Connection): AgentService {
  let opening: Promise<AgentsClient> | undefined;
  const client = (): Promise<AgentsClient> => {
    opening ??= open(connection).catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
  return {
    async listAgents(signal) {
      const agents: Agent[] = [];
      for await (const agent of (await client()).listAgents({ limit: 100 }, { signal })) {
        agents.push(agent);
        if (agents.length === MAX_AGENTS) break;
      }
      return agents;
    },
    createAgent: async ({ name, model, instructions, tools }) =>
      (await client()).createAgent({ name, model, instructions, tools: toolsOf(tools).definitions }),
    async deleteAgent(id) {
      await (await client()).deleteAgent(id);
    },
    async upload(file, signal) {
      const { id } = await (await client()).uploadFileAndPoll({ file, purpose: "assistants" }, { signal });
      return { id, name: file.name };
    },
    async createThread(signal) {
      return (await (await client()).createThread({}, { signal })).id;
    },
    async addMessage(threadId, content, files, signal) {
      const attachments = files.map(({ id }) => ({ file_id: id, tools: [{ type: "file_search" as const }] }));
      const more = attachments.length > 0 ? { attachments } : {};
      await (await client()).createMessage(threadId, { role: "user", content, ...more }, { signal });
    },
    run: async (threadId, agentId, signal) =>
      (await client()).createStream(threadId, { assistant_id: agentId }, { signal, include: [FILE_CONTENT] }),
    async cancelRun(threadId, runId) {
      const agents = await client();
      const id = runId ?? (await agents.listRuns(threadId, { limit: 1 })).data[0]?.id;
      if (id === undefined) return;
      let { status } = await agents.cancelRun(threadId, id);
      for (let asked = 0; status === "cancelling" && asked < MAX_QUESTIONS; asked++) {
        await new Promise((resolve) => setTimeout(resolve, QUESTION_MS));
        ({ status } = await agents.getRun(threadId, id));
      }
    },
  };
}

async function open(connection: Connection): Promise<AgentsClient> {
  const [project] = await connection.listNames("/api/projects", new AbortController().signal);
  if (project === undefined) throw new Error("The worker has no project.");
  const url = `${connection.workerUrl}/api/projects/${encodeURIComponent(project)}`;
  const client = new AgentsClient(url, connection.session);
  // An agent may have been made elsewhere, so its functions are not known by its making.
  client.enableAutoFunctionCalls(new ToolSet(PAGE_FUNCTIONS));
  return client;
}

function toolsOf(names: ReadonlySet<AgentToolName>): ToolSet {
  const tools = new ToolSet();
  if (names.has("file_search")) tools.add(fileSearchTool());
  if (names.has("code_interpreter")) tools.add(codeInterpreterTool());
  if (names.has("functions")) tools.add(PAGE_FUNCTIONS);
  return tools;
}
