// Clients as tests want them: no retries unless asked for, and allowed to hold a key in a browser, for these keys open
// nothing but the emulator.
import { ChatCompletionsClient, type ChatCompletionsClientOptions } from "latchkey";
import { AzureOpenAI, type AzureOpenAIOptions, OpenAI } from "latchkey/openai";
import { AgentsClient, type AgentsClientOptions, AIProjectClient } from "latchkey/projects";
import type { Service } from "./harness.ts";

export const KEY = "canary-key-7f3a9c";
export const PROMPT = "canary-prompt-51b2d8";
export const MESSAGES: { role: "user"; content: string }[] = [{ role: "user", content: PROMPT }];
export const ENDPOINT = "https://service.example/models";

const OPTIONS = { maxRetries: 0, dangerouslyAllowBrowser: true, clientRequestId: true } as const;

/** A client of a hand-made service. */
export const clientOf = (
  { fetch }: { fetch: typeof globalThis.fetch },
  options: ChatCompletionsClientOptions = {},
): ChatCompletionsClient => new ChatCompletionsClient(ENDPOINT, KEY, { ...OPTIONS, fetch, ...options });

/** A chat client of the emulator, of one of its bases. */
export const chatAt = (
  { url, fetch }: Service,
  options: ChatCompletionsClientOptions = {},
  base = "/models",
): ChatCompletionsClient =>
  new ChatCompletionsClient(`${url}${base}`, "emulator-key", {
    ...OPTIONS,
    fetch,
    model: "gpt-5-mini",
    ...options,
  });

export const azureAt = ({ url, fetch }: Service, options: Partial<AzureOpenAIOptions> = {}): AzureOpenAI =>
  new AzureOpenAI({ ...OPTIONS, endpoint: url, apiKey: "emulator-key", fetch, ...options });

export const openaiAt = ({ url, fetch }: Service): OpenAI =>
  new OpenAI({ ...OPTIONS, baseURL: `${url}/v1`, apiKey: "emulator-key", fetch });

const token = async (): Promise<string> => "emulator-key";
const ERA_BASE = (name: string): string =>
  `/agents/v1.0/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/${name}`;

/** The agents of a project, on its own for each test; `era` is the base of connection strings. */
export const agentsAt = (
  { url, fetch, name }: Service,
  { era = false, ...options }: Partial<AgentsClientOptions> & { era?: boolean } = {},
): AgentsClient =>
  new AgentsClient(`${url}${era ? ERA_BASE(name) : `/api/projects/${name}`}`, token, {
    ...OPTIONS,
    fetch,
    ...(era ? { apiVersion: "2024-12-01-preview" } : {}),
    ...options,
  });

export const projectAt = ({ url, fetch, name }: Service): AIProjectClient =>
  new AIProjectClient(`${url}/api/projects/${name}`, token, { ...OPTIONS, fetch });

/** What makes the emulator misbehave. */
export const scenario = (text: string): { headers: Record<string, string> } => ({
  headers: { "x-emulator-scenario": text },
});
