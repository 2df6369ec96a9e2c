// Builds and serves the demo page. Everything is addressed from demo/; the built page goes to dist/page, where the
// worker serves it as static assets. The address of the worker comes from VITE_LATCHKEY_URL, the port from PORT.
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig, type Plugin } from "vite";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const port = Number(process.env.PORT ?? 5173);

export default defineConfig({
  root: path("demo"),
  // No .env file is read: the page's only setting comes from the environment, and only this prefix can enter it.
  envDir: false,
  envPrefix: "VITE_",
  plugins: [react(), contentSecurityPolicy()],
  resolve: { conditions: ["latchkey-source", ...defaultClientConditions] },
  server: {
    host: "127.0.0.1",
    port,
    strictPort: process.env.PORT !== undefined,
    // The page's own sources and nothing beside them: .dev.vars with the real keys lies in the root.
    fs: {
      allow: ["demo", "src", "node_modules"].map(path),
      deny: [".env", ".env.*", ".dev.vars", ".dev.vars.*"],
    },
  },
  preview: { host: "127.0.0.1", port, strictPort: process.env.PORT !== undefined },
  build: {
    outDir: path("dist/page"),
    emptyOutDir: true,
    target: ["chrome123", "firefox128", "safari17.5"],
    // The polyfill would be an inline script, which the policy refuses; the targets do not need it.
    modulePreload: { polyfill: false },
    // data: URLs are for images only; anything else stays a file the policy can name.
    assetsInlineLimit: 0,
    // A page a room: the chat's first load has nothing of the others.
    rolldownOptions: { input: [path("demo/index.html"), path("demo/agents.html")] },
  },
});

/**
 * The built page carries its policy, so that it holds wherever the files are served. Vite's dev server injects scripts
 * and styles, so it has none. frame-ancestors works as a header only: demo/public/_headers repeats all of it.
 */
function contentSecurityPolicy(): Plugin {
  const worker = process.env.VITE_LATCHKEY_URL ? ` ${new URL(process.env.VITE_LATCHKEY_URL).origin}` : "";
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self'${worker}`,
    "form-action 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
  return {
    name: "content-security-policy",
    apply: "build",
    transformIndexHtml: () => [
      {
        tag: "meta",
        attrs: { "http-equiv": "Content-Security-Policy", content: policy },
        injectTo: "head-prepend",
      },
    ],
  };
}
