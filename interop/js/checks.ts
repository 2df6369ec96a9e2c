// All JavaScript clients, a few at a time. A client that can't be loaded is a failure of all its checks.
//   npm run interop -- js             starts it with the environment it needs
//   node interop/js/checks.ts node openai  with that environment: a group, or some modules of it
import { CHECKS, type Line } from "../check.ts";
import { type Client, runClient } from "./client.ts";

/** `node`: in one process. `page`: in one of its own, because what is there of a page confuses the others. */
const GROUPS = {
  node: {
    openai: () => import("./openai.ts"),
    "ai-sdk": () => import("./ai-sdk.ts"),
    inference: () => import("./inference.ts"),
    agents: () => import("./agents.ts"),
    "projects-1": () => import("./projects-1.ts"),
    "projects-2": () => import("./projects-2.ts"),
    langchain: () => import("./langchain.ts"),
  },
  page: { "fetch-event-source": () => import("./fetch-event-source.ts") },
} satisfies Record<string, Record<string, () => Promise<{ clients: readonly Client[] }>>>;

const AT_A_TIME = 4;

const [group = "node", ...asked] = process.argv.slice(2);
const chosen = Object.entries(GROUPS[group as keyof typeof GROUPS] ?? {}).filter(
  ([name]) => asked.length === 0 || asked.includes(name),
);
const loaded = await Promise.all(
  chosen.map(async ([name, load]) => ({
    name,
    outcome: await load().catch((error: unknown) => ({ error })),
  })),
);

let failed = chosen.length === 0;
/** In the order of the modules, whichever ends first. */
const lines: Line[][] = [];
const waiting: (() => Promise<void>)[] = [];
for (const { name, outcome } of loaded) {
  if ("clients" in outcome) {
    for (const client of outcome.clients) {
      const own: Line[] = [];
      lines.push(own);
      waiting.push(() => runClient(client, (line) => void own.push(line)));
    }
    continue;
  }
  const note = `could not be loaded: ${String(outcome.error).replace(/\s+/g, " ").slice(0, 300)}`;
  const line = { client: name, version: "unknown", language: "JavaScript", result: "fail", note } as const;
  lines.push(CHECKS.map((check) => ({ ...line, check })));
}
await Promise.all(
  Array.from({ length: AT_A_TIME }, async () => {
    for (let work = waiting.shift(); work !== undefined; work = waiting.shift()) await work();
  }),
);
for (const line of lines.flat()) {
  failed ||= line.result === "fail";
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
// Some SDKs keep connections and timers for a while.
process.exit(failed ? 1 : 0);
