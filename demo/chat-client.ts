// The package's client for the page, one for each connection, and what its answers' headers say of the caller's budget.
// Loaded with the first message.
import { ChatCompletionsClient } from "latchkey";
import type { Connection } from "./connection.ts";

export interface PageClient {
  readonly client: ChatCompletionsClient;
  /** The budget headers of the newest answer. */
  budget(): Readonly<Record<string, string>> | null;
}

const BUDGET_HEADER = /^x-ratelimit-(remaining|limit|reset)-/;
const clients = new WeakMap<Connection, PageClient>();

export function clientOf(connection: Connection): PageClient {
  const known = clients.get(connection);
  if (known) return known;
  let budget: Record<string, string> | null = null;
  const watched: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    const found = [...response.headers].filter(([name]) => BUDGET_HEADER.test(name));
    if (found.length > 0) budget = Object.fromEntries(found);
    return response;
  };
  const client = new ChatCompletionsClient(`${connection.workerUrl}/models`, connection.session, {
    fetch: watched,
  });
  const made: PageClient = { client, budget: () => budget };
  clients.set(connection, made);
  return made;
}
