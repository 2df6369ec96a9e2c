// Importing an entry point does no work: no request, timer, clock, randomness or output, and no change to a global.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { run } from "./processes.ts";

const WATCH = `
const calls = [];
const watch = (holder, names, label) => {
  for (const name of names) {
    const original = holder[name];
    holder[name] = function (...args) {
      // Node itself calls some of these while it loads a module.
      if (/node_modules[\\\\/]/.test(new Error().stack)) calls.push(label + name);
      return Reflect.apply(original, this, args);
    };
  }
};
watch(globalThis, ["fetch", "setTimeout", "setInterval", "setImmediate", "queueMicrotask"], "");
watch(Date, ["now"], "Date.");
watch(Math, ["random"], "Math.");
watch(crypto, ["getRandomValues", "randomUUID"], "crypto.");
watch(crypto.subtle, ["digest", "importKey", "sign"], "crypto.subtle.");
watch(console, ["log", "warn", "error", "info", "debug"], "console.");
const before = Object.getOwnPropertyNames(globalThis);
await import(process.argv[2]);
const added = Object.getOwnPropertyNames(globalThis).filter((name) => !before.includes(name));
process.stdout.write(JSON.stringify({ calls, added }));
`;

test.for([
  "latchkey",
  "latchkey/sse",
  "latchkey/openai",
  "latchkey/tools",
  "latchkey/projects",
  "latchkey/react",
  "latchkey/telemetry",
  "latchkey/file-system",
  "latchkey/entra",
  "latchkey/msal",
  "latchkey/proxy",
  "latchkey/emulator",
])("importing %s does no work", async (entry) => {
  const file = join(inject("project"), `import-${entry.replace("/", "-")}.mjs`);
  writeFileSync(file, WATCH);
  const { stdout, stderr, code } = await run([file, entry]);
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual({ calls: [], added: [] });
  expect(code).toBe(0);
});
