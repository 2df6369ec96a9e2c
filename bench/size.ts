/**
 * What a page downloads: programs of a few lines with each library, bundled by esbuild for browsers, minified, gzipped.
 * The same at each run, so there are no rounds. tools/size.mjs holds our own limits, which `npm test` checks.
 */
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { goalRows, measure } from "../tools/size.mjs";
import { loadCandidates } from "./peers.ts";
import type { Settings } from "./settings.ts";
import { PROGRAMS, type ProgramName, type SizeCandidate, sourceOf } from "./size/programs.ts";
import { NONE, type Table } from "./table.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BENCH = fileURLToPath(new URL(".", import.meta.url));
const OWN_DEPENDENCIES = ["ky", "jose", "valibot"];
/** Loaded only where somebody has installed it. */
const OPTIONAL = ["unpdf", "@opentelemetry/*"];
const FIRST = ["bare-fetch", "latchkey", "latchkey-connected"];
/** Decimal bytes, of the streamed chat. */
const GOAL = { whole: 14_000, own: 5_000 };

interface Size {
  readonly minified: number;
  readonly gzipped: number;
}

export async function* size({ quick }: Settings): AsyncGenerator<Table> {
  const { candidates, notes } = await loadCandidates<SizeCandidate>("size", FIRST);
  for (const name of quick ? (["chat"] as const) : (Object.keys(PROGRAMS) as ProgramName[])) {
    yield await tableOf(name, candidates, notes);
  }
  if (quick) return;
  const rows = goalRows(await measure(ROOT, ["latchkey-source"]));
  yield {
    title: "Ours alone, against goals and the limits that npm test holds, bytes gzip",
    columns: ["", "bytes", "goal", "limit"],
    rows: rows.map(({ name, bytes, goal, limit }) => [name, bytes, goal, limit]),
    notes: [
      "rows with + are what a program costs on top of the first one; all but the second are without ky",
    ],
  };
}

async function tableOf(name: ProgramName, all: SizeCandidate[], notes: string[]): Promise<Table> {
  const sizes: { candidate: SizeCandidate; whole: Size; own: Size | undefined }[] = [];
  for (const candidate of all) {
    const code = sourceOf(candidate, name);
    if (code === undefined) continue;
    const ours = candidate.packages === undefined;
    const whole = await bundle(code, ours ? ROOT : BENCH, []);
    const own = candidate.name.startsWith("latchkey")
      ? await bundle(code, ROOT, OWN_DEPENDENCIES)
      : undefined;
    sizes.push({ candidate, whole, own });
  }
  const floor = sizes[0]!.whole.gzipped;
  const ours = sizes.find(({ candidate }) => candidate.name === "latchkey")!;
  return {
    title: `${PROGRAMS[name]}, bytes`,
    columns: ["", "minified", "gzip", "x bare fetch", "own part, gzip"],
    rows: sizes.map(({ candidate: { name }, whole, own }) => [
      name,
      whole.minified,
      whole.gzipped,
      whole.gzipped / floor,
      own?.gzipped ?? NONE,
    ]),
    ...(name === "chat" && {
      verdicts: [
        { what: "latchkey with ky", value: ours.whole.gzipped, unit: "bytes", atMost: GOAL.whole },
        { what: "latchkey's own part", value: ours.own!.gzipped, unit: "bytes", atMost: GOAL.own },
      ],
    }),
    notes,
  };
}

async function bundle(contents: string, resolveDir: string, external: string[]): Promise<Size> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir },
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    target: "es2022",
    outdir: "out",
    conditions: ["latchkey-source"],
    external: [...OPTIONAL, ...external],
    logLevel: "silent",
  });
  const code = outputFiles[0]!.contents;
  return { minified: code.length, gzipped: gzipSync(code, { level: 9 }).length };
}
