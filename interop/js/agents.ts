// @azure/ai-agents, at a project's endpoint. Its credential gives the caller's key as if it were a token of Entra ID.
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { AgentsClient } from "@azure/ai-agents";
import { isRestError } from "@azure/core-rest-pipeline";
import type { Client } from "./client.ts";
import {
  arePieces,
  credential,
  FILE,
  isClosedUpstream,
  isParis,
  isText,
  isUsage,
  longQuestion,
  MODEL,
  newMark,
  PROJECT_URL,
  QUESTION,
  STORY,
  thrownBy,
  UNKNOWN_MODEL,
  WEATHER,
  WEATHER_QUESTION,
  WEATHER_RESULT,
} from "./place.ts";

const client = new AgentsClient(PROJECT_URL, credential);
const POLLS = 100;
const QUICK = { pollingOptions: { intervalInMs: 50 } };

/** An agent and a thread with one question in it, which go when the work with them is done. */
async function asking<T>(
  question: string,
  work: (ids: { agent: string; thread: string }) => Promise<T>,
  options: Parameters<typeof client.createAgent>[1] = {},
): Promise<T> {
  const agent = await client.createAgent(MODEL, { name: "desk", instructions: "Be brief.", ...options });
  const thread = await client.threads.create();
  await client.messages.create(thread.id, "user", question);
  const result = await work({ agent: agent.id, thread: thread.id });
  await client.threads.delete(thread.id);
  await client.deleteAgent(agent.id);
  return result;
}

async function lastAnswer(thread: string): Promise<string> {
  for await (const { role, content } of client.messages.list(thread, { order: "desc" })) {
    assert.equal(role, "assistant");
    const [part] = content as { type: string; text?: { value: string } }[];
    return part?.text?.value ?? "";
  }
  return assert.fail("The thread has no message.");
}

const noModels = { absent: "agents only: no call of a model without an agent" };

export const clients: readonly Client[] = [
  {
    name: "@azure/ai-agents",
    folder: "@azure/ai-agents",
    checks: {
      chat: noModels,
      stream: () =>
        asking(STORY, async ({ agent, thread }) => {
          const pieces: string[] = [];
          let last = "";
          for await (const { event, data } of await client.runs.create(thread, agent).stream()) {
            last = event;
            if (event !== "thread.message.delta") continue;
            const { delta } = data as { delta: { content: { text?: { value?: string } }[] } };
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
            // createAndPoll goes on polling while a function is waited for.
            let run = await client.runs.create(thread, agent);
            for (let i = 0; i < POLLS && run.status !== "requires_action"; i += 1)
              run = await client.runs.get(thread, run.id);
            assert.equal(run.status, "requires_action");
            const action = run.requiredAction as unknown as {
              submitToolOutputs: { toolCalls: { id: string; function: { arguments: string } }[] };
            };
            const [call] = action.submitToolOutputs.toolCalls;
            isParis(call!.function.arguments);
            await client.runs.submitToolOutputs(thread, run.id, [
              { toolCallId: call!.id, output: WEATHER_RESULT },
            ]);
            for (let i = 0; i < POLLS && run.status !== "completed"; i += 1)
              run = await client.runs.get(thread, run.id);
            assert.equal(run.status, "completed");
            isText(await lastAnswer(thread));
          },
          { tools: [{ type: "function", function: WEATHER }] },
        ),
      embeddings: noModels,
      async files() {
        const file = await client.files.upload(Readable.from([Buffer.from(FILE.text)]), "assistants", {
          fileName: "lines.md",
        });
        assert.equal(file.filename, "lines.md");
        const { data } = await client.files.list();
        assert.ok(
          data.some(({ id }) => id === file.id),
          "the file is in the list",
        );
        const { body } = await client.files.getContent(file.id).asNodeStream();
        assert.equal((await buffer(body!)).toString(), FILE.text);
        const store = await client.vectorStores.createAndPoll({
          fileIds: [file.id],
          name: "lines",
          ...QUICK,
        });
        assert.equal(store.fileCounts.completed, 1);
        await client.vectorStores.delete(store.id);
        await client.files.delete(file.id);
        return "and a vector store with the file in it";
      },
      agents: () =>
        asking(QUESTION, async ({ agent, thread }) => {
          const run = await client.runs.createAndPoll(thread, agent, QUICK);
          assert.equal(run.status, "completed");
          isUsage(run.usage?.totalTokens);
          isText(await lastAnswer(thread));
          const names: string[] = [];
          for await (const one of client.listAgents()) names.push(one.id);
          assert.ok(names.includes(agent), "the agent is in the list");
        }),
      async error() {
        const error = await thrownBy(client.createAgent(UNKNOWN_MODEL));
        assert.ok(isRestError(error), `RestError and not ${error}`);
        assert.equal(error.statusCode, 404);
        assert.equal(error.code, "model_not_found");
      },
      abort: () =>
        asking(longQuestion(newMark()), async ({ agent, thread }) => {
          const mark = newMark();
          const controller = new AbortController();
          const instructions = `Be brief. ${mark}`;
          const events = await client.runs
            .create(thread, agent, { instructions, abortSignal: controller.signal })
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
