// Turns keys into commands: single ones, and two that follow each other soon enough.
import { run } from "./run.ts";
import { commandAt, isBeginning } from "./table.ts";

const TOGETHER_MS = 1_500;
let before = "";
let pressedAt = 0;

export function press(key: string): void {
  const now = performance.now();
  const second = before !== "" && now - pressedAt < TOGETHER_MS ? commandAt(`${before} ${key}`) : undefined;
  before = "";
  const command = second ?? commandAt(key);
  if (command !== undefined) run(command.id);
  else if (isBeginning(key)) {
    before = key;
    pressedAt = now;
  }
}
