// The published declarations compile in a stranger's program, strictly, with that program's settings and globals.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { root, run } from "./processes.ts";

const PROGRAM = `
import { ChatCompletionsClient, LatchkeyError } from "latchkey";
import { createParser, events } from "latchkey/sse";
import { AzureOpenAI } from "latchkey/openai";
import { runTools, structured } from "latchkey/tools";
import { AIProjectClient, ToolSet } from "latchkey/projects";
import { enableTelemetry } from "latchkey/telemetry";
import { clientSecretCredential } from "latchkey/entra";
import { msalCredential } from "latchkey/msal";
import { createProxy } from "latchkey/proxy";
import { createEmulator } from "latchkey/emulator";
import { useChat } from "latchkey/react";
import { fileFromPath } from "latchkey/file-system";

export async function ask(endpoint: string, key: string): Promise<string> {
  const client = new ChatCompletionsClient(endpoint, { key });
  const stream = await client.complete({ messages: [{ role: "user", content: "Hi" }], stream: true });
  let answer = "";
  try {
    for await (const text of stream.text()) answer += text;
  } catch (error) {
    if (error instanceof LatchkeyError) return error.kind;
  }
  return answer;
}
export const parts = [createParser, events, createProxy, createEmulator];
export const more = [AzureOpenAI, runTools, structured, clientSecretCredential, msalCredential];
export const agents = [AIProjectClient, ToolSet, enableTelemetry];
export const places = [useChat, fileFromPath];
`;

const SETTINGS = {
  "node16 in a browser project": {
    module: "Node16",
    lib: ["ES2022", "ESNext.Disposable", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
    types: [],
  },
  "a bundler in a worker project": {
    module: "ESNext",
    moduleResolution: "Bundler",
    lib: ["ES2022", "ESNext.Disposable", "WebWorker", "WebWorker.Iterable", "WebWorker.AsyncIterable"],
    types: [],
  },
  "nodenext with Node's types only": {
    module: "NodeNext",
    lib: ["ES2024", "ESNext.Disposable"],
    types: ["node"],
  },
};

test.for(Object.entries(SETTINGS))("compile for %s", async ([name, settings]) => {
  const folder = join(inject("project"), `declarations-${name.replaceAll(/\W+/g, "-")}`);
  mkdirSync(folder);
  writeFileSync(join(folder, "program.ts"), PROGRAM);
  const compilerOptions = {
    ...settings,
    target: "ES2022",
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["program.ts"] }));
  const { code, stdout } = await run([join(root, "node_modules/typescript/bin/tsc"), "-p", folder]);
  expect(stdout).toBe("");
  expect(code).toBe(0);
});

/** All that the declarations need of their surroundings, beside the language: a name more asks more of every user. */
const GLOBALS =
  "AbortSignal Blob File FormData Headers ReadableStream Request RequestInit Response TransformStream URL WritableStream fetch";

const RESOLUTIONS = {
  node16: { module: "Node16" },
  bundler: { module: "ESNext", moduleResolution: "Bundler" },
};

test.for(Object.entries(RESOLUTIONS))("need only the pinned globals under %s", async ([name, settings]) => {
  const folder = join(inject("project"), `globals-${name}`);
  mkdirSync(folder);
  const manifest = join(inject("project"), "node_modules/latchkey/package.json");
  const { exports } = JSON.parse(readFileSync(manifest, "utf8")) as { exports: Record<string, unknown> };
  const entries = Object.keys(exports).filter((path) => path !== "./package.json");
  const lines = entries.map((path, index) => `export * as e${index} from "latchkey${path.slice(1)}";`);
  writeFileSync(join(folder, "program.ts"), lines.join("\n"));
  const compilerOptions = {
    ...settings,
    target: "ES2022",
    lib: ["ES2023", "ESNext.Disposable"],
    types: [],
    strict: true,
    skipLibCheck: false,
    noEmit: true,
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["program.ts"] }));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = await run([tsc, "-p", folder, "--pretty", "false"]);
  const ours = stdout.split("\n").filter((line) => /latchkey[\\/]dist/.test(line));
  const missing = ours.map((line) => /error TS2304: Cannot find name '(\w+)'/.exec(line)?.[1] ?? line);
  expect([...new Set(missing)].sort().join(" ")).toBe(GLOBALS);
});
