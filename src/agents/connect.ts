/** How the agents of a project are addressed: options, credential, and where calls go. */
import { type Call, caller } from "../http/caller.ts";
import { authenticator, type Credential } from "../http/credential.ts";
import { type ClientOptions, resolveOptions } from "../http/options.ts";
import { parseEndpoint } from "../http/request.ts";
import { Sender } from "../http/send.ts";

export interface AgentsClientOptions extends ClientOptions {
  /** The `api-version` query. Default `"v1"`. One that the endpoint's URL already has wins. */
  apiVersion?: string | undefined;
}

const API_VERSION = "v1";
const SCOPE = "https://ai.azure.com/.default";

/**
 * Connects operations to the agents of a project, without a client: for programs that must be small and need few
 * operations. A bundler leaves out what isn't imported, which it can't with the methods of a class. Arguments and errors are
 * those of {@link AgentsClient}.
 *
 * @example
 * ```ts
 * import { connectAgents, streamOperations } from "latchkey/projects";
 *
 * const call = connectAgents("https://example.services.ai.azure.com/api/projects/p", async () => "a token");
 * const stream = await streamOperations(call).createStream("thread_1", { assistant_id: "asst_1" });
 * for await (const text of stream.text()) console.log(text);
 * ```
 */
export function connectAgents(
  endpoint: string | URL,
  credential: Credential,
  options: AgentsClientOptions = {},
): Call {
  return connectSender(endpoint, credential, options).call;
}

export function connectSender(
  endpoint: string | URL,
  credential: Credential,
  { apiVersion = API_VERSION, ...given }: AgentsClientOptions,
): { call: Call; sender: Sender } {
  if (typeof apiVersion !== "string" || !apiVersion) throw new TypeError("apiVersion must be text.");
  const options = resolveOptions(given);
  const { allowInsecureHttp, dangerouslyAllowBrowser, credentialScopes } = options;
  const keyHeaders = (key: string) => ({ authorization: `Bearer ${key}` });
  const url = parseEndpoint(endpoint, allowInsecureHttp);
  const sender = new Sender(
    authenticator(credential, credentialScopes ?? SCOPE, keyHeaders, dangerouslyAllowBrowser),
  );
  const query = { "api-version": apiVersion };
  return { call: caller({ sender, endpoint: url, query, options, needs: "id" }), sender };
}
