// Every suite, in the order of the table, and the service that a test gets.
import { createEmulator } from "latchkey/emulator";
import type { Delivered, Host, Place, Result, Service, Suite } from "./harness.ts";
import { agents } from "./suites/agents.ts";
import { chat } from "./suites/chat.ts";
import { embeddings } from "./suites/embeddings.ts";
import { entra } from "./suites/entra.ts";
import { openai } from "./suites/openai.ts";
import { platform } from "./suites/platform.ts";
import { projects } from "./suites/projects.ts";
import { requests } from "./suites/requests.ts";
import { sse } from "./suites/sse.ts";
import { streams } from "./suites/streams.ts";
import { tools } from "./suites/tools.ts";
import { transport } from "./suites/transport.ts";

export const SUITES: readonly Suite[] = [
  sse,
  requests,
  streams,
  chat,
  embeddings,
  openai,
  tools,
  agents,
  projects,
  entra,
  transport,
  platform,
];

export function runSuite(name: string, host: Host): Promise<Result[]> {
  const suite = SUITES.find((other) => other.name === name);
  if (suite === undefined) throw new RangeError(`There is no suite "${name}".`);
  return suite.run(host, (place, test) => openService(host, place, test));
}

/** A fresh emulator of the test's own in process; over HTTP one for the whole run. */
function openService(host: Host, place: Place, name: string): Service {
  if (place === "HTTP") {
    return {
      name,
      url: host.emulator,
      fetch: undefined,
      ask: (...args) => fetch(...args),
      ledger: async (id) => {
        const response = await fetch(`${host.emulator}/portable/ledger?id=${encodeURIComponent(id)}`);
        return (await response.json()) as Delivered[];
      },
    };
  }
  const emulator = createEmulator();
  const ask = emulator.fetch as typeof fetch;
  const ledger = async (id: string): Promise<Delivered[]> =>
    emulator.ledger.filter(({ clientRequestId }) => clientRequestId === id);
  return { name, url: "https://emulator.example", fetch: ask, ask, ledger };
}
