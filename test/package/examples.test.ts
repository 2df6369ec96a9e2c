// Every example runs as its first comment says, against the packed package: Node, Deno, and React in Chromium.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { build } from "esbuild";
import { expect, inject, onTestFinished, test } from "vitest";
import { emulatorForTest, root, run, servePage } from "./processes.ts";

const deno = {
  command: join(root, "node_modules/.bin/deno"),
  env: { DENO_NO_UPDATE_CHECK: "1" },
};
const offline = ["--no-remote", "--cached-only", "--node-modules-dir=manual"];

test("node.ts streams, catches an error by kind and stops early", async () => {
  const url = await emulatorForTest();
  const { code, stdout, stderr } = await run(["examples/node.ts", `${url}/models`, "emulator-key"]);
  expect(stderr).toBe("");
  expect(stdout).toMatch(/\w{3,}[\s\S]+finished: stop\ncaught: api, .+\nstopped after: ".+"\n$/);
  expect(code).toBe(0);
});

test("node.ts says how it is used", async () => {
  const { code, stderr } = await run(["examples/node.ts"]);
  expect(stderr).toContain("usage: node node.ts <endpoint> <key>");
  expect(code).toBe(1);
});

test("deno.ts streams, catches an error by kind and aborts", async () => {
  const url = await emulatorForTest();
  const args = [
    "run",
    ...offline,
    "--allow-net=127.0.0.1",
    "examples/deno.ts",
    `${url}/models`,
    "emulator-key",
  ];
  const { code, stdout, stderr } = await run(args, deno);
  expect(stderr).toBe("");
  expect(stdout).toMatch(/\w{3,}[\s\S]+finished: stop\ncaught: api, .+\nstopped: aborted\n$/);
  expect(code).toBe(0);
});

test.each(["deno.ts", "proxy-deno.ts"])("%s passes Deno's own type check", async (file) => {
  const { code, stderr } = await run(
    ["check", "--no-remote", "--node-modules-dir=manual", `examples/${file}`],
    deno,
  );
  expect(stderr).not.toContain("error");
  expect(code).toBe(0);
});

const agentsOutput =
  /^searchable: 1 of 1\n[\s\S]*costs 2 euro 40[\s\S]*】 is assistant-\w+\nstep: tool_calls\n[\s\S]*Sunny in Paris\ncaught: aborted\nfound again: completed\n$/;

test("agents.ts searches a file, calls a function and finds a run again, in Node", async () => {
  const url = await emulatorForTest();
  const { code, stdout, stderr } = await run([
    "examples/agents.ts",
    `${url}/api/projects/demo`,
    "emulator-key",
  ]);
  expect(stderr).toBe("");
  expect(stdout).toMatch(agentsOutput);
  expect(code).toBe(0);
});

test("agents.ts does the same in Deno", async () => {
  const url = await emulatorForTest();
  const program = ["examples/agents.ts", `${url}/api/projects/demo`, "emulator-key"];
  const { code, stdout, stderr } = await run(["run", ...offline, "--allow-net=127.0.0.1", ...program], deno);
  expect(stderr).toBe("");
  expect(stdout).toMatch(agentsOutput);
  expect(code).toBe(0);
});

test("react.tsx sends, answers again, switches between answers, stops a long one and goes on with it", async () => {
  const emulator = await emulatorForTest("--pace", "20");
  const folder = join(inject("project"), "react-page");
  mkdirSync(folder);
  writeFileSync(
    join(folder, "index.html"),
    '<!doctype html><div id="root"></div><script type="module" src="/page.js"></script>',
  );
  await build({
    stdin: {
      contents: `
        import { createRoot } from "react-dom/client";
        import { Chat } from "./examples/react.tsx";
        createRoot(document.querySelector("#root")).render(<Chat url={location.origin} />);`,
      resolveDir: inject("project"),
      loader: "tsx",
    },
    bundle: true,
    format: "esm",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"' },
    outfile: join(folder, "page.js"),
    logLevel: "error",
  });
  const url = await servePage(emulator, folder);

  const executablePath =
    process.env.CHROMIUM ?? (existsSync(chromium.executablePath()) ? undefined : "/usr/bin/chromium");
  const browser = await chromium.launch(executablePath === undefined ? {} : { executablePath });
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  await page.goto(url);

  const send = page.getByRole("button", { name: "Send" });
  const answer = page.getByRole("listitem").last();
  const eventually = <T>(value: () => Promise<T>) => expect.poll(value, { timeout: 20_000 });
  await page.getByLabel("Message").fill("Say hello.");
  await send.click();
  await eventually(() => page.getByRole("listitem").allTextContents()).toHaveLength(2);
  await eventually(() => send.isEnabled()).toBe(true);
  await page.getByRole("button", { name: "Regenerate" }).click();
  await page.getByRole("button", { name: "Answer 2 of 2" }).click();
  await eventually(() => page.getByRole("button", { name: "Answer 1 of 2" }).count()).toBe(1);
  await eventually(() => send.isEnabled()).toBe(true);

  await page.getByLabel("Message").fill("Write a text of 2000 words.");
  await send.click();
  await eventually(() => page.getByRole("listitem").allTextContents()).toHaveLength(4);
  // One that is stopped before its first word has nothing to go on with.
  await eventually(() => answer.textContent()).not.toBe("");
  await page.getByRole("button", { name: "Stop" }).click();
  await eventually(() => send.isEnabled()).toBe(true);
  const stopped = await answer.textContent();
  expect(stopped).not.toBe("");
  await page.getByRole("button", { name: "Continue" }).click();
  await eventually(() => send.isEnabled()).toBe(true);
  const whole = await answer.textContent();
  expect(whole?.startsWith(stopped ?? "-")).toBe(true);
  expect(whole?.length).toBeGreaterThan(stopped?.length ?? 0);
  expect(await page.getByRole("alert").count()).toBe(0);
  expect(problems).toEqual([]);
});
