/** The operations of a client, by name: what OpenAI and Azure OpenAI have in common. */
import type { Sender } from "../http/send.ts";
import { type Audio, audio } from "./audio.ts";
import { type Batches, batches } from "./batches.ts";
import { type Chat, chat } from "./chat.ts";
import { type CommonOptions, connect, type Dialect } from "./client.ts";
import { type Completions, completions } from "./completions.ts";
import { type Conversations, conversations } from "./conversations.ts";
import { type Embeddings, embeddings } from "./embeddings.ts";
import { type Files, files } from "./files.ts";
import { type FineTuning, fineTuning } from "./fine-tuning.ts";
import { type Images, images } from "./images.ts";
import { type Models, models } from "./models.ts";
import { type Responses, responses } from "./responses.ts";

/** Base of the clients; it has no use of its own. */
export abstract class Operations<O extends CommonOptions> {
  readonly chat: Chat;
  readonly completions: Completions;
  readonly embeddings: Embeddings;
  readonly audio: Audio;
  readonly images: Images;
  readonly files: Files;
  readonly batches: Batches;
  readonly fineTuning: FineTuning;
  readonly models: Models;
  readonly responses: Responses;
  readonly conversations: Conversations;
  readonly #given: O;
  readonly #sender: Sender;

  /** @internal */
  constructor(dialect: Dialect, given: O, shared?: Sender) {
    const { call, sender } = connect(dialect, shared);
    this.#given = given;
    this.#sender = sender;
    this.chat = chat(call);
    this.completions = completions(call);
    this.embeddings = embeddings(call);
    this.audio = audio(call);
    this.images = images(call);
    this.files = files(call);
    this.batches = batches(call);
    this.fineTuning = fineTuning(call);
    this.models = models(call);
    this.responses = responses(call);
    this.conversations = conversations(call);
  }

  /**
   * The same client with other options laid over its own. The two share what they know of tokens and retries, and
   * {@link close} closes both; unless the credential or the address is another one.
   */
  withOptions(options: Partial<O>): this {
    const kept: Partial<O> = { ...this.#given };
    const names = Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [name]));
    const isNew = (group: string[]) => group.some((name) => names.includes(name));
    // One of these takes the place of the others.
    const replaced = [CREDENTIALS, ADDRESSES].filter(isNew);
    for (const name of replaced.flat()) delete kept[name as keyof O];
    const Client = this.constructor as new (options: O, shared?: Sender) => this;
    const shared = replaced.length > 0 || isNew(AUTHENTICATOR) ? undefined : this.#sender;
    return new Client({ ...kept, ...options } as O, shared);
  }

  /** Aborts what is under way and refuses new calls. */
  close(): void {
    this.#sender.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}

const CREDENTIALS = ["apiKey", "azureADTokenProvider", "credential"];
const ADDRESSES = ["baseURL", "endpoint"];
const AUTHENTICATOR = ["credentialScopes", "dangerouslyAllowBrowser"];
