// Finds a Chromium that runs, or gets one: Playwright's own, the system's, Playwright's download, then apt.
// The choice reaches tests through the environment variable CHROMIUM, the path of an executable; it is left unset
// when Playwright's own browser is used.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Explained, root } from "./install.mjs";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const DOWNLOAD_TIMEOUT_MS = 180_000;
const APT_TIMEOUT_MS = 300_000;

/**
 * @param {(text: string) => void} say
 * @returns {Promise<string | undefined>} the executable, or undefined for Playwright's own
 */
export async function ensureChromium(say) {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const { chromium } = await import("@playwright/test");
  const own = chromium.executablePath();
  if (runs(own)) return undefined;
  const installed = systemChromium();
  if (installed !== undefined) return installed;

  say("No Chromium on this machine: downloading the one Playwright was made with.");
  const download = [
    process.execPath,
    join(root, "node_modules/@playwright/test/cli.js"),
    "install",
    "chromium",
  ];
  if (attempt(download, DOWNLOAD_TIMEOUT_MS) && runs(own)) return undefined;

  if (process.platform === "linux" && process.getuid?.() === 0 && onPath("apt-get") !== undefined) {
    say("That did not give a browser that runs: installing Debian's package chromium with apt-get.");
    attempt(["apt-get", "update"], APT_TIMEOUT_MS);
    attempt(["apt-get", "install", "-y", "--no-install-recommends", "chromium"], APT_TIMEOUT_MS);
    const fresh = systemChromium();
    if (fresh !== undefined) return fresh;
  }
  throw new Explained(
    "No Chromium could be found or installed, so the end-to-end tests can't run. Install one, for example with\n" +
      "  sudo apt-get install chromium     or     npx playwright install --with-deps chromium\n" +
      "or name an executable: CHROMIUM=/path/to/chromium npm test",
  );
}

/** @returns {string | undefined} */
export function systemChromium() {
  for (const name of NAMES) {
    const path = onPath(name);
    if (path !== undefined && runs(path)) return path;
  }
  return undefined;
}

/** A browser whose system libraries are missing exists but doesn't start. @param {string} path */
function runs(path) {
  return existsSync(path) && spawnSync(path, ["--version"], { timeout: 20_000 }).status === 0;
}

/** @param {string} name */
function onPath(name) {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/bin", "/usr/local/bin"];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/**
 * @param {string[]} command
 * @param {number} timeout
 */
function attempt([command = "", ...args], timeout) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"], timeout, env }).status === 0;
}
