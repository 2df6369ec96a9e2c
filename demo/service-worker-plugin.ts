// Writes the service worker of the built page: service-worker.ts with the list of the build's files, and a version that
// changes when any of them does.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Plugin, transformWithOxc } from "vite";

const SOURCE = fileURLToPath(new URL("service-worker.ts", import.meta.url));
const PUBLIC = fileURLToPath(new URL("public", import.meta.url));
/** Read by the server, not by the page. */
const OF_THE_SERVER = new Set(["_headers", "_redirects"]);
/** Signing in needs the network anyway. */
const ONLINE = /(^|\/)signing-in\b/;

export function serviceWorker(): Plugin {
  return {
    name: "service-worker",
    apply: "build",
    enforce: "post",
    async generateBundle(_, bundle) {
      const built = Object.values(bundle)
        .filter(({ fileName }) => !fileName.endsWith(".map") && !ONLINE.test(fileName))
        .map((file) => [file.fileName, file.type === "chunk" ? file.code : file.source] as const);
      const given = readdirSync(PUBLIC)
        .filter((name) => !OF_THE_SERVER.has(name))
        .map((name) => [name, readFileSync(`${PUBLIC}/${name}`)] as const);
      const files = [...built, ...given].sort(([one], [other]) => (one < other ? -1 : 1));
      const { code } = await transformWithOxc(readFileSync(SOURCE, "utf8"), SOURCE);
      const hash = createHash("sha256").update(code);
      for (const [name, source] of files) hash.update(name).update("\0").update(source);
      const paths = files.map(([name]) => pathOf(name));
      this.emitFile({
        type: "asset",
        fileName: "service-worker.js",
        source: [
          `const VERSION = ${JSON.stringify(hash.digest("hex").slice(0, 16))};`,
          `const FILES = ${JSON.stringify(paths)};`,
          code.replace(/^export \{\s*\};?$/m, ""),
        ].join("\n"),
      });
    },
  };
}

/** As the page asks for it: a page by its name without an ending, the first one by nothing. */
export function pathOf(file: string): string {
  if (file === "index.html") return "/";
  return `/${file.replace(/\.html$/, "")}`;
}
