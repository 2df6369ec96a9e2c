/** The proxy as it is deployed, and the workers that it is compared with. */
import { createCallerKey } from "../../worker/keys.ts";
import type { Message } from "./load.ts";
import { bundle, type Running, start } from "./workerd.ts";

export const ORIGIN = "https://app.example.com";
export const OBJECTS = { OWNERSHIP: "OwnershipObject", LEDGER: "LedgerObject" };

export interface Ours extends Running {
  /** Of a page's session and of a script's key. */
  readonly session: Record<string, string>;
  readonly key: Record<string, string>;
}

/** One of ./workers. */
export async function startWorker(
  name: string,
  upstream: string,
  objects: Record<string, string> = {},
): Promise<Running> {
  return start(await bundle(`bench/proxy/workers/${name}.ts`), { UPSTREAM: upstream }, objects);
}

/** worker/index.ts with its variables, and another file in place of latchkey.config.ts if there is one. */
export async function startOurs(
  upstream: string,
  { config, ...options }: { config?: string; inspector?: number } = {},
): Promise<Ours> {
  const { key, line } = await createCallerKey("bench");
  const running = await start(
    await bundle("worker/index.ts", { minify: options.inspector === undefined, config }),
    variables(upstream, line),
    OBJECTS,
    options,
  );
  const opened = await fetch(`http://127.0.0.1:${running.port}/session`, {
    method: "POST",
    headers: { origin: ORIGIN, "cf-connecting-ip": "192.0.2.1" },
  });
  if (!opened.ok) throw new Error(`No session: ${await opened.text()}`);
  const { token } = (await opened.json()) as { token: string };
  return {
    ...running,
    session: { authorization: `Bearer ${token}`, origin: ORIGIN },
    key: { authorization: `Bearer ${key}` },
  };
}

export function variables(upstream: string, callerKeys: string): Record<string, string> {
  return {
    UPSTREAM_KIND: "openai",
    UPSTREAM_URL: `${upstream}/v1`,
    UPSTREAM_KEY: "a-key",
    MODELS: "json,flood,paced",
    ALLOWED_ORIGINS: ORIGIN,
    SESSION_SECRET: "a-secret-of-the-bench-with-32-bytes-or-more",
    CALLER_KEYS: callerKeys,
  };
}

/** A chat of 1 KB. */
export function chat(headers: Record<string, string>, members: Record<string, unknown>): Message {
  const messages = [{ role: "user", content: "x".repeat(900) }];
  return {
    path: "/v1/chat/completions",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ messages, ...members }),
  };
}
