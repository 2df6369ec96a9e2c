// The worker's entry without the Durable Object that its limits need.
import { expect, test } from "vitest";
import worker from "../index.ts";

test("H11 limits and no LEDGER: 503 that names it, for in memory each isolate would give the whole budget anew", async () => {
  const namespace = {
    idFromName: (name: string) => name,
    get: () => ({ fetch: async () => new Response() }),
  };
  const env = {
    UPSTREAM_KIND: "openai",
    UPSTREAM_URL: "https://api.example.com/v1",
    UPSTREAM_KEY: "key-canary-4711",
    MODELS: "m",
    ALLOWED_ORIGINS: "https://app.example.com",
    SESSION_SECRET: "session-secret-canary-0123456789abcdef",
    EVERYONE_LIMITS: "tokensPerDay=1000",
    OWNERSHIP: namespace,
  };
  const response = await worker.fetch(new Request("https://proxy.example.net/v1/models"), env, {
    waitUntil: () => {},
  });
  expect([response.status, await response.text()]).toEqual([
    503,
    expect.stringContaining("LEDGER is not bound"),
  ]);
});
