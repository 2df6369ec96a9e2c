// A browser's page: asks the server it came from what to run, and posts the results of each suite to it.
import type { Host } from "../harness.ts";
import { runSuites } from "./report.ts";

const post = (path: string, value: unknown): Promise<Response> =>
  fetch(path, { method: "POST", body: JSON.stringify(value) });

const stray: string[] = [];
globalThis.addEventListener("unhandledrejection", (event) => {
  stray.push(String((event as unknown as { reason: unknown }).reason));
});

try {
  const { names, host } = (await (await fetch("task")).json()) as { names: string[]; host: Host };
  await runSuites(names, { ...host, stray }, (results) => post("results", { results }));
  await post("results", { done: true });
} catch (error) {
  await post("results", { error: error instanceof Error ? `${error}\n${error.stack}` : String(error) });
}
