// What the worker is configured with: the user's .dev.vars when it names an upstream, else the emulator.
// What a user got wrong there is found here, by name; whether the values are right is the worker's to say.
// Written to a private file for wrangler, because process arguments are visible to every user of a machine.
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Explained } from "./install.mjs";

export const EMULATOR_KEY = "emulator-key";
export const EMULATOR_MODELS = [
  ...["gpt-5-mini", "gpt-4.1", "Phi-4", "DeepSeek-R1"],
  // For what the page has besides chat.
  ...["whisper", "tts-1", "gpt-image-1", "dall-e-3", "text-embedding-3-small"],
];

/** What a service is described by; without an address the rest of it means nothing. */
const OF_A_SERVICE = ["UPSTREAM_KIND", "UPSTREAM_KEY", "UPSTREAM_API_VERSION"];
/** Where agents are; who the proxy is there. Either of the first two means a real project. */
const PROJECTS = ["PROJECT_ENDPOINT", "PROJECT_CONNECTION_STRING"];
const KNOWN = [
  ...["UPSTREAM_URL", ...OF_A_SERVICE],
  ...["MODELS", "ALLOWED_ORIGINS", "SESSION_SECRET", "CALLER_KEYS", "ENTRA"],
  ...["CALLER_LIMITS", "EVERYONE_LIMITS", "PRICES"],
  ...["SESSION_SECRET_PREVIOUS", "TURNSTILE_SECRET", "BACKEND_SECRET", "OPERATOR_KEYS"],
  ...["OTLP_LOGS_URL", "OTLP_HEADERS"],
  ...[...PROJECTS, "PROJECT_API_VERSION", "PROJECT_SCOPE", "PROJECT_MODELS", "PROJECT_AGENTS"],
  ...["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE"],
  ...["AZURE_CLIENT_PRIVATE_KEY", "AZURE_FEDERATED_TOKEN", "AZURE_AUTHORITY_HOST"],
];
const PREFIXES = ["PROJECT_", "UPSTREAM_", "ALLOWED_", "SESSION_", "CALLER_"];
const MAX_TYPOS = 2;

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
 * Whether the emulator answers: it does until an address is given. MODELS alone choose among its models.
 * @param {Record<string, string>} vars
 * @throws {Explained} when a service is described without its address
 */
export function meansEmulator(vars) {
  if (vars.UPSTREAM_URL) return false;
  const given = OF_A_SERVICE.filter((name) => vars[name]);
  if (given.length === 0) return true;
  throw new Explained(
    `.dev.vars sets ${given.join(", ")} but no UPSTREAM_URL, the address of the service.\n` +
      "Set it (see .dev.vars.example), or take the others out to use the emulator.",
  );
}

/**
 * One line for each name that looks like one of ours and is none.
 * @param {Record<string, string>} vars
 */
export function misspelt(vars) {
  return Object.keys(vars).flatMap((name) => {
    if (KNOWN.includes(name)) return [];
    const upper = name.toUpperCase();
    const [nearest] = KNOWN.map((known) => ({ known, typos: distance(upper, known) })).sort(
      (one, other) => one.typos - other.typos,
    );
    const ours = PREFIXES.some((prefix) => upper.startsWith(prefix));
    if (nearest === undefined || !(ours || nearest.typos <= MAX_TYPOS)) return [];
    return [`.dev.vars: ${name} is not a variable of the proxy; did you mean ${nearest.known}?`];
  });
}

/**
 * Letters to insert, remove or replace until one text is the other.
 * @param {string} one
 * @param {string} other
 */
function distance(one, other) {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [at, letter] of [...one].entries()) {
    const next = [at + 1];
    for (const [index, against] of [...other].entries()) {
      const replaced = (row[index] ?? 0) + (letter === against ? 0 : 1);
      next.push(Math.min(replaced, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}

/**
 * The models to offer from the emulator: those of .dev.vars, else the usual ones.
 * @param {string} wanted MODELS of .dev.vars, may be empty
 * @param {string[]} offered what the emulator has
 * @param {boolean} faults whether its models that fail come too
 * @throws {Explained} when the emulator lacks one
 */
export function emulatorModels(wanted, offered, faults) {
  const entries = wanted
    .split(",")
    .map((entry) => entry.trim())
    .filter(Boolean);
  const absent = entries.filter((entry) => !offered.includes((entry.split("=")[1] ?? entry).trim()));
  if (absent.length > 0) {
    const usual = offered.filter((name) => !name.startsWith("fault-"));
    throw new Explained(
      `MODELS in .dev.vars names ${absent.join(", ")}, which the emulator does not have.\n` +
        `It has ${usual.join(", ")} and fault-<scenario>. A real service needs UPSTREAM_URL beside MODELS.`,
    );
  }
  const failing = faults ? offered.filter((name) => name.startsWith("fault-")) : [];
  return [...new Set([...(entries.length > 0 ? entries : EMULATOR_MODELS), ...failing])];
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
    // The dialect in which the emulator has everything; callers of the others are translated to it.
    UPSTREAM_KIND: "openai",
    UPSTREAM_URL: `${url}/v1`,
    UPSTREAM_KEY: EMULATOR_KEY,
    MODELS: models.join(","),
    // Nobody pays here: so that the page has something to count with.
    PRICES: models.map((model) => `${model}=0.25/2`).join(","),
    CALLER_LIMITS: "tokensPerDay=5000000,moneyPerDay=10",
  };
}

/** The project of the emulator, by which pages and scripts find it: `<proxy>/api/projects/demo`. */
export const EMULATOR_PROJECT = "demo";
export const EMULATOR_IDENTITY = { tenantId: "emulator", clientId: "latchkey" };

/**
 * Whether the emulator's project answers: it does until .dev.vars names one.
 * @param {Record<string, string>} vars
 */
export function meansEmulatorProject(vars) {
  return PROJECTS.every((name) => !vars[name]);
}

/**
 * @param {string} url the emulator's address
 * @param {{ url: string, clientSecret: string }} issuer who gives tokens for it
 * @returns {Record<string, string>}
 */
export function emulatorProjectVars(url, issuer) {
  return {
    PROJECT_ENDPOINT: `${url}/api/projects/${EMULATOR_PROJECT}`,
    AZURE_TENANT_ID: EMULATOR_IDENTITY.tenantId,
    AZURE_CLIENT_ID: EMULATOR_IDENTITY.clientId,
    AZURE_CLIENT_SECRET: issuer.clientSecret,
    AZURE_AUTHORITY_HOST: issuer.url,
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
