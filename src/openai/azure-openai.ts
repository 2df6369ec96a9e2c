/** A client of Azure OpenAI with every operation. How it's addressed is in `azure.ts`. */
import type { Sender } from "../http/send.ts";
import { type AzureOpenAIOptions, azureDialect } from "./azure.ts";
import { Operations } from "./operations.ts";

/**
 * Calls Azure OpenAI.
 *
 * @example
 * ```ts
 * import { AzureOpenAI } from "latchkey/openai";
 *
 * const client = new AzureOpenAI({
 *   endpoint: "https://example.openai.azure.com",
 *   apiVersion: "2024-10-21",
 *   apiKey: "…",
 * });
 * const { data } = await client.embeddings.create({ model: "text-embedding-3-small", input: "Hello" });
 * console.log(data[0]?.embedding.length);
 * ```
 */
export class AzureOpenAI extends Operations<AzureOpenAIOptions> {
  /**
   * @param options one of `endpoint` and `baseURL`, and one of `apiKey`, `azureADTokenProvider` and `credential`, must be
   *   there. A key goes out as `api-key`, a token as `Authorization: Bearer`; its scope is that of Cognitive Services.
   *   With a `baseURL` that has `/deployments/` in it, paths are taken as below that deployment.
   * @throws {TypeError} naming what is missing or wrong; a static key in a browser is, unless it's opted in.
   */
  constructor(options: AzureOpenAIOptions, shared?: Sender) {
    super(azureDialect(options), options, shared);
  }
}
