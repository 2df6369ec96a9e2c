// The command `npx latchkey`, as installed from the tarball.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";
import { emulatorForTest, latchkey, root, run, startEmulator, stop } from "./processes.ts";

test("--help explains both commands", async () => {
  const { code, stdout, stderr } = await run([latchkey(), "--help"]);
  expect(stdout).toMatch(/emulator[\s\S]+--port[\s\S]+key <name>/);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});

test.for([["key"], ["key", "two words"]])("refuses %j with two lines, not the whole help", async (args) => {
  const { stderr } = await run([latchkey(), ...args]);
  expect(stderr.trimEnd().split("\n")).toHaveLength(2);
  expect(stderr).toMatch(/\nUsage: npx latchkey key <name>\n$/);
});

test("in a clone the command is a script of npm", async () => {
  const { code, stderr } = await run(["--conditions=latchkey-source", "bin/latchkey.ts", "key"], {
    cwd: root,
  });
  expect(stderr).toContain("Usage: npm run latchkey -- key <name>");
  expect(code).toBe(2);
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: object };
  expect(manifest.scripts).toHaveProperty("latchkey", "node --conditions=latchkey-source bin/latchkey.ts");
});

test("--version prints the package's version", async () => {
  const { code, stdout } = await run([latchkey(), "--version"]);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(code).toBe(0);
});

test.for([
  { args: [], says: "a command is missing" },
  { args: ["serve"], says: 'there is no command "serve"' },
  { args: ["emulator", "--port", "http"], says: "--port takes a whole number from 0 to 65535" },
  { args: ["emulator", "--port", "70000"], says: "--port takes a whole number from 0 to 65535" },
  { args: ["emulator", "--pace=-1"], says: "--pace takes a whole number" },
  { args: ["emulator", "--speed", "1"], says: "--speed" },
  { args: ["emulator", "now"], says: "now" },
  { args: ["key"], says: "`key` takes one name" },
  { args: ["key", "a", "b"], says: "`key` takes one name" },
  { args: ["key", "two words"], says: "letters, digits" },
])("refuses $args with exit code 2 and the reason", async ({ args, says }) => {
  const { code, stdout, stderr } = await run([latchkey(), ...args]);
  expect(stderr.split("\n")[0]).toContain(says);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
});

test("check says what a configuration means, and what is wrong with it", async () => {
  const folder = inject("project");
  const write = (name: string, models: string) =>
    writeFileSync(
      join(folder, name),
      `import { defineConfig } from "latchkey/proxy";
export default defineConfig({
  upstreams: { main: { kind: "openai", url: "https://api.openai.com/v1", key: "a-key-of-the-service" } },
  models: ${models},
  origins: ["https://app.example"],
  session: { secret: "a secret that is only for this test run" },
});
`,
    );
  write("good.config.mjs", '{ "gpt-5-mini": { upstream: "main" } }');
  write("bad.config.mjs", '{ "gpt-5-mini": { upstream: "elsewhere" } }');
  const good = await run([latchkey(), "check", "good.config.mjs"], { cwd: folder });
  expect(good.stdout).toMatch(/gpt-5-mini/);
  expect(good.stdout).toMatch(/https:\/\/app\.example/);
  expect(good.stdout).not.toContain("a-key-of-the-service");
  expect(good).toMatchObject({ code: 0, stderr: "" });
  const bad = await run([latchkey(), "check", "bad.config.mjs"], { cwd: folder });
  expect(bad.stdout).toContain("upstream");
  expect(bad.code).toBe(1);
});

test("key prints a key and the hash that the proxy knows it by", async () => {
  const { code, stdout } = await run([latchkey(), "key", "laptop"]);
  const key = /^ {2}(lk_\S+)$/m.exec(stdout)?.[1] ?? "";
  expect(stdout).toContain(`laptop:${createHash("sha256").update(key).digest("hex")}`);
  expect(code).toBe(0);
});

test("emulator answers a chat completion and ends on SIGTERM", async () => {
  const { url, child } = await startEmulator();
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer emulator-key", "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt-5-mini", messages: [{ role: "user", content: "Hello" }] }),
  });
  const { choices } = (await response.json()) as { choices: { message: { content: string } }[] };
  expect(choices[0]?.message.content).toBeTruthy();
  expect(await stop(child)).toBe(0);
});

test("emulator gives the same answer for the same seed", async () => {
  const ask = async () => {
    const url = await emulatorForTest("--seed", "7");
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: "Bearer emulator-key", "content-type": "application/json" },
      body: JSON.stringify({ model: "gpt-5-mini", messages: [{ role: "user", content: "A table, please" }] }),
    });
    return ((await response.json()) as { choices: unknown }).choices;
  };
  expect(await ask()).toEqual(await ask());
});

test("emulator says so when its port is taken", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await new Promise((ready) => server.once("listening", ready));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const { code, stderr } = await run([latchkey(), "emulator", "--port", String(port)]);
  expect(stderr).toContain(`Port ${port} is taken`);
  expect(code).toBe(1);
});
