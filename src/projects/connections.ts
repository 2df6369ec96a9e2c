/** `/connections`: what a project is connected with, and the secrets of that. */
import type { ApiPromise, WithRequestId } from "../http/api-promise.ts";
import type { RequestOptions } from "../http/caller.ts";
import { MalformedResponseError, NotFoundError } from "../http/errors.ts";
import type { PagePromise } from "../http/list.ts";
import { path } from "../http/path.ts";
import { readObject, readWhole } from "../http/response.ts";
import type { Sent } from "../http/send.ts";
import type { Project } from "./address.ts";
import { ConnectionProperties, type ConnectionType, type WireConnection } from "./connection.ts";
import { linkedList } from "./linked-list.ts";

export interface ConnectionOptions extends RequestOptions {
  /** Asks for the secrets too. Default false. */
  includeCredentials?: boolean | undefined;
}

export interface ConnectionListParams {
  /** Default: connections of every type. */
  connectionType?: ConnectionType | undefined;
  /** The default of each type only. Project endpoints know that; elsewhere it's left out. */
  defaultConnection?: boolean | undefined;
}

export interface Connections {
  /**
   * The connection of this name.
   *
   * @throws {TypeError} for an empty name, {@link NotFoundError} when there is none.
   */
  get(connectionName: string, options?: ConnectionOptions): ApiPromise<ConnectionProperties>;
  /**
   * The default connection of a type; for a connection string that is the first. With credentials it takes two requests.
   *
   * @throws {TypeError} for an empty type, {@link NotFoundError} when there is no such connection.
   *
   * @example
   * ```ts
   * import { AIProjectClient } from "latchkey/projects";
   *
   * const client = new AIProjectClient("https://example.services.ai.azure.com/api/projects/demo", async () => "…");
   * const search = await client.connections.getDefault("CognitiveSearch", { includeCredentials: true });
   * console.log(search.endpoint_url, search.authentication_type);
   * ```
   */
  getDefault(
    connectionType: ConnectionType,
    options?: ConnectionOptions,
  ): Promise<WithRequestId<ConnectionProperties>>;
  /** Lists connections without their secrets: `for await` gives each one, `await` the first page. */
  list(query?: ConnectionListParams | null, options?: RequestOptions): PagePromise<ConnectionProperties>;
}

/** A list that only ever promises more would hold its caller for good. */
const MAX_EMPTY_PAGES = 100;

export const connections = ({ connections: call, scope, credential }: Project): Connections => {
  const made = (sent: WireConnection) => {
    const name = sent?.name;
    if (typeof name !== "string")
      throw new MalformedResponseError("The service sent a connection without name.");
    return new ConnectionProperties(sent, credential, (signal) =>
      get(name, { includeCredentials: true, signal }),
    );
  };
  const read = (sent: Sent) => readWhole(sent, async () => made(await readObject(sent)));
  const get: Connections["get"] = (name, { includeCredentials, ...options } = {}) => {
    const at = path`/connections/${name}`;
    if (!includeCredentials) return call("GET", at, options, { read });
    return scope
      ? call("POST", `${at}/listsecrets`, options, { body: { ignored: "ignore" }, read })
      : call("POST", `${at}/getConnectionWithCredentials`, options, { read });
  };
  const list: Connections["list"] = (query, options) => {
    const { connectionType, defaultConnection } = query ?? {};
    const wanted = scope
      ? { category: connectionType, includeAll: true }
      : { connectionType, defaultConnection };
    return linkedList(call, "/connections", wanted, options, made);
  };
  return {
    get,
    list,
    async getDefault(connectionType, { includeCredentials, ...options } = {}) {
      if (typeof connectionType !== "string" || !connectionType) throw new TypeError("The type is empty.");
      let pages = 0;
      const first = await list({ connectionType, defaultConnection: true }, options);
      for await (const { data } of first.iterPages()) {
        const [connection] = data;
        if (connection)
          return includeCredentials ? get(connection.name, { ...options, includeCredentials }) : connection;
        if (++pages === MAX_EMPTY_PAGES) break;
      }
      throw notFound(`The project has no connection of type ${connectionType}.`);
    },
  };
};

/** What a service didn't say, but its lists do. */
export function notFound(message: string): NotFoundError {
  return new NotFoundError({ status: 404, body: { code: "ResourceNotFound", message } });
}
