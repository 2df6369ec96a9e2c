// npm `oidc-provider` has no types of its own; this is as much as the tests use.
declare module "oidc-provider" {
  import type { IncomingMessage, ServerResponse } from "node:http";

  export type ClientMetadata = { client_id: string; [member: string]: unknown };
  interface Context {
    method: string;
    req: IncomingMessage;
  }
  export default class Provider {
    constructor(issuer: string, configuration: { clients: ClientMetadata[]; [member: string]: unknown });
    use(middleware: (context: Context, next: () => Promise<void>) => Promise<void>): void;
    callback(): (request: IncomingMessage, response: ServerResponse) => void;
  }
}
