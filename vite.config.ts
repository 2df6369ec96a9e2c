// Builds and serves the demo page. Everything is addressed from demo/; the built page goes to dist/page, where the
// worker serves it as static assets. The address of the worker comes from VITE_LATCHKEY_URL, the port from PORT.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig, type Plugin } from "vite";
import { serviceWorker } from "./demo/service-worker-plugin.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const ROOMS = ["index", "images", "audio", "embeddings", "agents", "spending"];
/** Not a room: the document with MSAL, in a window and in a hidden frame of the rooms (docs/decisions/077). */
const SIGNING_IN = "signing-in";
const port = Number(process.env.PORT ?? 5173);

export default defineConfig({
  root: path("demo"),
  // No .env file is read: the page's only setting comes from the environment, and only this prefix can enter it.
  envDir: false,
  envPrefix: "VITE_",
  plugins: [react(), sharedHead(), contentSecurityPolicy(), serviceWorker()],
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
    modulePreload: {
      polyfill: false,
      resolveDependencies: (_file, parts, { hostType }) =>
        hostType === "js" ? parts.filter((part) => part.endsWith(".css")) : parts,
    },
    // data: URLs are for images only; anything else stays a file the policy can name.
    assetsInlineLimit: 0,
    // A page a room: the chat's first load has nothing of the others.
    rolldownOptions: {
      input: [...ROOMS, SIGNING_IN].map((room) => path(`demo/${room}.html`)),
      output: {
        codeSplitting: {
          groups: [
            // In one piece what all rooms have: many small ones compress worse.
            {
              name: "react",
              test: /node_modules[\\/](react|react-dom|scheduler)[\\/]|^\0rolldown/,
              priority: 2,
            },
            { name: "page", test: /[\\/]demo[\\/]|^\0vite/, minShareCount: ROOMS.length - 1 },
          ],
        },
      },
    },
  },
});

/** Puts what every room has into its head, before Vite looks at it: addresses in it are those of the room. */
function sharedHead(): Plugin {
  const place = "<!-- what every room has: shared-head.html -->";
  return {
    name: "shared-head",
    transformIndexHtml: {
      order: "pre",
      handler: (html, { path: room }) => {
        if (room.includes(SIGNING_IN)) return html;
        if (!html.includes(place)) throw new Error(`${room} has no place for the shared head.`);
        return html.replace(place, readFileSync(path("demo/shared-head.html"), "utf8").trim());
      },
    },
  };
}

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
    // Speech that was fetched through connect-src, and nothing else.
    "media-src blob:",
    `connect-src 'self'${worker}`,
    // The document with MSAL; the rooms refuse to be framed themselves.
    "frame-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
    // Its one value is the address of the service worker, which browsers take only from a policy (docs/decisions/078).
    "trusted-types service-worker",
  ];
  // Which authority it is, the worker tells at run time.
  const signingIn = policy
    .filter((one) => !/^(media|frame|worker|manifest)-src/.test(one))
    .map((one) => (one.startsWith("connect-src") ? `${one} https:` : one))
    .map((one) => (one.startsWith("trusted-types") ? "trusted-types 'none'" : one));
  return {
    name: "content-security-policy",
    apply: "build",
    transformIndexHtml: (_html, { path }) => [
      {
        tag: "meta",
        attrs: {
          "http-equiv": "Content-Security-Policy",
          content: (path.includes(SIGNING_IN) ? signingIn : policy).join("; "),
        },
        injectTo: "head-prepend",
      },
    ],
  };
}
