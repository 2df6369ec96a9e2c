import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "./chat.ts";

async function expectNoViolations(page: Page): Promise<void> {
  // The package declares its Page from its own copy of Playwright's types.
  const { violations } = await new AxeBuilder({ page } as ConstructorParameters<
    typeof AxeBuilder
  >[0]).analyze();
  expect(violations.map(({ id, nodes }) => ({ id, nodes: nodes.map((node) => node.html) }))).toEqual([]);
}

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`In the ${colorScheme} theme`, () => {
    test.use({ colorScheme });

    test("axe finds nothing before the first message and while one is written", async ({ chat }) => {
      await chat.open();
      await expectNoViolations(chat.page);
      await chat.message.fill("Hello");
      await expectNoViolations(chat.page);
    });

    test("axe finds nothing while an answer streams and when it was stopped", async ({ chat }) => {
      await chat.open();
      await chat.send("Write 5000 words about rivers");
      await expect(chat.answer()).toContainText("rivers");
      await expectNoViolations(chat.page);
      await chat.message.press("Escape");
      await expect(chat.answer()).toContainText("Stopped");
      await expectNoViolations(chat.page);
    });

    test("axe finds nothing in a long answer with a table and code", async ({ chat }) => {
      await chat.open();
      await chat.ask("Show me everything you can render in markdown");
      await expectNoViolations(chat.page);
    });

    test("axe finds nothing in reasoning, a cut answer and its retry", async ({ chat }) => {
      await chat.open();
      await chat.choose("DeepSeek-R1");
      await chat.ask("Why is the sky blue?");
      await chat.choose("fault-cut");
      await chat.send("Echo: one two three four five six seven eight");
      await expect(chat.answer()).toContainText("Cut off");
      await expectNoViolations(chat.page);
      await chat.choose("gpt-5-mini");
      await chat.button("Retry").click();
      await expect(chat.answer()).toContainText("Done");
      await expectNoViolations(chat.page);
    });

    test("axe finds nothing when the service refuses", async ({ chat }) => {
      await chat.open();
      await chat.choose("fault-content-filter");
      await chat.send("Hello");
      await expect(chat.answer()).toContainText("Failed");
      await expectNoViolations(chat.page);
    });

    test("axe finds nothing on a phone", async ({ chat }) => {
      await chat.page.setViewportSize({ width: 360, height: 740 });
      await chat.open();
      await chat.ask("Make a table comparing apples, pears and plums");
      await expectNoViolations(chat.page);
    });
  });
}

test("Users can work by keyboard only", { tag: "@firefox" }, async ({ chat }) => {
  const { page } = chat;
  await chat.open();
  await expect(chat.message).toBeFocused();

  // Up to the model: from the box back over the examples and the header's buttons.
  const pressUntilFocused = async (key: string, target: ReturnType<Page["getByRole"]>) => {
    for (let presses = 0; presses < 12; presses += 1) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await page.keyboard.press(key);
    }
    await expect(target).toBeFocused();
  };
  await pressUntilFocused("Shift+Tab", chat.model);
  await page.keyboard.type("Phi");
  await expect(chat.model).toHaveValue("Phi-4");

  await pressUntilFocused("Tab", chat.message);
  await page.keyboard.type("Echo: hello\n");
  await expect(chat.answer()).toContainText("Done · Phi-4");
  await expect(chat.message).toBeFocused();

  await pressUntilFocused("Shift+Tab", chat.button("Copy answer"));
  await page.keyboard.press("Enter");
  expect(await chat.clipboard()).toBe("hello");

  await pressUntilFocused("Tab", chat.message);
  await page.keyboard.type("Write 5000 words about lakes\n");
  await expect(chat.answer()).toContainText("Answering");
  await page.keyboard.press("Escape");
  await expect(chat.answer()).toContainText("Stopped");
  await pressUntilFocused("Shift+Tab", chat.button("Retry"));
  await page.keyboard.press("Enter");
  await expect(chat.message).toBeFocused();
  await page.keyboard.press("Escape");
});

test("Users of a screen reader hear two sentences per answer, and no tokens", { tag: "@firefox" }, async ({
  chat,
}) => {
  await chat.open();
  await chat.page.evaluate(() => {
    const heard: string[] = [];
    Object.assign(globalThis, { heard });
    for (const region of document.querySelectorAll("[role=status], [role=alert], [aria-live=polite]")) {
      new MutationObserver(() => heard.push(region.textContent ?? "")).observe(region, {
        childList: true,
        characterData: true,
        subtree: true,
      });
    }
  });
  await chat.send("Write 300 words about rivers");
  await expect(chat.log).toHaveAttribute("aria-busy", "true");
  await expect(chat.log).toHaveAttribute("aria-live", "off");
  await expect(chat.answer()).toContainText("Done");
  await expect(chat.log).toHaveAttribute("aria-busy", "false");
  const heard = await chat.page.evaluate(() => Reflect.get(globalThis, "heard") as unknown);
  expect(heard).toEqual(["gpt-5-mini is answering.", "Answer finished."]);
});

test("A phone user can send a message", async ({ browser, stack }) => {
  const context = await browser.newContext({
    viewport: { width: 360, height: 740 },
    hasTouch: true,
    isMobile: true,
  });
  const page = await context.newPage();
  await page.goto(stack.page);
  await expect(page.getByRole("combobox", { name: "Model" })).toBeEnabled();
  await page.getByRole("textbox", { name: "Message" }).tap();
  await page.keyboard.type("Show me everything you can render in markdown");
  await page.getByRole("button", { name: "Send" }).tap();
  await expect(page.getByRole("article")).toContainText("Done");
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  for (const button of await page.getByRole("button").all()) {
    const box = await button.boundingBox();
    expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(24);
  }
  await context.close();
});

test("Users keep the theme they chose, and follow the system until then", async ({ chat }) => {
  const { page } = chat;
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await page.emulateMedia({ colorScheme: "light" });
  await chat.open();
  const light = await background();
  await page.emulateMedia({ colorScheme: "dark" });
  const dark = await background();
  expect(dark).not.toBe(light);

  const choose = async (theme: string) => {
    await chat.button("Settings of this page").click();
    await page.getByRole("radio", { name: theme }).check();
    await page.keyboard.press("Escape");
  };
  await choose("Light");
  expect(await background()).toBe(light);
  await page.reload();
  expect(await background()).toBe(light);
  await choose("System");
  expect(await background()).toBe(dark);
  expect(await page.evaluate(() => localStorage.length)).toBe(0);
});

test("Users who want less motion see none", async ({ chat }) => {
  await chat.page.emulateMedia({ reducedMotion: "reduce" });
  await chat.open();
  await chat.choose("fault-slow-headers");
  await chat.send("Hello");
  await expect(chat.answer()).toContainText("Waiting for the model");
  expect(await chat.page.evaluate(() => document.getAnimations().length)).toBe(0);
});
