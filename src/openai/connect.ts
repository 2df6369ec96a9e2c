/**
 * Connections without a client: for programs that must be small and need few operations. A bundler leaves out what isn't
 * imported, which it can't with the methods of a class.
 */

import type { Call } from "../http/caller.ts";
import { type AzureOpenAIOptions, azureDialect } from "./azure.ts";
import { type CommonOptions, connect, openAIDialect } from "./client.ts";

/**
 * Connects operations to Azure OpenAI; options and errors are those of {@link AzureOpenAI}.
 *
 * @example
 * ```ts
 * import { chat, connectAzureOpenAI } from "latchkey/openai";
 *
 * const { completions } = chat(connectAzureOpenAI({ endpoint: "https://example.openai.azure.com", apiKey: "…" }));
 * const stream = await completions.create({
 *   model: "gpt-5-mini",
 *   messages: [{ role: "user", content: "Hello" }],
 *   stream: true,
 * });
 * for await (const text of stream.text()) console.log(text);
 * ```
 */
export function connectAzureOpenAI(options: AzureOpenAIOptions): Call {
  return connect(azureDialect(options)).call;
}

/** Connects operations to OpenAI or a server that speaks the same; options and errors are those of {@link OpenAI}. */
export function connectOpenAI(options: CommonOptions): Call {
  return connect(openAIDialect(options)).call;
}
