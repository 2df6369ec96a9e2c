/** Where the measurements of `sse` run: the bundled program goes in, its figures come out. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { chromiumOptions, chromiumPath } from "../browser.ts";
import type { RuntimeName } from "../settings.ts";
import type { Figure, Options } from "./measure.ts";

export interface Result {
  readonly version: string;
  readonly figures: readonly Figure[];
}

const BENCH = fileURLToPath(new URL("..", import.meta.url));
const tool = (name: string) => fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url));
const LONGEST_OUTPUT = 64 * 1024 * 1024;

/** How a program says its figures, and for whom it is bundled. */
interface Place {
  readonly platform: "node" | "browser";
  readonly conditions: readonly string[];
  readonly tell: string;
  run(code: string): Promise<Result>;
}

const PRINT = "console.log(JSON.stringify(await figures()));";

const places: Record<RuntimeName, Place> = {
  node: {
    platform: "node",
    conditions: ["node"],
    tell: PRINT,
    run: (code) => program(process.execPath, [], code),
  },
  deno: {
    platform: "node",
    conditions: ["deno", "node"],
    tell: PRINT,
    run: (code) => program(tool("deno"), ["run", "--no-remote", "--cached-only", "--no-check", "-A"], code),
  },
  bun: {
    platform: "node",
    conditions: ["bun", "node"],
    tell: PRINT,
    run: (code) => program(tool("bun"), ["run"], code),
  },
  workerd: {
    platform: "browser",
    conditions: ["workerd", "worker"],
    tell: "export default { fetch: async () => Response.json(await figures()) };",
    run: inWorkerd,
  },
  chromium: {
    platform: "browser",
    conditions: ["browser"],
    tell: "globalThis.figures = figures;",
    run: inChromium,
  },
};

export async function runIn(
  runtime: RuntimeName,
  candidates: readonly string[],
  options: Options,
): Promise<Result> {
  const { platform, conditions, tell, run } = places[runtime];
  const imports = candidates.map((path, index) => `import c${index} from ${JSON.stringify(path)};`);
  const list = candidates.map((_, index) => `c${index}`).join(", ");
  const contents = `import { measure } from "./sse/measure.ts";
${imports.join("\n")}
const figures = () => measure([${list}], ${JSON.stringify(options)});
${tell}`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: BENCH, loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    platform,
    conditions: [...conditions, "latchkey-source"],
    mainFields: ["module", "main"],
    banner: {
      js:
        platform === "node"
          ? 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);'
          : "",
    },
    logLevel: "error",
  });
  return run(outputFiles[0]!.text);
}

async function program(command: string, args: string[], code: string): Promise<Result> {
  const run = promisify(execFile);
  const folder = mkdtempSync(join(tmpdir(), "latchkey-bench-"));
  try {
    const file = join(folder, "sse.mjs");
    writeFileSync(file, code);
    const env = { ...process.env, NODE_OPTIONS: "", NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
    const { stdout } = await run(command, [...args, file], { env, maxBuffer: LONGEST_OUTPUT });
    const { stdout: version } = await run(command, ["--version"], { env });
    return {
      version: /\d+\.\d+\.\d+/.exec(version)?.[0] ?? "unknown",
      figures: JSON.parse(stdout.trim().split("\n").at(-1)!) as Figure[],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function inWorkerd(code: string): Promise<Result> {
  const { start, version } = await import("../proxy/workerd.ts");
  const running = await start(code, {});
  try {
    // Through node:http, whose requests have no deadline of their own: the answer comes when all is measured.
    const figures = await longRequest(running.port);
    return { version, figures };
  } finally {
    running.close();
  }
}

async function longRequest(port: number): Promise<Figure[]> {
  const { get } = await import("node:http");
  const text = await new Promise<string>((resolve, reject) => {
    get({ port, host: "127.0.0.1", path: "/" }, (answer) => {
      let got = "";
      answer
        .setEncoding("utf8")
        .on("data", (piece: string) => {
          got += piece;
        })
        .on("end", () => (answer.statusCode === 200 ? resolve(got) : reject(new Error(got))));
    }).on("error", reject);
  });
  return JSON.parse(text) as Figure[];
}

async function inChromium(code: string): Promise<Result> {
  const { chromium } = await import("@playwright/test");
  const browser = await chromium.launch(chromiumOptions());
  try {
    const page = await browser.newPage();
    await page.route("http://127.0.0.1/**", (route) =>
      route.request().url().endsWith(".js")
        ? route.fulfill({ contentType: "text/javascript", body: code })
        : route.fulfill({
            contentType: "text/html",
            body: '<!doctype html><script type="module" src="/sse.js"></script>',
          }),
    );
    await page.goto("http://127.0.0.1/");
    await page.waitForFunction("globalThis.figures !== undefined");
    return { version: browser.version(), figures: (await page.evaluate("figures()")) as Figure[] };
  } finally {
    await browser.close();
  }
}

/** The command that installs a runtime that isn't here. */
export function installOf(runtime: RuntimeName): string | undefined {
  if (runtime === "deno" || runtime === "bun") return existsSync(tool(runtime)) ? undefined : "npm ci";
  if (runtime === "chromium" && chromiumPath() === undefined) return "sudo apt-get install chromium";
  return undefined;
}
