// The configuration that proxy-node.ts, proxy-deno.ts and proxy-bun.ts share: everything from the environment.
//   UPSTREAM_URL        https://api.openai.com/v1, or any service that speaks as OpenAI does
//   UPSTREAM_KEY        its key
//   MODELS              names of models, separated by commas
//   ALLOWED_ORIGINS     origins of the pages that may call, separated by commas
//   SESSION_SECRET      32 random characters or more
//   CALLER_KEYS         lines of `npx latchkey key <name>`, separated by commas
import { defineConfig } from "latchkey/proxy";

const list = (name: string) => (process.env[name] ?? "").split(",").filter((item) => item !== "");

export const config = defineConfig({
  upstreams: {
    main: { kind: "openai", url: process.env.UPSTREAM_URL ?? "", key: process.env.UPSTREAM_KEY ?? "" },
  },
  models: Object.fromEntries(list("MODELS").map((name) => [name, { upstream: "main" }])),
  origins: list("ALLOWED_ORIGINS"),
  session: { secret: process.env.SESSION_SECRET ?? "" },
  callerKeys: list("CALLER_KEYS").map((line) => {
    const [name = "", sha256 = ""] = line.split(":");
    return { name, sha256 };
  }),
  // Counted in this process's memory, which the proxy says once: a second process would give the same again.
  perCaller: { requestsPerMinute: 60, streams: 4, tokensPerDay: 200_000 },
});
