// Servers that nobody here wrote, called by our client and through our proxy.
//   node interop/servers/run.mjs           aimock and Prism, which npm installs
//   node interop/servers/run.mjs llama     llama.cpp's llama-server, named by LLAMA_SERVER; --write puts its table into
//                                          docs/compatibility.md
// Prints one line per check, as interop/README.md says. Needs the packages of interop/.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { nodeBinary } from "../../tools/install.mjs";

/** The exit code of a runner whose packages are absent. */
const ABSENT = 69;

if (!existsSync(new URL("../node_modules/@stoplight/prism-cli", import.meta.url))) {
  process.stderr.write("servers: not installed. To install them: npm ci --prefix interop\n");
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
