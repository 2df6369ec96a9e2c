// The page as it is deployed: built, served by the worker under its strict policy. Any violation is a console error,
// which the fixture does not forgive.
import { gzipSync } from "node:zlib";
import type { Page } from "@playwright/test";
import { type Chat, expect, test } from "./chat.ts";
import { HOSTILE } from "./hostile.ts";

test.use({ built: true });

test("The built page is served with its policy, and nothing may frame it", async ({ chat }) => {
  const response = await chat.page.request.get(await addressOf(chat));
  const policy = response.headers()["content-security-policy"] ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).toContain("require-trusted-types-for 'script'");
  expect(await response.text()).toContain('http-equiv="Content-Security-Policy"');
  expect(response.headers()["x-content-type-options"]).toBe("nosniff");
});

test("Users of the built page chat without a violation of its policy", async ({ chat }) => {
  const violations = await watchViolations(chat.page);
  await chat.open();
  await chat.button("Settings of this page").click();
  await chat.page.getByRole("radio", { name: "Dark" }).check();
  await chat.page.keyboard.press("Escape");
  await chat.ask("Show me everything you can render in markdown");
  await chat.button("Copy answer").click();
  await chat.ask(`Echo: ${HOSTILE}`);
  await chat.send("Write 5000 words about rivers");
  await expect(chat.answer()).toContainText("Answering");
  await chat.message.press("Escape");
  await expect(chat.answer()).toContainText("Stopped");
  expect(await violations()).toEqual([]);
});

test("Users of the built page work with an agent without a violation of its policy", async ({ chat }) => {
  const { page } = chat;
  const violations = await watchViolations(page);
  await chat.visit("/agents");
  await page.getByRole("textbox", { name: "Name" }).fill("Timekeeper");
  await page.getByRole("button", { name: "Create agent" }).click();
  await chat.button("What time is it here?").click();
  await expect(chat.answer()).toContainText("Done · Timekeeper");
  await expect(page.getByRole("list", { name: "Steps" })).toContainText("get_local_time");
  expect(await violations()).toEqual([]);
});

test("The first load is at most 90 KB of compressed JavaScript", async ({ chat }) => {
  const sizes: Promise<number>[] = [];
  chat.page.on("response", (response) => {
    if (!response.url().endsWith(".js")) return;
    sizes.push(response.body().then(gzipSize));
  });
  await chat.open();
  const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  test.info().annotations.push({ type: "first load, gzip", description: `${(total / 1000).toFixed(1)} KB` });
  expect(total).toBeLessThanOrEqual(90_000);
});

async function addressOf(chat: Chat): Promise<string> {
  await chat.open();
  return chat.page.url();
}

async function watchViolations(page: Page): Promise<() => Promise<unknown>> {
  await page.addInitScript(() => {
    const violations: string[] = [];
    Object.assign(globalThis, { violations });
    addEventListener("securitypolicyviolation", (event) => {
      violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`);
    });
  });
  return () => page.evaluate(() => Reflect.get(globalThis, "violations") as unknown);
}

function gzipSize(bytes: Buffer): number {
  return gzipSync(bytes, { level: 9 }).length;
}
