// What the proxy's tests share: a configuration, a proxy with the emulator or a hand-written upstream
// behind it, and callers. Everything is in process; black-box tests have their own setup in workerd.ts.
import { createEmulator } from "latchkey/emulator";
import { hex, sha256 } from "../keys.ts";
import {
  type Config,
  type ConfigInput,
  createProxy,
  defineConfig,
  type LogEntry,
  type ProxyDeps,
} from "../proxy.ts";

export const UPSTREAM_KEY = "emulator-key";
export const SESSION_SECRET = "session-secret-canary-0123456789abcdef";
export const CALLER_KEY = "lk_caller-key-canary-0123456789abcdef";
export const ORIGIN = "https://app.example.com";
export const OTHER_KEY = "lk_other-key-canary-0123456789abcdefg";
export const OTHER_ORIGIN = "https://two.example.com";
export const PROXY = "https://proxy.example.net";

/** Every fault that the emulator knows by a model's name. */
const FAULTS = [
  "stall",
  "cut",
  "reset",
  "half-event",
  "error-event",
  "html",
  "redirect",
  "slow-headers",
  "rate-limit",
  "server-error",
  "content-filter",
  "unavailable",
  "big-error",
  "empty",
  "json-error",
  "done-open",
  "cut-before-done",
  "late-usage",
  "ping-stall",
  "split-utf8",
  "byte-per-write",
  "crlf",
];

export async function configInput(change: Partial<ConfigInput> = {}): Promise<ConfigInput> {
  return {
    upstreams: {
      default: { kind: "inference", url: "https://upstream.example.com/models", key: UPSTREAM_KEY },
      azure: { kind: "azure-openai", url: "https://azure.example.com", key: UPSTREAM_KEY },
      openai: { kind: "openai", url: "https://openai.example.com/v1", key: UPSTREAM_KEY },
    },
    models: {
      "gpt-5-mini": { upstream: "default" },
      mini: { upstream: "default", deployment: "gpt-5-mini" },
      "via-azure": { upstream: "azure", deployment: "gpt-4.1" },
      "via-openai": { upstream: "openai", deployment: "gpt-4.1" },
      "DeepSeek-R1": { upstream: "default" },
      ...Object.fromEntries(FAULTS.map((fault) => [`fault-${fault}`, { upstream: "default" }])),
    },
    origins: [ORIGIN, OTHER_ORIGIN],
    session: { secret: SESSION_SECRET },
    callerKeys: [
      { name: "ci", sha256: hex(await sha256(CALLER_KEY)) },
      { name: "other", sha256: hex(await sha256(OTHER_KEY)) },
    ],
    ...change,
  };
}

export interface Rig {
  readonly config: Config;
  readonly emulator: ReturnType<typeof createEmulator>;
  readonly log: LogEntry[];
  /** Sends to the proxy; a caller key is added unless headers name a credential (or null it). */
  fetch(
    path: string,
    init?: Omit<RequestInit, "headers"> & { headers?: Record<string, string | null> },
  ): Promise<Response>;
  chat(
    body: Record<string, unknown>,
    init?: { path?: string; headers?: Record<string, string | null>; signal?: AbortSignal },
  ): Promise<Response>;
  /** Resolves when every registered waitUntil has. */
  settled(): Promise<void>;
}

export async function createRig(change: Partial<ConfigInput> = {}, deps: ProxyDeps = {}): Promise<Rig> {
  const config = defineConfig(await configInput(change));
  const emulator = createEmulator();
  const log: LogEntry[] = [];
  const pending: Promise<unknown>[] = [];
  const proxy = createProxy(config, {
    fetch: (url, init) => emulator.fetch(url, init),
    log: (entry) => log.push(entry),
    ...deps,
  });
  const rig: Rig = {
    config,
    emulator,
    log,
    fetch(path, init = {}) {
      const headers = new Headers();
      const given = { authorization: `Bearer ${CALLER_KEY}`, ...init.headers };
      for (const [name, value] of Object.entries(given)) if (value !== null) headers.set(name, value);
      const request = new Request(path.startsWith("http") ? path : PROXY + path, { ...init, headers });
      return proxy.fetch(request, { waitUntil: (promise) => pending.push(promise) });
    },
    chat(body, { path = "/models/chat/completions", headers = {}, ...init } = {}) {
      return rig.fetch(path, {
        method: "POST",
        body: JSON.stringify({
          model: "gpt-5-mini",
          messages: [{ role: "user", content: "Say hello" }],
          ...body,
        }),
        headers: { "content-type": "application/json", ...headers },
        ...init,
      });
    },
    async settled() {
      await Promise.all(pending);
    },
  };
  return rig;
}

/** An upstream in one function, and what it was sent. */
export function answering(answer: (request: Request) => Response | Promise<Response>) {
  const requests: Request[] = [];
  return {
    requests,
    fetch: async (url: string, init: RequestInit) => {
      const request = new Request(url, init);
      requests.push(request.clone());
      return answer(request);
    },
  };
}

export function jsonAnswer(value: unknown, init: ResponseInit = {}): Response {
  return new Response(JSON.stringify(value), {
    ...init,
    headers: { "content-type": "application/json", ...(init.headers as Record<string, string>) },
  });
}

export function eventStream(
  text: string | ReadableStream<Uint8Array>,
  headers: Record<string, string> = {},
): Response {
  return new Response(text, { headers: { "content-type": "text/event-stream", ...headers } });
}

export async function errorOf(response: Response): Promise<Record<string, unknown>> {
  return ((await response.json()) as { error: Record<string, unknown> }).error;
}
