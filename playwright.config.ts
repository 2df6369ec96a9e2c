// End-to-end tests: the page in Chromium and Firefox against the real worker and emulator, each test process with a
// stack of its own (e2e/stack.ts). CHROMIUM and FIREFOX name a browser to use instead of Playwright's own.
import { existsSync } from "node:fs";
import { chromium, defineConfig, firefox } from "@playwright/test";

const isRoot = process.getuid?.() === 0;

/** A browser that is asked for, or the system's where Playwright's own is absent. */
function launchOf(asked: string | undefined, own: string, system: string): { executablePath?: string } {
  if (asked) return { executablePath: asked };
  return !existsSync(own) && existsSync(system) ? { executablePath: system } : {};
}

const chromiumLaunch = launchOf(process.env.CHROMIUM, chromium.executablePath(), "/usr/bin/chromium");
const firefoxLaunch = launchOf(process.env.FIREFOX, firefox.executablePath(), "/usr/bin/firefox-esr");

export default defineConfig({
  testDir: "e2e",
  globalSetup: "./e2e/build-page.ts",
  fullyParallel: false,
  workers: 2,
  forbidOnly: process.env.CI !== undefined,
  // A second try is counted as "flaky" and its trace is kept; locally a test that fails once is to be looked at.
  retries: process.env.CI === undefined ? 0 : 1,
  timeout: 30_000,
  expect: { timeout: 10_000 },
  reporter: "list",
  use: {
    viewport: { width: 1280, height: 800 },
    // They stand between the page and the routes that tests set; tests of them allow them.
    serviceWorkers: "block",
    screenshot: "only-on-failure",
    trace: "on-first-retry",
  },
  projects: [
    {
      name: "chromium",
      use: {
        browserName: "chromium",
        permissions: ["clipboard-read", "clipboard-write"],
        launchOptions: {
          ...chromiumLaunch,
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
    },
    {
      name: "firefox",
      // What is a matter of the engine (a whole file, or what carries the tag); the rest runs in Chromium only.
      grep: /@firefox|(?:^|[ /])(?:conversation|safety)\.spec\.ts/,
      use: {
        browserName: "firefox",
        // A system's Firefox is spoken to over WebDriver BiDi.
        ...(firefoxLaunch.executablePath === undefined ? {} : { channel: "moz-firefox" }),
        launchOptions: firefoxLaunch,
      },
    },
  ],
});
