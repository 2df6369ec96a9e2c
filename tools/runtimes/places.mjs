// The runtimes of the table: what each is called, how it is found, what installs it, and how it runs the suites.
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "../install.mjs";
import { servePage } from "./page-server.mjs";
import { openWebKit, webKitVersion } from "./webkit.mjs";

/**
 * @typedef {import("../../test/portable/harness.ts").Result} Result
 * @typedef {object} Job
 * @property {readonly string[]} names suites
 * @property {object} host what tests are told of where they run
 * @property {string} project
 * @property {{ page: string, worker: string }} scripts the suites in one file each
 * @property {(results: Result[]) => void} tell called with the results of each suite
 * @typedef {object} Place
 * @property {string} name
 * @property {boolean} [browser]
 * @property {string} install the command that installs it
 * @property {string} [packages] of Debian, where those are what installs it
 * @property {() => string | undefined} version undefined where it is absent
 * @property {(job: Job) => Promise<void>} run
 */

const SUITE_TIMEOUT_MS = 120_000;
const modules = (/** @type {string[]} */ ...path) => join(root, "node_modules", ...path);

/** @param {string | undefined} command */
function versionOf(command) {
  if (command === undefined) return undefined;
  const { status, stdout } = spawnSync(command, ["--version"], { encoding: "utf8", timeout: 20_000 });
  return status === 0 ? /\d+[.\d-]+\d/.exec(stdout)?.[0] : undefined;
}

/**
 * A runtime that is a program: it gets the files as they are, and prints a line of JSON for each suite.
 * @param {string} command
 * @param {string[]} args
 */
const program =
  (command, args) =>
  /** @param {Job} job */
  async ({ names, host, project, tell }) => {
    const all = [...args, join(project, "portable/host/program.ts"), JSON.stringify(host), ...names];
    const child = spawn(command, all, {
      cwd: project,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        NODE_OPTIONS: "",
        NODE_NO_WARNINGS: "1",
        NO_COLOR: "1",
        DENO_NO_UPDATE_CHECK: "1",
      },
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), SUITE_TIMEOUT_MS);
    let line = "";
    let errors = "";
    let seen = 0;
    child.stdout.setEncoding("utf8").on("data", (text) => {
      const lines = (line + text).split("\n");
      line = lines.pop() ?? "";
      for (const whole of lines.filter((one) => one.startsWith('{"results"'))) {
        seen++;
        tell(JSON.parse(whole).results);
      }
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      errors += text;
    });
    const code = await new Promise((done) => child.on("close", done).on("error", () => done(-1)));
    clearTimeout(timer);
    if (code !== 0 || seen < names.length) throw new Error(`ended with ${code}\n${errors.slice(-3000)}`);
  };

/** Miniflare runs the same workerd as production; one request for each suite. @param {Job} job */
async function inWorkerd({ names, host, scripts, tell }) {
  const { convertV4MiniflareOptions, Miniflare } = await import("miniflare");
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      telemetry: { enabled: false },
      modules: [{ type: "ESModule", path: "suite.js", contents: scripts.worker }],
      compatibilityDate: "2026-10-20",
      compatibilityFlags: ["enable_request_signal"],
    }),
  );
  try {
    for (const name of names) {
      const body = JSON.stringify({ name, host });
      const response = await miniflare.dispatchFetch("http://suite.example/", { method: "POST", body });
      const text = await response.text();
      if (!response.ok) throw new Error(`${name}: ${response.status} ${text.slice(0, 2000)}`);
      tell(JSON.parse(text).results);
    }
  } finally {
    await miniflare.dispose();
  }
}

/**
 * A browser: the page is served, opened, and waited for.
 * @param {(url: string) => Promise<{ close: () => Promise<void> }>} open
 */
const browser =
  (open) =>
  /** @param {Job} job */
  async ({ names, host, scripts, tell }) => {
    const page = await servePage(scripts.page, { names, host }, tell);
    /** @type {{ close: () => Promise<void> } | undefined} */
    let opened;
    let timer;
    try {
      opened = await open(page.url);
      const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error("the page didn't finish")), SUITE_TIMEOUT_MS);
      });
      await Promise.race([page.done, late]);
    } finally {
      clearTimeout(timer);
      await opened?.close();
      page.close();
    }
  };

/** @param {"chromium" | "firefox"} name @param {object} options */
async function launch(name, options) {
  const playwright = await import("@playwright/test");
  return playwright[name].launch(options);
}

const CHROMIUM_ARGS = [
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
  "--disable-dev-shm-usage",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
  "--disable-component-update",
  "--disable-background-networking",
];
const chromium = () =>
  process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/google-chrome"].find(existsSync);
const firefox = () => process.env.FIREFOX ?? ["/usr/bin/firefox-esr", "/usr/bin/firefox"].find(existsSync);

/** @param {string} url */
async function openChromium(url) {
  const executablePath = chromium();
  const open = await launch("chromium", {
    args: CHROMIUM_ARGS,
    ...(executablePath === undefined ? {} : { executablePath }),
  });
  await (await open.newPage()).goto(url);
  return open;
}

/** @param {string} url */
async function openFirefox(url) {
  const open = await launch("firefox", { channel: "moz-firefox", executablePath: firefox() });
  await (await open.newPage()).goto(url);
  return open;
}

const NPM = "npm ci";
const nodeOf = (/** @type {string} */ path) => (existsSync(path) ? path : undefined);
const node24 = nodeOf(modules("node/bin/node")) ?? process.execPath;
const node22 = join(root, "test/portable/node-22/node_modules/node/bin/node");
const deno = modules(".bin/deno");
const bun = modules(".bin/bun");
const DENO_ARGS = [
  "run",
  "--no-remote",
  "--cached-only",
  "--node-modules-dir=manual",
  "--no-check",
  "--allow-net=127.0.0.1",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
];
const apt = (/** @type {string} */ names) => `sudo apt-get install -y --no-install-recommends ${names}`;

/** @type {Place[]} */
export const PLACES = [
  {
    name: "Node 22",
    install: "npm ci --prefix test/portable/node-22",
    version: () => versionOf(nodeOf(node22)),
    run: program(node22, []),
  },
  { name: "Node 24", install: NPM, version: () => versionOf(node24), run: program(node24, []) },
  { name: "Deno", install: NPM, version: () => versionOf(nodeOf(deno)), run: program(deno, DENO_ARGS) },
  { name: "Bun", install: NPM, version: () => versionOf(nodeOf(bun)), run: program(bun, ["run"]) },
  {
    name: "workerd",
    install: NPM,
    version: () => versionOf(nodeOf(modules("workerd/bin/workerd"))),
    run: inWorkerd,
  },
  {
    name: "Chromium",
    browser: true,
    install: apt("chromium"),
    version: () => versionOf(chromium()),
    run: browser(openChromium),
  },
  {
    name: "Firefox",
    browser: true,
    install: apt("firefox-esr"),
    packages: "firefox-esr",
    version: () => versionOf(firefox()),
    run: browser(openFirefox),
  },
  {
    name: "WebKitGTK",
    browser: true,
    install: apt("webkit2gtk-driver xvfb xauth"),
    packages: "webkit2gtk-driver xvfb xauth",
    version: webKitVersion,
    run: browser(openWebKit),
  },
];
