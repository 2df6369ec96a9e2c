// Starts the three parts as they run for a user: the emulator in Node, the proxy in workerd, the page by Vite.
// Gives back their addresses and one stop(). Says nothing by itself except through `report`; knows no command line.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createFamily } from "./children.mjs";
import { Explained, nodeBinary, root, seconds } from "./install.mjs";
import { freePort } from "./ports.mjs";
import {
  completeVars,
  EMULATOR_IDENTITY,
  EMULATOR_KEY,
  emulatorModels,
  emulatorProjectVars,
  emulatorVars,
  meansEmulator,
  meansEmulatorProject,
  misspelt,
  readVars,
  writeVars,
} from "./settings.mjs";
import { startTokenIssuer } from "./token-issuer.mjs";
import { troubleIn } from "./worker-log.mjs";

const READY_TIMEOUT_MS = 60_000;
const VITE = "node_modules/vite/bin/vite.js";
const WRANGLER = "node_modules/wrangler/bin/wrangler.js";

/** wrangler and workerd must not look anything up: the stack works without a network. */
const QUIET_WRANGLER = {
  CI: "1",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  // The banner asks the registry whether a newer version exists.
  WRANGLER_HIDE_BANNER: "true",
};

/**
 * @typedef {object} StackOptions
 * @property {{ page: number, worker: number, emulator: number }} ports preferred ports; 0 means any
 * @property {number} pace milliseconds between the emulator's chunks
 * @property {boolean} [test] the emulator whatever .dev.vars says, and no state of other runs
 * @property {string | undefined} [vars] a file to read in place of .dev.vars, also in a test
 * @property {boolean} [faults] offer the emulator's models that fail
 * @property {boolean} [built] serve the built page from the worker instead of Vite's
 * @property {boolean} [verbose]
 * @property {AbortSignal} [signal] gives up a start that is under way
 * @property {(text: string) => void} report
 *
 * @typedef {import("./children.mjs").Family} Family
 *
 * @typedef {object} Stack
 * @property {string} page
 * @property {string} worker
 * @property {string | undefined} emulator undefined when a real service answers
 * @property {string} upstream
 * @property {string} models
 * @property {string | undefined} project where agents are, through the proxy; undefined when there is no project
 * @property {Promise<Error>} failed settles when a part ends that should not
 * @property {() => Promise<void>} stop
 */

/**
 * @param {StackOptions} options
 * @returns {Promise<Stack>}
 */
export async function startStack(options) {
  const { report, verbose = false } = options;
  let started = false;
  /** @param {string} name @param {string} line */
  const onLine = (name, line) => {
    if (verbose) return report(`[${name}] ${line}`);
    // Until the start is over, what is wrong is said by the start itself.
    const trouble = started && name === "proxy" ? troubleIn(line) : undefined;
    if (trouble !== undefined) report(trouble);
  };
  const family = createFamily({
    node: nodeBinary(),
    cwd: root,
    onLine,
  });
  options.signal?.addEventListener("abort", () => family.fail(new Explained("Stopped while starting.")));
  try {
    const stack = await assemble(family, options);
    started = true;
    return stack;
  } catch (error) {
    await family.stop();
    throw error;
  }
}

/**
 * The order of the start: the emulator first, because the worker is configured with its address and models.
 * @param {Family} family
 * @param {StackOptions} options
 * @returns {Promise<Stack>}
 */
async function assemble(family, options) {
  const { ports, pace, test = false, faults = false, built = false, vars: file, report } = options;
  const taken = new Set();
  /** @param {string} name @param {number} preferred */
  const address = async (name, preferred) => {
    const port = await freePort(preferred, taken);
    if (preferred !== 0 && port !== preferred)
      report(`  port ${preferred} is taken: the ${name} uses ${port}`);
    return `http://127.0.0.1:${port}`;
  };
  const wait = waiter(family, report);

  const own = test && file === undefined ? {} : readVars(file ?? join(root, ".dev.vars"));
  for (const line of misspelt(own)) report(`  ${line}`);
  const emulator = meansEmulator(own) ? await address("emulator", ports.emulator) : undefined;
  if (emulator === undefined && faults)
    throw new Explained("--faults are the emulator's, but .dev.vars names a service.");
  /** @type {string[]} */
  let models = [];
  if (emulator !== undefined) {
    const args = ["--port", new URL(emulator).port, "--pace", String(pace)];
    family.keep("emulator", ["--conditions=latchkey-source", "bin/latchkey.ts", "emulator", ...args]);
    await wait("emulator", `${emulator}/_emulator/ledger`);
    models = emulatorModels(own.MODELS ?? "", await offeredModels(emulator), faults);
  }

  const worker = await address("proxy", ports.worker);
  const page = built ? worker : await address("page", ports.page);
  // wrangler refuses to start when the folder of static assets is absent.
  mkdirSync(join(root, "dist", "page"), { recursive: true });
  if (built) await buildPage(family, report);
  else {
    const args = ["--host", "127.0.0.1", "--port", new URL(page).port, "--strictPort"];
    family.keep("page", [VITE, ...args], { VITE_LATCHKEY_URL: worker });
  }

  const issuer = emulator !== undefined && meansEmulatorProject(own) ? await startIssuer() : undefined;
  const vars = completeVars(
    {
      ...own,
      ...(emulator === undefined ? {} : emulatorVars(emulator, models)),
      ...(emulator === undefined || issuer === undefined ? {} : emulatorProjectVars(emulator, issuer)),
    },
    [page, page.replace("127.0.0.1", "localhost")],
  );
  const written = writeVars(vars);
  const { folder } = written;
  family.folder(folder);
  const args = ["dev", "--ip", "127.0.0.1", "--port", new URL(worker).port, "--inspector-port", "0"];
  args.push("--show-interactive-dev-session=false", "--env-file", written.file);
  // A test starts with no state of earlier runs and leaves none.
  if (test) args.push("--persist-to", join(folder, "state"));
  const registry = test ? { WRANGLER_REGISTRY_PATH: join(folder, "registry") } : {};
  family.keep("proxy", [WRANGLER, ...args], { ...QUIET_WRANGLER, ...registry });

  await Promise.all([wait("proxy", worker), built ? undefined : wait("page", page)]);
  await refuseHalfConfigured(worker, page);
  const { UPSTREAM_URL: upstream = "", MODELS: names = "" } = vars;
  const stop = async () => {
    await family.stop();
    issuer?.close();
  };
  const project = projectOf(vars);
  return {
    ...{ page, worker, emulator, upstream, models: names },
    project: project && `${worker}/api/projects/${project}`,
    failed: family.failed,
    stop,
  };
}

