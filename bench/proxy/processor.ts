/** What a process has used of the processor so far, in ms. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

export function spentBy(pid: number): number {
  try {
    // In nanoseconds and for each thread; the better known counters of Linux tick in 10 ms.
    const threads = readdirSync(`/proc/${pid}/task`);
    return sum(
      threads.map(
        (id) => Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, "utf8").split(" ")[0]) / 1e6,
      ),
    );
  } catch {
    const text = execFileSync("ps", ["-o", "time=", "-p", String(pid)], { encoding: "utf8" }).trim();
    const [seconds = 0, minutes = 0, hours = 0] = text.split(/[-:]/).map(Number).toReversed();
    return ((hours * 60 + minutes) * 60 + seconds) * 1000;
  }
}

function sum(values: number[]): number {
  return values.reduce((all, one) => all + one, 0);
}
