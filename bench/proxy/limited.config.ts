/** The proxy's own settings with limits on everything that is counted: so each call asks the ledgers. */
import { type Config, defineConfig } from "../../worker/config.ts";
import { configFromEnv, type Env } from "../../worker/env.ts";

const MANY = 1_000_000_000;
const limits = { requestsPerMinute: MANY, tokensPerMinute: MANY, streams: MANY, tokensPerDay: MANY };

export default function config(env: Env): Config {
  const fromEnv = configFromEnv(env);
  return defineConfig({ ...fromEnv, policy: [{ name: "all", match: {}, limits }] });
}
