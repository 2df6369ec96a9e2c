/**
 * The libraries and programs that are compared with. They are installed in this folder by its own package.json, so that
 * nobody else pays for them; a candidate whose package is absent is left out and named.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

export const INSTALL = "npm ci --prefix bench";

/** Its version; undefined where it is absent, and everywhere with BENCH_WITHOUT_PEERS, which is for tests. */
export function installed(name: string): string | undefined {
  if (process.env.BENCH_WITHOUT_PEERS) return undefined;
  try {
    const path = new URL(`./node_modules/${name}/package.json`, import.meta.url);
    return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
  } catch {
    return undefined;
  }
}

/** All peers with the versions that are asked for. */
export function wanted(): Readonly<Record<string, string>> {
  const manifest = readFileSync(new URL("./package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { dependencies: Record<string, string> }).dependencies;
}

/** What every candidate's file exports as its default. */
export interface Entry {
  readonly name: string;
  /** What of this folder's package.json it needs. */
  readonly packages?: readonly string[];
}

export interface Listed {
  readonly path: string;
  readonly file: string;
  /** By what stands in the file, which isn't loaded: `packages: [...]`. */
  readonly packages: readonly string[];
  readonly absent: readonly string[];
}

/** The candidates of a section: the files of its folder `candidates`, those in front first that are named so. */
export function candidatesOf(section: string, first: readonly string[] = []): Listed[] {
  const folder = new URL(`./${section}/candidates/`, import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts"));
  const place = (file: string) => {
    const at = first.indexOf(file.replace(/\.ts$/, ""));
    return at === -1 ? first.length : at;
  };
  files.sort((one, other) => place(one) - place(other) || one.localeCompare(other));
  return files.map((file) => {
    const path = fileURLToPath(new URL(file, folder));
    const list = /packages: \[([^\]]*)\]/.exec(readFileSync(path, "utf8"))?.[1] ?? "";
    const packages = [...list.matchAll(/"([^"]+)"/g)].map(([, name]) => name!);
    return { path, file, packages, absent: packages.filter((name) => installed(name) === undefined) };
  });
}

/** Those that can run here, loaded, and a note about the others. */
export async function loadCandidates<C extends Entry>(
  section: string,
  first: readonly string[] = [],
): Promise<{ candidates: C[]; notes: string[] }> {
  const listed = candidatesOf(section, first);
  const present = listed.filter(({ absent }) => absent.length === 0);
  const candidates: C[] = [];
  for (const { path } of present) {
    candidates.push(((await import(pathToFileURL(path).href)) as { default: C }).default);
  }
  return { candidates, notes: notesOf(listed) };
}

export function notesOf(listed: readonly Listed[]): string[] {
  const absent = [...new Set(listed.flatMap((one) => one.absent))];
  return absent.length === 0 ? [] : [`left out, because not installed (${INSTALL}): ${absent.join(", ")}`];
}