/** Agents take no key, so the emulator's project is shown a token of an issuer on this machine. */
async function startIssuer() {
  const clientSecret = randomBytes(24).toString("base64url");
  const issuer = await startTokenIssuer({ ...EMULATOR_IDENTITY, clientSecret, token: EMULATOR_KEY });
  return { ...issuer, clientSecret };
}

/** @param {Record<string, string>} vars @returns {string | undefined} as the proxy calls it: the last part of its address */
function projectOf({ PROJECT_ENDPOINT = "", PROJECT_CONNECTION_STRING = "" }) {
  return (
    PROJECT_ENDPOINT.replace(/\/+$/, "").split("/").at(-1) ||
    PROJECT_CONNECTION_STRING.split(";").at(-1) ||
    undefined
  );
}

/**
 * @param {Family} family
 * @param {(text: string) => void} report
 */
function waiter(family, report) {
  /** @param {string} name @param {string} url */
  return async (name, url) => {
    const started = Date.now();
    const outcome = await Promise.race([answers(url), family.failed]);
    if (outcome instanceof Error) throw outcome;
    if (!outcome) {
      const limit = READY_TIMEOUT_MS / 1000;
      throw new Explained(`${family.output(name)}\n\nThe ${name} did not answer within ${limit} s.`);
    }
    report(`  ${name} ready after ${seconds(started)}`);
  };
}

/**
 * @param {string} url
 * @returns {Promise<boolean>} true as soon as anything answers, whatever the status
 */
async function answers(url) {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline) {
    try {
      const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(5000) });
      await response.body?.cancel();
      return true;
    } catch {
      await sleep(50);
    }
  }
  return false;
}

/** @param {string} emulator @returns {Promise<string[]>} */
async function offeredModels(emulator) {
  const response = await fetch(`${emulator}/v1/models`, {
    headers: { authorization: `Bearer ${EMULATOR_KEY}` },
  });
  const { data } = await response.json();
  return data.map((/** @type {{ id: string }} */ model) => model.id);
}

/**
 * A worker with an incomplete configuration starts and refuses every call; better said here than in the page.
 * @param {string} worker
 * @param {string} page
 */
async function refuseHalfConfigured(worker, page) {
  const response = await fetch(`${worker}/session`, { method: "POST", headers: { origin: page } });
  const text = await response.text();
  if (response.status < 500) return;
  throw new Explained(`${messageOf(text)}\nCorrect .dev.vars and start again.`);
}

/** @param {string} answer the proxy's own, or whatever stands in its place */
function messageOf(answer) {
  try {
    // The worker speaks of the installed package; here is a clone.
    return String(JSON.parse(answer).error.message).replaceAll("npx latchkey", "npm run latchkey --");
  } catch {
    return `The proxy refuses to serve: ${answer}`;
  }
}

/**
 * Builds the page when a source is newer than the last build.
 * @param {Family} family
 * @param {(text: string) => void} report
 */
async function buildPage(family, report) {
  const output = join(root, "dist", "page", "index.html");
  const sources = ["demo", "src", "vite.config.ts", "package-lock.json"].map((path) =>
    newest(join(root, path)),
  );
  if (existsSync(output) && statSync(output).mtimeMs > Math.max(...sources)) return;
  report("  building the page");
  // An address from the environment would be baked into the page; the built page asks its own origin.
  const build = family.launch("build", [VITE, "build"], { VITE_LATCHKEY_URL: undefined });
  const outcome = await Promise.race([build.exited, family.failed]);
  if (outcome instanceof Error) throw outcome;
  if (outcome.code !== 0) throw new Explained(`${build.output()}\n\nThe page could not be built.`);
}

/**
 * @param {string} path
 * @returns {number} the latest change below the path, in milliseconds
 */
function newest(path) {
  if (!existsSync(path)) return 0;
  const info = statSync(path);
  if (!info.isDirectory()) return info.mtimeMs;
  return Math.max(info.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}
