// The official Go SDKs as callers. Versions and hashes are in go.mod and go.sum.
//   node interop/run.mjs go
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { must, output, runLanguage } from "../language.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const build = join(here, ".build");
const OLDEST_MINOR = 26;

/** Each a module of its own: azopenai is there as it is today and as it was with a client of its own. */
const programs = ["today", "standalone"].map((name) => ({
  folder: join(here, name),
  binary: join(build, name),
}));

function absent() {
  const minor = /go1\.(\d+)/.exec(output("go", ["version"]) ?? "")?.[1];
  if (minor === undefined) return "go is not on the PATH";
  if (Number(minor) < OLDEST_MINOR) return `go is 1.${minor}, older than 1.${OLDEST_MINOR}`;
  return undefined;
}

await runLanguage({
  name: "Go",
  hint: "brew install go, or go.dev/dl",
  absent,
  install() {
    mkdirSync(build, { recursive: true });
    for (const { folder, binary } of programs)
      must("go", ["build", "-mod=readonly", "-buildvcs=false", "-o", binary, "."], folder);
  },
  programs: ({ certificate }) =>
    programs.map(({ folder, binary }) => ({
      command: binary,
      args: [],
      cwd: folder,
      env: { SSL_CERT_FILE: certificate },
    })),
});
