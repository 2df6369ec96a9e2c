// WebKitGTK's MiniBrowser by the WebDriver protocol: as much of a client as opening one page takes.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { killGroup } from "../kill-group.mjs";
import { freePort } from "../ports.mjs";

const READY_MS = 15_000;

const LIBRARIES = "/usr/lib";

/** Debian keeps the browser beside the library, in a folder named after the machine's kind and the library's version. */
function browserPath() {
  if (!existsSync(LIBRARIES)) return undefined;
  const folders = (/** @type {string} */ path) =>
    readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(path, name));
  return folders(LIBRARIES)
    .flatMap(folders)
    .filter((path) => /[\\/]webkit2gtk-4\.[^\\/]*$/.test(path))
    .map((path) => join(path, "MiniBrowser"))
    .filter((path) => existsSync(path))
    .sort()
    .at(-1);
}

/** The library's version as Debian names it, or undefined where something is missing. */
export function webKitVersion() {
  const found = (/** @type {string} */ name) => spawnSync("which", [name]).status === 0;
  if (browserPath() === undefined || !["WebKitWebDriver", "xvfb-run", "xauth"].every(found)) return undefined;
  const { stdout } = spawnSync("dpkg-query", ["--status", "webkit2gtk-driver"], { encoding: "utf8" });
  return /^Version: ([\d.]+\d)/m.exec(stdout ?? "")?.[1] ?? "installed";
}

/**
 * @param {string} url the page to open
 * @returns {Promise<{ version: string, close: () => Promise<void> }>}
 */
export async function openWebKit(url) {
  const port = await freePort(0, new Set());
  const args = ["-a", "WebKitWebDriver", `--port=${port}`, "--host=127.0.0.1"];
  const driver = spawn("xvfb-run", args, {
    stdio: "ignore",
    detached: true,
    env: {
      ...process.env,
      WEBKIT_DISABLE_DMABUF_RENDERER: "1",
      LIBGL_ALWAYS_SOFTWARE: "1",
      NO_AT_BRIDGE: "1",
    },
  });
  const stop = () => driver.pid !== undefined && killGroup(driver.pid, "SIGKILL");
  process.once("exit", stop);

  /** @param {string} method @param {string} path @param {object} [body] */
  const call = async (method, path, body) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`WebDriver: ${JSON.stringify(value)}`);
    return value;
  };
  try {
    await untilReady(() => call("GET", "/status"));
    const { sessionId, capabilities } = await call("POST", "/session", {
      capabilities: {
        alwaysMatch: {
          "webkitgtk:browserOptions": { binary: browserPath(), args: ["--automation"] },
        },
      },
    });
    await call("POST", `/session/${sessionId}/url`, { url });
    const close = async () => {
      await call("DELETE", `/session/${sessionId}`).catch(() => {});
      stop();
      process.off("exit", stop);
    };
    return { version: capabilities.browserVersion, close };
  } catch (error) {
    stop();
    throw error;
  }
}

/** @param {() => Promise<unknown>} ask */
async function untilReady(ask) {
  const end = Date.now() + READY_MS;
  for (;;) {
    try {
      await ask();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
