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

    // People and applications with a token of Entra ID; ids are not secret.
    //   entra: { tenants: ["<directory id>"], audiences: ["api://<application id>"], scopes: ["Models.Use"], roles: ["Models.Run"] },
    // With `page: { clientId, scopes }` beside them people sign in at the page (docs/deploy.md). Also as JSON in the variable ENTRA.

    // Visitors of a page without any credential, each network and all together limited.
    //   anonymous: { origins: ["https://app.example.com"], together: { tokensPerDay: 200_000 } },

    // Who may do what; the first group that fits decides. `npm run latchkey -- check` says what it all means.
    //   policy: [
    //     { name: "nightly", match: { keys: ["nightly"] }, models: ["gpt-5-mini"], limits: { tokensPerDay: 2_000_000 } },
    //     {
    //       name: "page",
    //       match: { kinds: ["session", "anonymous"] },
    //       operations: ["chat"],
    //       maxTokens: { default: 800, most: 2000 },
    //       choices: 1,
    //       tools: "functions",
    //       system: { text: "You help with questions about our product.", others: "refuse" },
    //       limits: { requestsPerMinute: 20, streams: 2, tokensPerDay: 50_000 },
    //     },
    //   ],

    // What they may use: of each caller, and of all together. Money needs a price of every model, per million tokens:
    //   models: { "gpt-5-mini": { upstream: "default", price: { input: 0.25, output: 2 } } },
    //   perCaller: { requestsPerMinute: 60, streams: 4, tokensPerDay: 200_000 },
    //   everyone: { moneyPerDay: 20, moneyPerMonth: 300 },

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
