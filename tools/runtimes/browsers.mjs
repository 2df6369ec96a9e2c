// Gets the browsers of the portable suite that are absent, where that can be done without asking: as root, with apt-get.
// What stays absent is named by the run itself, with the command that installs it.
import { spawnSync } from "node:child_process";
import { PLACES } from "./places.mjs";

const APT_TIMEOUT_MS = 300_000;

/** @param {(text: string) => void} say */
export function installAbsentBrowsers(say) {
  const absent = PLACES.filter(({ packages, version }) => packages !== undefined && version() === undefined);
  if (absent.length === 0 || process.platform !== "linux" || process.getuid?.() !== 0) return;
  const packages = absent.flatMap(({ packages: names = "" }) => names.split(" "));
  say(
    `Absent: ${absent.map(({ name }) => name).join(", ")}. Installing Debian's ${packages.join(", ")} with apt-get.`,
  );
  apt(["update"]);
  apt(["install", "-y", "--no-install-recommends", ...packages]);
}

/** @param {string[]} args */
function apt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  spawnSync("apt-get", args, { stdio: ["ignore", "inherit", "inherit"], timeout: APT_TIMEOUT_MS, env });
}
