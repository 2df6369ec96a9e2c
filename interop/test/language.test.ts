import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const environment = {
  LATCHKEY_URL: "http://127.0.0.1:9",
  LATCHKEY_KEY: "test-key",
  LATCHKEY_PROJECT: "demo",
  LATCHKEY_CONNECTION: "127.0.0.1:9;subscription;group;era",
  TRUTH: "http://127.0.0.1:9",
};

function run(name: string, env: Record<string, string>) {
  const script = fileURLToPath(new URL(`../${name}/run.mjs`, import.meta.url));
  // No program is found on this path.
  return spawnSync(process.execPath, [script], { encoding: "utf8", env: { PATH: "/nowhere", ...env } });
}

describe.each([
  ["python", "Python: python3 is not on the PATH", "apt-get install python3 python3-venv"],
  ["go", "Go: go is not on the PATH", "go.dev/dl"],
  ["java", "Java: java or javac is not on the PATH", "apt-get install openjdk-17-jdk-headless maven"],
])("the runner of %s", (name, what, command) => {
  test("names the absent tool and the command that installs it", () => {
    const { status, stderr, stdout } = run(name, environment);
    expect({ status, stdout }).toEqual({ status: 69, stdout: "" });
    expect(stderr).toContain(what);
    expect(stderr).toContain(command);
  });

  test("names what the environment lacks", () => {
    const { TRUTH: _, ...rest } = environment;
    const { status, stderr } = run(name, rest);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^TRUTH not set: .*interop\/run\.mjs/);
  });
});
