// Wire equality: each operation on our client and on the official one, and what differs between the two requests.
//   node interop/wire/run.mjs           compares with docs/wire-equality.md; fails on what is not explained, or no longer true
//   node interop/wire/run.mjs --write   writes that document; fails all the same on what is not explained
// Prints one line per pair of clients, as interop/README.md says. Needs the packages of interop/.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { nodeBinary } from "../../tools/install.mjs";

/** The exit code of a runner whose packages are absent. */
const ABSENT = 69;

if (!existsSync(new URL("../node_modules/openai", import.meta.url))) {
  process.stderr.write(
    "wire: the official packages are not installed. To install them: npm ci --prefix interop\n",
  );
  process.exit(ABSENT);
}
// In a process of its own: the package is read from its source, which takes a flag of Node.
const main = fileURLToPath(new URL("main.ts", import.meta.url));
const child = spawn(nodeBinary(), ["--conditions=latchkey-source", main, ...process.argv.slice(2)], {
  stdio: "inherit",
});
child.once("close", (code) => {
  process.exitCode = code ?? 1;
});
