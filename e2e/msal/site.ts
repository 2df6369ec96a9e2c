// Serves the page of these tests: two documents, each with its script bundled from source.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));
const BUTTONS = ["popup", "redirect", "none"].map((id) => `<button id="${id}">${id}</button>`).join("");
const DOCUMENTS: Record<string, string> = {
  "/": `${BUTTONS}<output></output><script type="module" src="/page.js"></script>`,
  "/redirect.html": `<script type="module" src="/redirect.js"></script>`,
};

export interface Site {
  url: string;
  close(): void;
}

export async function startSite(): Promise<Site> {
  const { outputFiles } = await build({
    entryPoints: ["page.ts", "redirect.ts"].map((name) => FOLDER + name),
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    outdir: "/",
    conditions: ["latchkey-source"],
    logLevel: "silent",
  });
  const scripts = new Map(outputFiles.map(({ path, text }) => [path.replace(/^.*[\\/]/, "/"), text]));
  const server = createServer(({ url = "/" }, response) => {
    const { pathname } = new URL(url, "http://localhost");
    const script = scripts.get(pathname);
    const document = DOCUMENTS[pathname];
    response.setHeader("content-type", script === undefined ? "text/html" : "text/javascript");
    if (script === undefined && document === undefined) response.statusCode = 404;
    response.end(
      script ?? (document && `<!doctype html><meta charset="utf-8"><title>MSAL</title>${document}`),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
