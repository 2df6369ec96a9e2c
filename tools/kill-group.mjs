// One signal for a child and everything that the child has started.
import { spawnSync } from "node:child_process";

/**
 * Signals a whole process group; signal 0 asks whether anything of it is left.
 * @param {number} pid
 * @param {NodeJS.Signals | 0} signal
 * @returns {boolean} whether the group existed
 */
export function killGroup(pid, signal) {
  try {
    if (process.platform !== "win32") return process.kill(-pid, signal);
    // Windows has no process groups; taskkill /T walks the tree instead.
    if (signal === 0) return process.kill(pid, 0);
    return spawnSync("taskkill", ["/pid", String(pid), "/t", "/f"]).status === 0;
  } catch {
    return false;
  }
}
