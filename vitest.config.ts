// Four projects, one per place or pace: "node" (units), "workerd" (the worker inside the real runtime), "package" (what
// npm would publish, with examples and README) and "stack" (npm start itself). tools/test.mjs runs them as steps.
import { availableParallelism } from "node:os";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defaultClientConditions, defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

// Where the cases of property tests begin: the same place for everybody, so that a change is judged by what it changes.
// PROPERTY_SEED=random looks elsewhere and is for finding what nobody thought of; fast-check names the seed it failed by.
const asked = process.env.PROPERTY_SEED ?? "20261121";
const propertySeed = asked === "random" ? Math.floor(Math.random() * 2 ** 31) : Number(asked);
/** A deadline against hanging, not a measure of speed: a busy machine may be many times slower. */
const testTimeout = 30_000;
const properties = { setupFiles: ["test/property-seed.ts"], provide: { propertySeed } };

// The package's own name leads to its sources, so that nothing has to be built before a test.
const resolve = { conditions: ["latchkey-source", ...defaultClientConditions] };
const ssr = { resolve: { conditions: ["latchkey-source", ...defaultServerConditions] } };

export default defineConfig({
  test: {
    // Vitest's own choice leaves a processor for its watch mode, which on two halves the speed of a run.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: "node",
          environment: "node",
          testTimeout,
          ...properties,
          include: [
            "test/**/*.test.{ts,tsx}",
            "emulator/test/**/*.test.ts",
            "worker/test/*.test.ts",
            "demo/test/**/*.test.{ts,tsx}",
            "tools/test/units/*.test.ts",
            "interop/test/*.test.ts",
          ],
          exclude: ["test/package/**"],
        },
      },
      {
        resolve,
        ssr,
        plugins: [cloudflareTest({ wrangler: { configPath: "./worker/test/workerd/wrangler.jsonc" } })],
        test: {
          name: "workerd",
          testTimeout,
          ...properties,
          include: ["worker/test/workerd/**/*.test.ts"],
        },
      },
      {
        test: {
          name: "package",
          environment: "node",
          include: ["test/package/**/*.test.ts"],
          globalSetup: ["test/package/pack.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "stack",
          environment: "node",
          include: ["tools/test/stack/*.test.ts"],
          fileParallelism: false,
          testTimeout: 90_000,
        },
      },
    ],
  },
});
