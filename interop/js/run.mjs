// The runner of the JavaScript SDKs: brings what package-lock.json names, then lets them call, over https.
import { join } from "node:path";
import { Explained, installDependencies, nodeBinary, root } from "../../tools/install.mjs";
import { runLanguage } from "../language.mjs";

const folder = join(root, "interop");

try {
  await installDependencies((text) => void process.stderr.write(`${text}\n`), folder);
} catch (error) {
  console.error(error instanceof Explained ? error.message : error);
  process.exit(1);
}
await runLanguage({
  name: "JavaScript",
  hint: "npm ci --prefix interop",
  absent: () => undefined,
  install: () => {},
  programs: ({ certificate }) =>
    ["node", "page"].map((group) => ({
      command: nodeBinary(),
      args: [join(folder, "js", "checks.ts"), group],
      cwd: folder,
      env: { NODE_EXTRA_CA_CERTS: certificate },
    })),
});
