// What the worker is configured with: the user's .dev.vars when it names an upstream, else the emulator.
// Written to a private file for wrangler, because process arguments are visible to every user of a machine.
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const EMULATOR_KEY = "emulator-key";
export const EMULATOR_MODELS = ["gpt-5-mini", "gpt-4.1", "Phi-4", "DeepSeek-R1"];

/**
 * @param {string} file
 * @returns {Record<string, string>} empty when there is no such file
 */
export function readVars(file) {
  /** @type {Record<string, string>} */
  const vars = {};
  if (!existsSync(file)) return vars;
  for (const line of readFileSync(file, "utf8").split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line);
    if (match === null) continue;
    const [, name = "", raw = ""] = match;
    const quoted = /^(["'`])(.*)\1(?:\s+#.*)?$/.exec(raw);
    vars[name] = quoted === null ? raw.replace(/(^|\s+)#.*$/, "") : (quoted[2] ?? "");
  }
  return vars;
}

/**
 * Fills in what only the starter knows (where the page is) and what no one wants to invent (a secret).
 * @param {Record<string, string>} vars
 * @param {string[]} pageOrigins
 * @returns {Record<string, string>}
 */
export function completeVars(vars, pageOrigins) {
  const listed = (vars.ALLOWED_ORIGINS ?? "").split(",").map((origin) => origin.trim());
  const origins = new Set([...listed.filter(Boolean), ...pageOrigins]);
  return {
    ...vars,
    ALLOWED_ORIGINS: [...origins].join(","),
    SESSION_SECRET: vars.SESSION_SECRET || randomBytes(32).toString("base64url"),
  };
}

/**
 * @param {string} url the emulator's address
 * @param {string[]} models
 * @returns {Record<string, string>}
 */
export function emulatorVars(url, models) {
  return {
    UPSTREAM_KIND: "inference",
    UPSTREAM_URL: `${url}/models`,
    UPSTREAM_KEY: EMULATOR_KEY,
    MODELS: models.join(","),
  };
}

/**
 * @param {Record<string, string>} vars
 * @returns {{ folder: string, file: string }} a folder only this user can read
 */
export function writeVars(vars) {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-"));
  const file = join(folder, "worker.env");
  const text = Object.entries(vars)
    .map(([name, value]) => `${name}=${quote(name, value)}\n`)
    .join("");
  writeFileSync(file, text, { mode: 0o600 });
  return { folder, file };
}

/**
 * wrangler expands `$NAME` in values even inside quotes, so a `$` in a key needs its backslash.
 * @param {string} name
 * @param {string} value
 */
function quote(name, value) {
  const mark = ["'", "`", '"'].find((candidate) => !value.includes(candidate));
  if (mark === undefined) throw new Error(`${name} contains all three kinds of quotation mark.`);
  return mark + value.replaceAll("$", "\\$") + mark;
}
