// Stands by while a stack runs and ends it when its starter can't: killed outright, or out of memory.
// Reads lines on stdin ("group <pid>", "ended <pid>", "folder <path>"); the end of stdin means that the starter is gone.
import { rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { killGroup } from "./kill-group.mjs";

const groups = new Set();
const folders = new Set();

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});

for await (const line of createInterface({ input: process.stdin })) {
  const [word, ...rest] = line.split(" ");
  const value = rest.join(" ");
  if (word === "group") groups.add(Number(value));
  if (word === "ended") groups.delete(Number(value));
  if (word === "folder") folders.add(value);
}

const alive = () => [...groups].filter((pid) => killGroup(pid, 0));
for (const pid of groups) killGroup(pid, "SIGTERM");
for (let waited = 0; waited < 3000 && alive().length > 0; waited += 100) await sleep(100);
for (const pid of alive()) killGroup(pid, "SIGKILL");
for (const folder of folders) rmSync(folder, { recursive: true, force: true });
