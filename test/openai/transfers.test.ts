// 200 MB as streams, from a process with the client to a process with the emulator and back, with the memory of both
// watched from outside. The worker's figures are in worker/test/transfers.test.ts.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const MB = 1024 * 1024;
const SIZE = 200 * MB;
const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const children: ChildProcess[] = [];
let emulator: ChildProcess;
let url: string;

function start(...args: string[]): ChildProcess {
  const env = { ...process.env, NODE_OPTIONS: "" };
  const child = spawn(process.execPath, ["--conditions=latchkey-source", ...args], {
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  children.push(child);
  return child;
}

/** The line of a program's output that matches. */
async function said(child: ChildProcess, pattern: RegExp): Promise<string> {
  let text = "";
  return new Promise((resolve, reject) => {
    child.stdout!.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
      const found = pattern.exec(text);
      if (found) resolve(found[1] ?? "");
    });
    child.once("exit", () => reject(new Error(`The program ended after ${JSON.stringify(text)}.`)));
  });
}

beforeAll(async () => {
  emulator = start(pathOf("../../bin/latchkey.ts"), "emulator", "--port", "0", "--pace", "0");
  url = await said(emulator, /Emulator on (http:\S+)/);
}, 30_000);

afterAll(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill();
    await once(child, "exit");
  }
});

/** Resident memory of a process, in bytes. */
function memory({ pid }: ChildProcess): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) * 1024;
}

/** Has the file sent or taken once more, and says by how many MB the client and the emulator grew meanwhile. */
async function round(client: ChildProcess, direction: string): Promise<[number, number]> {
  const both = [client, emulator];
  const before = both.map(memory);
  let most = before;
  const look = (): void => {
    most = both.map((child, index) => Math.max(most[index]!, memory(child)));
  };
  const done = said(client, /(done)/);
  const started = Date.now();
  client.stdin!.write("go\n");
  const watch = setInterval(look, 20);
  try {
    await done;
    look();
  } finally {
    clearInterval(watch);
  }
  const [mine = 0, theirs = 0] = most.map((bytes, index) => Math.round((bytes - before[index]!) / MB));
  console.log(
    `200 MB ${direction} in ${Date.now() - started} ms: client +${mine} MB, emulator +${theirs} MB`,
  );
  return [mine, theirs];
}

/**
 * Node reads a socket into a new buffer of 64 KiB each time, and lets 50 to 70 MB of them gather before it collects the
 * first: a bare `fetch`, and a server that only drains what it's sent, grow as much. It happens once in a process.
 */
const ONCE = 100;
/** From then on. */
const GROWTH = 40;

describe.skipIf(process.platform !== "linux")(
  "200 MB: a process grows by what the runtime lets gather, once, then by 40 MB at most",
  () => {
    test.each(["up", "down"] as const)(
      "%s, for the client and for the emulator",
      async (direction) => {
        const client = start(pathOf("transfer.ts"), url, direction, `${SIZE}`);
        await said(client, /(ready)/);
        const first = await round(client, direction);
        expect(Math.max(...first)).toBeLessThanOrEqual(ONCE);
        // When the collector comes is its own business: of two rounds one may be unlucky.
        const rounds = [await round(client, direction), await round(client, direction)];
        for (const index of [0, 1] as const)
          expect(Math.min(...rounds.map((growth) => growth[index]))).toBeLessThanOrEqual(GROWTH);
        client.stdin!.end();
        expect(await once(client, "exit")).toEqual([0, null]);
      },
      60_000,
    );
  },
);
