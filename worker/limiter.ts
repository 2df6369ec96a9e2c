// The rate limiter of runtimes that have none: a sliding minute in memory. One process, one count;
// on Cloudflare the rate limit binding of wrangler.toml takes its place.
import type { RateLimiter } from "./platform.ts";

const WINDOW_MS = 60_000;
/** Addresses remembered at most; the one longest unseen goes first, so memory stays bounded under a flood. */
const MAX_KEYS = 10_000;

export function createMemoryLimiter(perMinute: number, now: () => number): RateLimiter {
  const seen = new Map<string, number[]>();
  return {
    limit: async ({ key }) => {
      const time = now();
      const recent = (seen.get(key) ?? []).filter((moment) => moment > time - WINDOW_MS);
      const success = recent.length < perMinute;
      if (success) recent.push(time);
      seen.delete(key);
      seen.set(key, recent);
      if (seen.size > MAX_KEYS) seen.delete(seen.keys().next().value!);
      return { success };
    },
  };
}
