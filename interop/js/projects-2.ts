// @azure/ai-projects of today: agents with names and versions, and the OpenAI client that it hands out for a project.
import assert from "node:assert/strict";
import { AIProjectClient } from "@azure/ai-projects";
import { isRestError } from "@azure/core-rest-pipeline";
import type { Client } from "./client.ts";
import {
  arePieces,
  areVectors,
  credential,
  EMBEDDING_MODEL,
  FILE,
  hasMembers,
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
  TEXTS,
  thrownBy,
  UNKNOWN_MODEL,
  WEATHER,
  WEATHER_QUESTION,
  WEATHER_RESULT,
} from "./place.ts";

const project = new AIProjectClient(PROJECT_URL, credential);
const openai = project.getOpenAIClient();

export const clients: readonly Client[] = [
  {
    name: "@azure/ai-projects",
    folder: "@azure/ai-projects",
    checks: {
      async chat() {
        const { output_text, usage } = await openai.responses.create({ model: MODEL, input: QUESTION });
        isText(output_text);
        isUsage(usage?.total_tokens);
        const models: string[] = [];
        for await (const { name } of project.deployments.list()) models.push(name);
        assert.ok(models.includes(MODEL), "the model is among the deployments");
      },
      async stream() {
        const events = await openai.responses.create({ model: MODEL, input: STORY, stream: true });
        const pieces: string[] = [];
        let last = "";
        for await (const event of events) {
          if (event.type === "response.output_text.delta") pieces.push(event.delta);
          last = event.type;
        }
        arePieces(pieces);
        assert.equal(last, "response.completed");
      },
      async tools() {
        const tools = [{ type: "function" as const, strict: false, ...WEATHER }];
        const first = await openai.responses.create({ model: MODEL, input: WEATHER_QUESTION, tools });
        const call = first.output.find(({ type }) => type === "function_call");
        assert.ok(call?.type === "function_call", "the function is called");
        isParis(call.arguments);
        const second = await openai.responses.create({
          model: MODEL,
          previous_response_id: first.id,
          input: [{ type: "function_call_output", call_id: call.call_id, output: WEATHER_RESULT }],
          tools,
        });
        isText(second.output_text);
      },
      async embeddings() {
        const { data, usage } = await openai.embeddings.create({ model: EMBEDDING_MODEL, input: TEXTS });
        areVectors(data.map(({ embedding }) => embedding));
        isUsage(usage.total_tokens);
      },
      async files() {
        const file = await openai.files.create({
          file: new File([FILE.text], FILE.name),
          purpose: "fine-tune",
        });
        assert.equal(await (await openai.files.content(file.id)).text(), FILE.text);
        const listed: string[] = [];
        for await (const one of openai.files.list()) listed.push(one.id);
        assert.ok(listed.includes(file.id), "the file is in the list");
        assert.equal((await openai.files.delete(file.id)).deleted, true);
      },
      agents,
      async error() {
        const definition = { kind: "prompt", model: UNKNOWN_MODEL } as const;
        const error = await thrownBy(project.agents.createVersion("desk-of-nobody", definition));
        assert.ok(isRestError(error), `RestError and not ${error}`);
        assert.equal(error.statusCode, 404);
        assert.equal(error.code, "model_not_found");
        const other = await thrownBy(openai.responses.create({ model: UNKNOWN_MODEL, input: QUESTION }));
        assert.equal((other as Error).constructor.name, "NotFoundError");
        hasMembers(other, { status: 404, code: "model_not_found" });
      },
      async abort() {
        const mark = newMark();
        const events = await openai.responses.create({
          model: MODEL,
          input: longQuestion(mark),
          stream: true,
        });
        for await (const { type } of events) {
          if (type !== "response.output_text.delta") continue;
          events.controller.abort();
          break;
        }
        await isClosedUpstream(mark);
      },
    },
  },
];

/** As its documentation does it: an agent, a conversation, two answers. */
async function agents(): Promise<void> {
  const { name, version } = await project.agents.createVersion("desk", {
    kind: "prompt",
    model: MODEL,
    instructions: "Be brief.",
  });
  const conversation = await openai.conversations.create({
    items: [{ type: "message", role: "user", content: QUESTION }],
  });
  const body = { agent: { name, type: "agent_reference" } };
  const first = await openai.responses.create({ conversation: conversation.id }, { body });
  isText(first.output_text);
  await openai.conversations.items.create(conversation.id, {
    items: [{ type: "message", role: "user", content: "And again" }],
  });
  const second = await openai.responses.create({ conversation: conversation.id }, { body });
  isText(second.output_text);
  const names: string[] = [];
  for await (const one of project.agents.list()) names.push(one.name);
  assert.ok(names.includes(name), "the agent is in the list");
  await openai.conversations.delete(conversation.id);
  await project.agents.deleteVersion(name, version);
}
