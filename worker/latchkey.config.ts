// Your proxy's settings. The variables (see .dev.vars.example) give upstream, models, origins and
// secrets; anything that is not a secret and not different per environment belongs here.
import { type Config, defineConfig } from "./config.ts";
import { configFromEnv, type Env } from "./env.ts";

export default function config(env: Env): Config {
  const fromEnv = configFromEnv(env);
  return defineConfig({
    ...fromEnv,

    // Pages get a token of this life from POST /session; the client renews it by itself.
    session: { ...fromEnv.session, lifetimeSeconds: 900 },

    // Several services at once: give each a name and point models at it, for example
    //   upstreams: { ...fromEnv.upstreams, local: { kind: "openai", url: "http://127.0.0.1:11434/v1" } },
    //   models: { ...fromEnv.models, "qwen3:4b": { upstream: "local" } },
    // A server that never sends [DONE] needs `endsWithoutDone: true` beside its url, or its streams count as cut off.

    // Images by address make the model service fetch what a caller names. Off but for these hosts.
    imageHosts: [],

    // Tools that run at the service, with its network and at your expense: ["web_search", "file_search", "mcp"].
    // Functions run at the caller's and are always taken. See also fileHosts, mcpHosts, vectorStores, dataSourceHosts.
    serverTools: [],

    // Agents: more projects go under `upstreams`, each with its `entra`, `agents` and `connections`; see README.md.
    // Their tools may reach these hosts by OpenAPI, and this data of yours.
    openApiHosts: [],
    dataAssets: [],

    // Body members beyond the documented ones, for models that know more: ["top_k", "min_p"].
    extraMembers: [],

    // Every limit and deadline with its default is documented in worker/config-schema.ts.
    limits: {},
    deadlines: {},
  });
}
