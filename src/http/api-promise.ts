/** The promise of a call: its result, or the response behind it. */

import { download } from "./download.ts";
import { hide } from "./errors.ts";
import type { Sent } from "./send.ts";

/**
 * A result with the id of its request, to quote to the service's support: its own (`x-request-id`,
 * `apim-request-id`), else the one that was sent. Neither `JSON.stringify` nor a console shows it. `_request_id` is the
 * same under npm `openai`'s name, and `null` where there is none. A result that is text has none; use `withResponse()`.
 */
export type WithRequestId<T> = T extends object
  ? T & { readonly requestId?: string | undefined; readonly _request_id?: string | null }
  : T;

/**
 * A promise of a call's result. The answer's body is read when the result is wanted: by `await` or {@link withResponse},
 * but not by {@link asResponse}.
 */
export class ApiPromise<T> extends Promise<WithRequestId<T>> {
  readonly #sent: Promise<Sent>;
  readonly #read: (sent: Sent) => Promise<T>;
  #result: Promise<WithRequestId<T>> | undefined;

  /** What comes of `then` is a plain promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** @internal */
  constructor(sent: Promise<Sent>, read: (sent: Sent) => Promise<T>) {
    super((resolve) => resolve(undefined as never));
    this.#sent = sent;
    this.#read = read;
  }

  // biome-ignore lint/suspicious/noThenProperty: this is a promise; its value is read when somebody waits for it.
  override then<A = WithRequestId<T>, B = never>(
    onfulfilled?: ((value: WithRequestId<T>) => A | PromiseLike<A>) | null,
    onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#result ??= this.#sent.then(async (sent) => identified(await this.#read(sent), sent.requestId));
    return this.#result.then(onfulfilled, onrejected);
  }

  /** The response of a good status, its body unread. Read it, or cancel it: it holds a connection. */
  async asResponse(): Promise<Response> {
    return download(await this.#sent);
  }

  /** The result together with the response: for its headers, for its body has been read. */
  async withResponse(): Promise<{
    data: WithRequestId<T>;
    response: Response;
    requestId: string | undefined;
    request_id: string | null;
  }> {
    const data = (await this.then()) as WithRequestId<T>;
    const { response, requestId } = await this.#sent;
    return { data, response, requestId, request_id: requestId ?? null };
  }
}

function identified<T>(result: T, requestId: string | undefined): WithRequestId<T> {
  if (typeof result === "object" && result !== null) {
    hide(result, "requestId", requestId);
    hide(result, "_request_id", requestId ?? null);
  }
  return result as WithRequestId<T>;
}
