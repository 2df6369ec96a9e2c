/** Chromium for measuring: Playwright's own, or the system's where that is absent. CHROMIUM names another. */
import { existsSync } from "node:fs";
import { chromium } from "@playwright/test";

const SYSTEM = ["/usr/bin/chromium", "/usr/bin/google-chrome"];

export function chromiumPath(): string | undefined {
  return [process.env.CHROMIUM, chromium.executablePath(), ...SYSTEM].find(
    (path) => path !== undefined && existsSync(path),
  );
}

export function chromiumOptions(): { executablePath: string; args: string[] } {
  const executablePath = chromiumPath();
  if (executablePath === undefined)
    throw new Error(
      "There is no Chromium here: sudo apt-get install chromium, or npx playwright install chromium.",
    );
  const args = [
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    "--disable-dev-shm-usage",
    // The browser looks no name up and fetches nothing by itself.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--disable-component-update",
    "--disable-background-networking",
    "--no-first-run",
  ];
  return { executablePath, args };
}
