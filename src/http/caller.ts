/**
 * What every operation of a service goes through: the call that turns method, path and members into a request, sends it
 * and promises the result. Which operations there are is in the folders of the services.
 */
import { ApiPromise } from "./api-promise.ts";
import { type CallOptions, type ResolvedOptions, resolveCall } from "./options.ts";
import { withQuery } from "./path.ts";
import { type Operation, operationUrl, type UploadProgress } from "./request.ts";
import { readWhole, readWith } from "./response.ts";
import { type Sender, type Sent, send } from "./send.ts";
import type { StartTrace } from "./trace.ts";

/** Options of one call, the last argument of every operation. */
export interface RequestOptions extends CallOptions {
  /** More members of the query; they win over the client's own. */
  query?: Record<string, unknown> | undefined;
  /** The same as `timeoutMs`, under npm `openai`'s name. */
  timeout?: number | undefined;
}

/** Options of a call that uploads. */
export interface UploadOptions extends RequestOptions {
  /**
   * Told how much of the request has gone out; a retry begins again. Needs a runtime that can stream requests (Node,
   * Deno, Bun, Workers, Chromium over HTTP/2, so over TLS); elsewhere nothing is told.
   */
  onUploadProgress?: ((progress: UploadProgress) => void) | undefined;
}

/** A body and the headers that belong to it. */
export interface Payload extends Pick<Operation, "body" | "headers"> {
  /** Tells how much of it has gone out. What is sent by the runtime's own fetch says so. */
  counted?: (request: Request, own: boolean, tell: (progress: UploadProgress) => void) => Request;
  /** Throws where it can't be sent to this address, which is given for the runtime's own fetch. */
  check?: ((url: string | undefined) => void) | undefined;
}

/** What an operation says beside its method and path. */
export interface Operands<T> {
  /** Members of the body. */
  body?: object | undefined;
  /** Makes the body of its members. Default: JSON. */
  encode?(members: object): Payload;
  query?: object | null | undefined;
  /** Default `application/json`. */
  accept?: string;
  /** Whether the answer will be an event stream. */
  stream?: boolean | undefined;
  /** The member without which an answer isn't one: `id`, `text` or a list. Default: the service's. */
  needs?: string | undefined;
  /** Makes the result. Default: reads a JSON object that has what it {@link needs}. */
  read?(sent: Sent): Promise<T>;
}

/** Sends an operation: method, path, the caller's options, and what else it says. */
export interface Call {
  <T extends object | string | undefined>(
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    options: UploadOptions | undefined,
    operands?: Operands<T>,
  ): ApiPromise<T>;
  /** What observes the calls of the client now, for what else it does, as running tools. */
  trace?: (() => StartTrace | undefined) | undefined;
  /** Called when the client is closed: those of the calls under way, and of work between calls. */
  live?: Set<(reason: unknown) => void> | undefined;
}

/** Where calls go, and with what. */
export interface Service {
  sender: Sender;
  endpoint: URL;
  /** What comes between the endpoint and every path. */
  basePath?: string | undefined;
  /** Members of every query. */
  query: Record<string, string>;
  options: ResolvedOptions;
  /** The member that an answer needs unless its operation says otherwise, as `id`. Default: none. */
  needs?: string | undefined;
  /** Where a call goes and what it says, by the deployment that it's meant for. */
  route?: ((path: string, members: object) => { path: string; members: object }) | undefined;
}

/** Makes the function by which a service's operations are called. */
export function caller({
  sender,
  endpoint,
  basePath = "",
  query: ownQuery,
  options,
  route,
  needs: id,
}: Service): Call {
  const call: Call = (method, path, callOptions = {}, operands = {}) => {
    const { query, timeout, onUploadProgress, ...others } = callOptions;
    const {
      body,
      encode = jsonBody,
      accept = "application/json",
      stream = false,
      needs = id,
      read = needs ? readWith<never>(needs as never) : readWhole,
    } = operands;
    const routed = (body && route?.(path, body)) || { path, members: body };
    const payload: Payload = routed.members ? encode(routed.members) : { body: undefined, headers: {} };
    const url = operationUrl(
      endpoint,
      withQuery(basePath + routed.path, { ...operands.query, ...query }),
      ownQuery,
    );
    payload.check?.(options.fetch ? undefined : url);
    const sent = send(
      sender,
      {
        name: path.split("/")[1]!,
        method,
        url,
        headers: { accept, ...payload.headers },
        body: payload.body,
        stream,
        authenticate: true,
        outgoing:
          onUploadProgress &&
          ((request) => payload.counted?.(request, !options.fetch, onUploadProgress) ?? request),
      },
      resolveCall(options, { ...others, ...(timeout && { timeoutMs: timeout }) }),
    );
    return new ApiPromise(sent, read as (sent: Sent) => Promise<never>);
  };
  return Object.assign(call, { trace: () => options.trace, live: sender.live });
}

/** Text from here on, so that every retry sends the same. Extras come last and must not be refused, as the wire says. */
function jsonBody({ model_extras: extras, ...members }: { model_extras?: object | null }): Payload {
  const more = extras && Object.keys(extras).length > 0;
  return {
    body: JSON.stringify({ ...members, ...extras }),
    headers: {
      "content-type": "application/json",
      ...(more && { "extra-parameters": "pass-through" }),
    },
  };
}
