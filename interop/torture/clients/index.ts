/** The columns of the table. */
import type { Client, Duty } from "../scenario.ts";

const STREAM: readonly Duty[] = ["bytes", "http", "chat", "errors", "loop"];
const EVERYTHING: readonly Duty[] = [...STREAM, "tools"];

export const CLIENTS: readonly Client[] = [
  {
    name: "latchkey",
    ours: true,
    packages: ["latchkey"],
    call: "`ChatCompletionsClient.complete`",
    duties: EVERYTHING,
    module: "latchkey.ts",
  },
  {
    name: "latchkey/openai",
    ours: true,
    packages: ["latchkey"],
    call: "`AzureOpenAI.chat.completions.create`",
    duties: EVERYTHING,
    module: "latchkey-openai.ts",
  },
  {
    name: "openai 7",
    packages: ["openai"],
    call: "`AzureOpenAI.chat.completions.create`",
    duties: STREAM,
    module: "openai-7.mjs",
  },
  {
    name: "openai 7 stream()",
    packages: ["openai"],
    call: "`OpenAI.chat.completions.stream`",
    duties: EVERYTHING,
    module: "openai-stream.mjs",
  },
  {
    name: "openai 6",
    packages: ["openai-6"],
    call: "`AzureOpenAI.chat.completions.create`",
    duties: STREAM,
    module: "openai-6.mjs",
  },
  {
    name: "ai",
    packages: ["ai", "@ai-sdk/azure"],
    call: "`streamText` with `azure.chat`",
    duties: EVERYTHING,
    module: "ai-sdk.mjs",
  },
  {
    name: "ai-inference",
    packages: ["@azure-rest/ai-inference", "@azure/core-sse"],
    call: "`post().asNodeStream()`, `createSseStream`",
    duties: ["bytes", "http", "chat", "loop"],
    module: "ai-inference.mjs",
  },
  {
    name: "langchain",
    packages: ["@langchain/openai", "@langchain/core"],
    call: "`ChatOpenAI.stream`",
    duties: EVERYTHING,
    module: "langchain.mjs",
  },
  {
    name: "fetch-event-source",
    packages: ["@microsoft/fetch-event-source"],
    call: "`fetchEventSource`",
    duties: ["bytes", "http"],
    module: "fetch-event-source.mjs",
  },
  {
    name: "eventsource-parser",
    packages: ["eventsource-parser"],
    call: "`fetch`, `EventSourceParserStream`",
    duties: ["bytes"],
    module: "eventsource-parser.mjs",
  },
];
