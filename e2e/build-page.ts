// Builds the page once, before the first stack serves it; a stack builds only what has changed since.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export default function buildPage(): void {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const { VITE_LATCHKEY_URL: _elsewhere, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["node_modules/vite/bin/vite.js", "build"], {
    cwd: root,
    env,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`The page could not be built.\n${stdout}\n${stderr}`);
}
