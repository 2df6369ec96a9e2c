import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { PageCandidate } from "../candidate.ts";
import { LAST_WORDS } from "../text.ts";

const SOURCE = new URL("../baseline/", import.meta.url);

/** ../baseline: what one writes in an afternoon. */
export default {
  name: "a plain page with react-markdown",
  packages: ["react-markdown", "remark-gfm"],
  async start() {
    const folder = mkdtempSync(join(tmpdir(), "latchkey-bench-"));
    await build({
      entryPoints: [fileURLToPath(new URL("main.tsx", SOURCE))],
      outfile: join(folder, "main.js"),
      bundle: true,
      minify: true,
      format: "esm",
      target: "es2022",
      jsx: "automatic",
      define: { "process.env.NODE_ENV": '"production"' },
      logLevel: "error",
    });
    const files: Record<string, [string, Buffer]> = {
      "/": ["text/html", readFileSync(new URL("index.html", SOURCE))],
      "/main.js": ["text/javascript", readFileSync(join(folder, "main.js"))],
    };
    const server = createServer((request, response) => {
      const [type, content] = files[request.url!] ?? [];
      if (type === undefined) response.writeHead(404).end();
      else response.writeHead(200, { "content-type": `${type}; charset=utf-8` }).end(content);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      async close() {
        server.closeAllConnections();
        server.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
  async keep(page, messages) {
    await page.evaluate((text) => localStorage.setItem("messages", text), JSON.stringify(messages));
    await page.reload();
    await page.waitForFunction((words) => document.body.textContent.includes(words), LAST_WORDS);
  },
} satisfies PageCandidate;
