// What every runner talks to, started once: the emulator as the services, an issuer of the worker's tokens, and the
// worker as it is deployed, bundled and in workerd. Gives back the environment that README.md describes.
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { createEmulator } from "../emulator/index.ts";
import { serveEmulator } from "../emulator/serve.ts";
import { startTokenIssuer } from "../tools/token-issuer.mjs";
import { createCallerKey } from "../worker/keys.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

/** Slow enough that a stream is still under way when its reader leaves, quick enough for a run of all. */
const PACE_MS = 2;
const EMULATOR_KEY = "emulator-key";
const MODELS = [
  "gpt-5-mini",
  "gpt-4.1",
  "Phi-4",
  "text-embedding-3-small",
  "whisper",
  "tts-1",
  "gpt-image-1",
];
const PROJECT = "demo";
const ERA = ["subscription", "group", "era"] as const;
const IDENTITY = { tenantId: "emulator", clientId: "latchkey" };

export interface Stack {
  readonly env: Readonly<
    Record<"LATCHKEY_URL" | "LATCHKEY_KEY" | "LATCHKEY_PROJECT" | "LATCHKEY_CONNECTION" | "TRUTH", string>
  >;
  /** The worker's log lines: what it refused, and why. */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

export async function startStack(): Promise<Stack> {
  const clientSecret = randomBytes(24).toString("base64url");
  const [emulator, issuer, caller, contents] = await Promise.all([
    serveEmulator(createEmulator({ paceMs: PACE_MS }), { port: 0 }),
    startTokenIssuer({ ...IDENTITY, clientSecret, token: EMULATOR_KEY }),
    createCallerKey("interop"),
    bundle(),
  ]);
  const [subscription, group, era] = ERA;
  const workspace = `subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.MachineLearningServices/workspaces/${era}`;
  const log: string[] = [];
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      cf: false,
      telemetry: { enabled: false },
      modules: [{ type: "ESModule", path: "worker.js", contents }],
      compatibilityDate: "2026-10-20",
      compatibilityFlags: ["enable_request_signal"],
      bindings: {
        UPSTREAM_KIND: "openai",
        UPSTREAM_URL: `${emulator.url}/v1`,
        UPSTREAM_KEY: EMULATOR_KEY,
        MODELS: MODELS.join(","),
        ALLOWED_ORIGINS: "http://127.0.0.1:5173",
        SESSION_SECRET: randomBytes(32).toString("base64url"),
        CALLER_KEYS: caller.line,
        PROJECT_ENDPOINT: `${emulator.url}/api/projects/${PROJECT}`,
        ERA_URL: `${emulator.url}/agents/v1.0/${workspace}`,
        AZURE_TENANT_ID: IDENTITY.tenantId,
        AZURE_CLIENT_ID: IDENTITY.clientId,
        AZURE_CLIENT_SECRET: clientSecret,
        AZURE_AUTHORITY_HOST: issuer.url,
      },
      durableObjects: {
        OWNERSHIP: { className: "OwnershipObject", useSQLite: true },
        LEDGER: { className: "LedgerObject", useSQLite: true },
      },
      handleStructuredLogs: ({ message }) => void log.push(...message.split("\n")),
    }),
  );
  const { origin, host } = await miniflare.ready;
  return {
    env: {
      LATCHKEY_URL: origin,
      LATCHKEY_KEY: caller.key,
      LATCHKEY_PROJECT: PROJECT,
      LATCHKEY_CONNECTION: [host, ...ERA].join(";"),
      TRUTH: emulator.url,
    },
    log,
    async stop() {
      await miniflare.dispose();
      issuer.close();
      await emulator.close();
    },
  };
}

/** The worker in one file, with these runs' configuration in the place of its own. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${root}worker/index.ts`],
    bundle: true,
    format: "esm",
    target: "es2024",
    conditions: ["latchkey-source", "workerd", "worker", "browser"],
    external: ["cloudflare:workers"],
    write: false,
    logLevel: "error",
    plugins: [
      {
        name: "configuration",
        setup({ onResolve }) {
          onResolve({ filter: /\/latchkey\.config\.ts$/ }, () => ({
            path: `${root}interop/latchkey.config.ts`,
          }));
        },
      },
    ],
  });
  return outputFiles[0]!.text;
}
