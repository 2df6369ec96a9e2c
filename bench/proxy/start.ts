/** What is uploaded, and how long a new process of workerd takes to its first answer. */
import { gzipSync } from "node:zlib";
import { median } from "../median.ts";
import type { Settings } from "../settings.ts";
import type { Table } from "../table.ts";
import { OBJECTS, variables } from "./candidates.ts";
import { bundle, start } from "./workerd.ts";

export async function measureStart(_: unknown, { rounds }: Settings): Promise<Table[]> {
  const code = await bundle("worker/index.ts");
  const small = await bundle("worker/index.ts", { minify: true });
  const empty = await bundle("bench/proxy/workers/empty.ts");
  const [size, smallSize] = [code, small].map((text) => gzipSync(text).length / 1000);
  const key = `bench:${"0".repeat(64)}`;
  const candidates = [
    { name: "empty worker", run: () => firstAnswer(empty, {}, {}) },
    { name: "ours", run: () => firstAnswer(small, variables("http://127.0.0.1:9", key), OBJECTS) },
  ];
  const times = candidates.map((): number[] => []);
  for (let round = -1; round < rounds; round++) {
    for (const [index, { run }] of candidates.entries()) {
      const ms = await run();
      if (round >= 0) times[index]!.push(ms);
    }
  }
  return [
    {
      title: "What is uploaded, KB",
      columns: ["", "plain", "gzip"],
      rows: [
        ["worker/index.ts, as wrangler.toml has it: minified", small.length / 1000, smallSize!],
        ["the same, not minified", code.length / 1000, size!],
      ],
      verdicts: [{ what: "worker bundle", value: smallSize!, unit: "KB gzip", atMost: 150 }],
    },
    {
      title: "From the start of the process to the first answer (404), ms",
      columns: ["", "ms"],
      rows: candidates.map(({ name }, index) => [name, median(times[index]!)]),
      verdicts: [
        {
          what: "above the empty worker: compile, run the modules, check the configuration, answer",
          value: median(times[1]!.map((one, round) => one - times[0]![round]!)),
          unit: "ms",
          atMost: 50,
        },
      ],
    },
  ];
}

async function firstAnswer(
  code: string,
  bindings: Record<string, string>,
  objects: Record<string, string>,
): Promise<number> {
  const begun = performance.now();
  const running = await start(code, bindings, objects);
  await (await fetch(`http://127.0.0.1:${running.port}/.env`)).arrayBuffer();
  const ms = performance.now() - begun;
  running.close();
  return ms;
}
