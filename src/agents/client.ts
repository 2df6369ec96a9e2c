/** A client of the agents of one project, without the rest of the project. How it's addressed is in `connect.ts`. */
import type { Credential } from "../http/credential.ts";
import type { Sender } from "../http/send.ts";
import { type AgentsClientOptions, connectSender } from "./connect.ts";
import { type Agents, agents } from "./operations.ts";

// The operations are laid onto the object; written out as methods they would all be there twice.
export interface AgentsClient extends Agents {}

/**
 * Calls the agents of a project.
 *
 * @example
 * ```ts
 * import { AgentsClient, lastMessageByRole, messageText } from "latchkey/projects";
 *
 * const agents = new AgentsClient("https://example.services.ai.azure.com/api/projects/p", async () => "a token");
 * const agent = await agents.createAgent({ model: "gpt-4.1", instructions: "Be brief." });
 * const thread = await agents.createThread({ messages: [{ role: "user", content: "Hello" }] });
 * await agents.createAndProcessRun(thread.id, { assistant_id: agent.id });
 * const { data } = await agents.listMessages(thread.id);
 * console.log(messageText(lastMessageByRole(data, "assistant")!));
 * ```
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the constructor does what the interface says.
export class AgentsClient {
  readonly #sender: Sender;

  /**
   * @param endpoint the project's: `https://<account>.services.ai.azure.com/api/projects/<project>`, or a Latchkey worker's
   *   `/api/projects/<project>`.
   * @param credential gives tokens of Entra ID, for the service takes no keys; a key is sent as `Authorization: Bearer`,
   *   which is what a Latchkey worker takes.
   * @throws {TypeError} naming what is missing or wrong; a static key in a browser is, unless it's opted in.
   */
  constructor(endpoint: string | URL, credential: Credential, options: AgentsClientOptions = {}) {
    const { call, sender } = connectSender(endpoint, credential, options);
    this.#sender = sender;
    Object.assign(this, agents(call));
  }

  /** Aborts what is under way and refuses new calls. */
  close(): void {
    this.#sender.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}
