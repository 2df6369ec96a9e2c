// `npm start`: installs what is missing, starts emulator, proxy and page, prints the page's address, and leaves no
// process behind however it ends. Plain JavaScript on Node built-ins, because it runs before anything is installed.
//   --faults   offer the emulator's models that fail
//   --test     for end-to-end tests: free ports, quick answers, one JSON line with the addresses
//   --built    serve the built page from the worker instead of Vite's
//   --vars=F   read the file F in place of .dev.vars
//   --verbose  show everything the parts print
import { Explained, installDependencies, seconds } from "./install.mjs";
import { startStack } from "./stack.mjs";

const HELP = `npm start -- [--faults] [--built] [--vars=FILE] [--verbose] [--test]

Starts the emulator, the proxy worker and the chat page, and prints the page's address.
With UPSTREAM_URL in .dev.vars (see .dev.vars.example) a real service answers instead of the emulator.

  --faults   add the emulator's models that fail, one for each way (fault-cut, fault-rate-limit, ...)
  --built    serve the built page from the worker, as when deployed
  --vars=F   read the file F in place of .dev.vars
  --verbose  show everything the parts print, not only what goes wrong
  --test     for programs: free ports, all models, one line of JSON with the addresses`;

const known = new Set(["--test", "--faults", "--built", "--verbose", "--help"]);
const VARS = "--vars=";
const flags = new Set(process.argv.slice(2));
const unknown = [...flags].find((flag) => !known.has(flag) && !flag.startsWith(VARS));
if (unknown !== undefined || flags.has("--help")) {
  if (unknown !== undefined) console.error(`Unknown option ${unknown}.\n`);
  console.error(HELP);
  process.exit(unknown === undefined ? 0 : 2);
}

const test = flags.has("--test");
/** In test mode stdout carries the JSON line alone. @param {string} text */
const say = (text) => void (test ? process.stderr : process.stdout).write(`${text}\n`);
// A closed terminal makes every write fail; that must not keep us from cleaning up.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

/** @type {Promise<import("./stack.mjs").Stack> | undefined} */
let starting;
let ending = false;
const giveUp = new AbortController();

/** @param {number} code */
async function end(code) {
  // The second Ctrl-C doesn't wait: the guard process finishes the work.
  if (ending) process.exit(code);
  ending = true;
  giveUp.abort();
  const stack = await starting?.catch(() => undefined);
  await stack?.stop();
  process.exit(code);
}

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
for (const [signal, code] of Object.entries(EXIT_CODES)) {
  process.on(signal, () => {
    if (!ending) say("\nStopping.");
    void end(code);
  });
}

// npm and the test runner can be killed without passing the signal on; being adopted is how that looks from here.
// A SIGINT to npm alone leaves no trace: npm passes it to `sh -c`, and dash then waits for us without a word.
if (test || process.env.npm_lifecycle_event !== undefined) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    if (!ending) say("\nStopping.");
    void end(129);
  }, 200);
  watch.unref();
}

try {
  const started = Date.now();
  say("Latchkey: starting the proxy, the chat page and what answers them.");
  await installDependencies(say);
  starting = startStack({
    ports: test ? { page: 0, worker: 0, emulator: 0 } : { page: 5173, worker: 8787, emulator: 8788 },
    pace: test ? 5 : 25,
    test,
    faults: test || flags.has("--faults"),
    built: flags.has("--built"),
    vars: [...flags].find((flag) => flag.startsWith(VARS))?.slice(VARS.length),
    verbose: flags.has("--verbose"),
    signal: giveUp.signal,
    report: say,
  });
  const stack = await starting;
  if (!ending) {
    if (test) {
      const { page, worker, emulator, project } = stack;
      process.stdout.write(`${JSON.stringify({ page, worker, emulator, project })}\n`);
    } else {
      announce(stack, started);
    }
    const failure = await stack.failed;
    if (!ending) {
      say(failure.message);
      await end(1);
    }
  }
} catch (error) {
  if (!ending) {
    say(
      error instanceof Explained ? `\n${error.message}` : `\n${error instanceof Error ? error.stack : error}`,
    );
    await end(1);
  }
}

/**
 * @param {import("./stack.mjs").Stack} stack
 * @param {number} started
 */
function announce(stack, started) {
  const source =
    stack.emulator === undefined
      ? [`Answers come from ${new URL(stack.upstream).host} (.dev.vars), models: ${stack.models}`]
      : [
          `Answers come from the emulator: no account, no key, no internet. Models: ${shortList(stack.models)}`,
          ...(flags.has("--faults") ? [] : ["For models that fail: npm start -- --faults"]),
          "For a real service copy .dev.vars.example to .dev.vars, fill it and start again.",
        ];
  const emulator = stack.emulator === undefined ? "" : `, the emulator at ${stack.emulator}`;
  const lines = [
    `\nReady after ${seconds(started)}. Open\n`,
    `  ${stack.page}\n`,
    ...source,
    quiet(`The proxy is at ${stack.worker}${emulator}.`),
    ...(stack.project === undefined ? [] : [quiet(`Agents are at ${stack.project}.`)]),
    "Ctrl-C stops everything.",
  ];
  say(lines.join("\n"));
}

/** @param {string} models */
function shortList(models) {
  const names = models.split(",");
  const usual = names.filter((name) => !name.startsWith("fault-"));
  const failing = names.length - usual.length;
  return usual.join(", ") + (failing === 0 ? "" : ` and ${failing} that fail (fault-…)`);
}

/** Beside the one address that is to be opened. @param {string} text */
function quiet(text) {
  return process.stdout.isTTY && !process.env.NO_COLOR ? `\u001b[2m${text}\u001b[22m` : text;
}
