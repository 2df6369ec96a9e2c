// The official Python SDKs as callers. Two environments, because one package is there in two generations.
//   node interop/run.mjs python
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { must, once, output, runLanguage } from "../language.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const windows = process.platform === "win32";
const PYTHON = windows ? "python" : "python3";
const OLDEST_MINOR = 10;

const environments = [
  {
    folder: join(here, ".venv"),
    pins: join(here, "requirements.txt"),
    programs: ["openai_checks.py", "inference_checks.py", "agents_checks.py", "projects_checks.py"],
  },
  {
    folder: join(here, ".venv-beta"),
    pins: join(here, "requirements-beta.txt"),
    programs: ["projects_beta_checks.py"],
  },
];

/** @param {string} folder */
const pythonOf = (folder) => join(folder, ...(windows ? ["Scripts", "python.exe"] : ["bin", "python"]));

function absent() {
  const minor = /^Python 3\.(\d+)/.exec(output(PYTHON, ["--version"]) ?? "")?.[1];
  if (minor === undefined) return `${PYTHON} is not on the PATH`;
  if (Number(minor) < OLDEST_MINOR) return `${PYTHON} is 3.${minor}, older than 3.${OLDEST_MINOR}`;
  if (output(PYTHON, ["-c", "import venv, ensurepip"]) === undefined) return `${PYTHON} has no module venv`;
  return undefined;
}

function install() {
  for (const { folder, pins } of environments) {
    mkdirSync(folder, { recursive: true });
    once(folder, [pins], () => {
      must(PYTHON, ["-m", "venv", "--clear", folder], here);
      const pip = ["-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--requirement", pins];
      must(pythonOf(folder), pip, here);
    });
  }
}

await runLanguage({
  name: "Python",
  hint: "apt-get install python3 python3-venv, brew install python, or python.org",
  absent,
  install,
  programs: ({ certificate }) =>
    environments.flatMap(({ folder, programs }) =>
      programs.map((program) => ({
        command: pythonOf(folder),
        args: [program],
        cwd: here,
        // requests, which azure-core calls by, reads the first; OpenSSL and with it httpx the second.
        env: { REQUESTS_CA_BUNDLE: certificate, SSL_CERT_FILE: certificate, PYTHONDONTWRITEBYTECODE: "1" },
      })),
    ),
});
