// End-to-end tests: the page in Chromium against the real worker and emulator, each test process with a stack of its
// own (e2e/stack.ts). CHROMIUM names a browser to use instead of Playwright's own.
import { existsSync } from "node:fs";
import { chromium, defineConfig } from "@playwright/test";

const SYSTEM_CHROMIUM = "/usr/bin/chromium";

function executablePath(): string | undefined {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  return !existsSync(chromium.executablePath()) && existsSync(SYSTEM_CHROMIUM) ? SYSTEM_CHROMIUM : undefined;
}

const executable = executablePath();
const isRoot = process.getuid?.() === 0;

export default defineConfig({
  testDir: "e2e",
  fullyParallel: false,
  workers: 2,
  forbidOnly: process.env.CI !== undefined,
  timeout: 30_000,
  expect: { timeout: 10_000 },
  reporter: "list",
  use: {
    browserName: "chromium",
    viewport: { width: 1280, height: 800 },
    permissions: ["clipboard-read", "clipboard-write"],
    screenshot: "only-on-failure",
    trace: "on-first-retry",
    launchOptions: {
      ...(executable === undefined ? {} : { executablePath: executable }),
      args: [
        ...(isRoot ? ["--no-sandbox"] : []),
        "--disable-dev-shm-usage",
        // The browser looks no name up: whatever a page asks for elsewhere fails, and the tests see that it asked.
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
        "--disable-component-update",
        "--disable-background-networking",
        "--disable-sync",
        "--no-pings",
        "--no-first-run",
      ],
    },
  },
});
