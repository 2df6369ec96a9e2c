// The configuration of the worker in these runs, in place of worker/latchkey.config.ts as an operator would edit it:
// models of an OpenAI-compatible service, a project of today, and a project of the connection-string era.
import { type Config, defineConfig } from "../worker/config.ts";
import { configFromEnv, type Env } from "../worker/env.ts";

/** What the start adds to the worker's own variables: the agents' base of the era's project. */
type InteropEnv = Env & { readonly ERA_URL: string };

export default function config(env: InteropEnv): Config {
  const fromEnv = configFromEnv(env);
  const [today] = Object.entries(fromEnv.upstreams).filter(([, { kind }]) => kind === "projects");
  if (today === undefined) throw new Error("PROJECT_ENDPOINT is missing.");
  const [, { entra, deployments }] = today;
  return defineConfig({
    ...fromEnv,
    upstreams: {
      ...fromEnv.upstreams,
      era: { kind: "workspace", url: env.ERA_URL, entra, deployments },
    },
    models: {
      ...fromEnv.models,
      "text-embedding-3-small": { upstream: "default", type: "embeddings" },
    },
    serverTools: ["file_search"],
    // What the checks evaluate; the emulator makes up numbers for data that it does not have.
    dataAssets: ["azureml://locations/interop/data/questions/versions/1"],
  });
}
