// @azure/ai-projects of the time of connection strings: agents by the host of the connection string. Its connections
// and its telemetry ask management.azure.com, whatever the host is, so they never come here.
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { isRestError } from "@azure/core-rest-pipeline";
import { AIProjectsClient } from "azure-ai-projects-1beta";
import type { Client } from "./client.ts";
import {
  arePieces,
  CONNECTION_STRING,
  credential,
  FILE,
  isClosedUpstream,
  isParis,
  isText,
  longQuestion,
  MODEL,
  newMark,
  QUESTION,
  STORY,
  thrownBy,
  UNKNOWN_MODEL,
  WEATHER,
  WEATHER_QUESTION,
  WEATHER_RESULT,
} from "./place.ts";

const { agents } = AIProjectsClient.fromConnectionString(CONNECTION_STRING, credential);
const POLLS = 100;

async function asking<T>(
  question: string,
  work: (ids: { agent: string; thread: string }) => Promise<T>,
  options: Parameters<typeof agents.createAgent>[1] = {},
): Promise<T> {
  const agent = await agents.createAgent(MODEL, { name: "desk", instructions: "Be brief.", ...options });
  const thread = await agents.createThread();
  await agents.createMessage(thread.id, { role: "user", content: question });
  const result = await work({ agent: agent.id, thread: thread.id });
  await agents.deleteThread(thread.id);
  await agents.deleteAgent(agent.id);
  return result;
}

/** As its documentation does it: asks until the run is somewhere. */
async function until(thread: string, run: string, status: string) {
  for (let i = 0; i < POLLS; i += 1) {
    const state = await agents.getRun(thread, run);
    if (state.status === status) return state;
    assert.match(state.status, /^(queued|in_progress|requires_action)$/);
  }
  return assert.fail(`The run is never ${status}.`);
}

async function lastAnswer(thread: string): Promise<string> {
  const { data } = await agents.listMessages(thread);
  const [message] = data;
  assert.equal(message?.role, "assistant");
  const [part] = message.content as { text?: { value: string } }[];
  return part?.text?.value ?? "";
}

const noModels = { absent: "agents only: no call of a model without an agent" };

export const clients: readonly Client[] = [
  {
    name: "@azure/ai-projects (connection string)",
    folder: "azure-ai-projects-1beta",
    checks: {
      chat: noModels,
      stream: () =>
        asking(STORY, async ({ agent, thread }) => {
          const pieces: string[] = [];
          let last = "";
          for await (const { event, data } of await agents.createRun(thread, agent).stream()) {
            last = event;
            if (event !== "thread.message.delta") continue;
            const { delta } = data as unknown as { delta: { content: { text?: { value?: string } }[] } };
            pieces.push(...delta.content.map(({ text }) => text?.value ?? ""));
          }
          arePieces(pieces);
          assert.equal(last, "done");
          return "runs of agents, as events";
        }),
      tools: () =>
        asking(
          WEATHER_QUESTION,
          async ({ agent, thread }) => {
            const { id } = await agents.createRun(thread, agent);
            const { requiredAction } = await until(thread, id, "requires_action");
            const { submitToolOutputs } = requiredAction as unknown as {
              submitToolOutputs: { toolCalls: { id: string; function: { arguments: string } }[] };
            };
            const [call] = submitToolOutputs.toolCalls;
            isParis(call!.function.arguments);
            await agents.submitToolOutputsToRun(thread, id, [
              { toolCallId: call!.id, output: WEATHER_RESULT },
            ]);
            await until(thread, id, "completed");
            isText(await lastAnswer(thread));
          },
          { tools: [{ type: "function", function: WEATHER }] },
        ),
      embeddings: noModels,
      async files() {
        const file = await agents.uploadFile(Readable.from([Buffer.from(FILE.text)]), "assistants", {
          fileName: "lines.md",
        });
        assert.equal((await agents.getFile(file.id)).filename, "lines.md");
        const { data } = await agents.listFiles();
        assert.ok(
          data.some(({ id }) => id === file.id),
          "the file is in the list",
        );
        const { body } = (await agents.getFileContent(file.id)) as unknown as { body: string };
        assert.equal(body, FILE.text);
        const store = await agents.createVectorStoreAndPoll({
          fileIds: [file.id],
          name: "lines",
          pollingOptions: { sleepIntervalInMs: 50 },
        });
        assert.equal(store.fileCounts.completed, 1);
        await agents.deleteVectorStore(store.id);
        await agents.deleteFile(file.id);
        return "and a vector store with the file in it";
      },
      agents: () =>
        asking(QUESTION, async ({ agent, thread }) => {
          const { id } = await agents.createRun(thread, agent);
          await until(thread, id, "completed");
          isText(await lastAnswer(thread));
          const { data } = await agents.listAgents();
          assert.ok(
            data.some((one) => one.id === agent),
            "the agent is in the list",
          );
        }),
      async error() {
        const error = await thrownBy(agents.createAgent(UNKNOWN_MODEL));
        assert.ok(isRestError(error), `RestError and not ${error}`);
        assert.equal(error.statusCode, 404);
        assert.equal(error.code, "model_not_found");
      },
      abort: () =>
        asking(longQuestion(newMark()), async ({ agent, thread }) => {
          const mark = newMark();
          const controller = new AbortController();
          const instructions = `Be brief. ${mark}`;
          const events = await agents
            .createRun(thread, agent, { instructions, abortSignal: controller.signal })
            .stream();
          for await (const { event } of events) {
            if (event !== "thread.message.delta") continue;
            controller.abort();
            break;
          }
          await isClosedUpstream(mark);
        }),
    },
  },
];
