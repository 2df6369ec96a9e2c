/**
 * Where the worker's time goes: its functions by the time spent in them and in what they call, and in them alone, from
 * the profiler of workerd. Work that follows an `await` counts for the function that goes on, not for its caller.
 *   node --conditions=latchkey-source bench/proxy/profile.ts [json|limited|401|413|preflight]
 */
import { chat, ORIGIN, startOurs } from "./candidates.ts";
import { type Message, requests } from "./load.ts";
import { startUpstream } from "./upstream.ts";

const PORT = 9339;
const COUNT = 10_000;
const SHOWN = 70;

interface Node {
  id: number;
  callFrame: { functionName: string; lineNumber: number };
  children?: number[];
}

interface Profile {
  nodes: Node[];
  samples: number[];
}

const upstream = await startUpstream();
const wanted = process.argv[2] ?? "json";
const limited = wanted === "limited" ? { config: "bench/proxy/limited.config.ts" } : {};
const ours = await startOurs(upstream.url, { inspector: PORT, ...limited });
const messages: Record<string, [Message, number]> = {
  json: [chat(ours.session, { model: "json" }), 200],
  limited: [chat(ours.session, { model: "json" }), 200],
  401: [chat({ ...ours.session, authorization: `Bearer ${"x".repeat(200)}.y` }, { model: "json" }), 401],
  413: [{ ...chat(ours.session, {}), body: "", length: 5_000_000 }, 413],
  preflight: [
    {
      method: "OPTIONS",
      path: "/v1/chat/completions",
      headers: { origin: ORIGIN, "access-control-request-method": "POST" },
    },
    204,
  ],
};
const [message, status] = messages[wanted]!;
const load = (count: number) => requests(ours.port, message, { count, connections: 32, status });

await load(3000);
const inspector = await open();
await inspector.ask("Profiler.enable");
await inspector.ask("Profiler.start");
await load(COUNT);
const { profile } = (await inspector.ask("Profiler.stop")) as { profile: Profile };
show(profile);
inspector.close();
ours.close();
upstream.close();

function show({ nodes, samples }: Profile): void {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const name = (id: number) => {
    const { functionName, lineNumber } = byId.get(id)!.callFrame;
    return `${functionName || "(anonymous)"}:${lineNumber + 1}`;
  };
  const alone = new Map<string, number>();
  const together = new Map<string, number>();
  const add = (to: Map<string, number>, key: string) => to.set(key, (to.get(key) ?? 0) + 1);
  for (const sample of samples) {
    add(alone, name(sample));
    const stack = new Set<string>();
    for (let id: number | undefined = sample; id !== undefined; id = parents.get(id)) stack.add(name(id));
    for (const one of stack) add(together, one);
  }
  const part = (count = 0) => `${((100 * count) / samples.length).toFixed(1)} %`.padStart(8);
  console.log("together     alone");
  for (const [one, count] of [...together].toSorted(([, a], [, b]) => b - a).slice(0, SHOWN)) {
    console.log(`${part(count)}  ${part(alone.get(one))}  ${one}`);
  }
}

async function open() {
  const targets = (await (await fetch(`http://127.0.0.1:${PORT}/json`)).json()) as {
    webSocketDebuggerUrl: string;
  }[];
  const socket = new WebSocket(targets[0]!.webSocketDebuggerUrl);
  await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
  const waiting = new Map<number, (result: unknown) => void>();
  socket.addEventListener("message", ({ data }) => {
    const { id, result } = JSON.parse(String(data));
    waiting.get(id)?.(result);
  });
  let asked = 0;
  return {
    close: () => socket.close(),
    ask(method: string): Promise<unknown> {
      asked += 1;
      const id = asked;
      socket.send(JSON.stringify({ id, method }));
      return new Promise((resolve) => waiting.set(id, resolve));
    },
  };
}
