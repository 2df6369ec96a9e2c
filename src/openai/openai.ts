/** A client of OpenAI, and of every server that speaks the same, with every operation. */
import type { Sender } from "../http/send.ts";
import { type CommonOptions, openAIDialect } from "./client.ts";
import { Operations } from "./operations.ts";

/** Options of {@link OpenAI}. */
export interface OpenAIOptions extends CommonOptions {}

/**
 * Calls OpenAI, Azure OpenAI's v1 API, or any server that speaks the same.
 *
 * Environment variables are not read: what npm `openai` takes from them is given here.
 *
 * @example
 * ```ts
 * import { OpenAI } from "latchkey/openai";
 *
 * const client = new OpenAI({ baseURL: "http://localhost:11434/v1", apiKey: "ollama" });
 * const completion = await client.chat.completions.create({
 *   model: "llama3.2",
 *   messages: [{ role: "user", content: "Hello" }],
 * });
 * console.log(completion.choices[0]?.message.content);
 * ```
 */
export class OpenAI extends Operations<OpenAIOptions> {
  /**
   * @param options `baseURL` is OpenAI's own by default. One of `apiKey` and `credential` must be there; a key goes out
   *   as `Authorization: Bearer`.
   * @throws {TypeError} naming what is missing or wrong; a static key in a browser is, unless it's opted in.
   */
  constructor(options: OpenAIOptions, shared?: Sender) {
    super(openAIDialect(options), options, shared);
  }
}
