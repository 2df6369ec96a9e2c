// A person's habits: keys, the palette, the page's settings, paper, and the page without a network.
import { expectNoViolations } from "./axe.ts";
import { type Chat, expect, test } from "./chat.ts";

const palette = (chat: Chat) => chat.page.getByRole("dialog", { name: "All commands" });
const help = (chat: Chat) => chat.page.getByRole("dialog", { name: "Keyboard shortcuts" });

/** Out of the box where a letter is a letter. */
async function leaveFields(chat: Chat): Promise<void> {
  await chat.page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
}

test("Users find a command by typing and run it with Enter", async ({ chat }) => {
  await chat.open();
  await chat.message.press("Control+k");
  const field = palette(chat).getByRole("combobox", { name: "Find a command" });
  await expect(field).toBeFocused();
  await field.fill("keyb");
  await expect(palette(chat).getByRole("option")).toHaveCount(1);
  await expect(palette(chat).getByRole("status")).toHaveText("1 found");
  await field.press("Enter");
  await expect(palette(chat)).toBeHidden();
  await expect(help(chat)).toBeVisible();
});

test("Users move through the palette with the arrows, and a reader hears the choice", async ({ chat }) => {
  await chat.open();
  await chat.message.press("Control+k");
  const field = palette(chat).getByRole("combobox");
  await expect(field).toBeFocused();
  const chosen = palette(chat).getByRole("option", { selected: true });
  const first = await chosen.textContent();
  await field.press("ArrowDown");
  await expect(chosen).not.toHaveText(first ?? "");
  await expect(field).toHaveAttribute("aria-activedescendant", (await chosen.getAttribute("id")) ?? "");
  await field.press("ArrowUp");
  await field.press("ArrowUp");
  await expect(palette(chat).getByRole("option").last()).toHaveAttribute("aria-selected", "true");
  await field.press("Escape");
  await expect(palette(chat)).toBeHidden();
  await expect(chat.message).toBeFocused();
});

test("Users open a conversation and choose a model from the palette", async ({ chat }) => {
  const { page } = chat;
  await chat.open();
  await chat.ask("Echo: sailing boats");
  await chat.button("New chat").click();
  await page.keyboard.press("Control+k");
  await palette(chat).getByRole("combobox").fill("sailing");
  await page.keyboard.press("Enter");
  await expect(chat.log).toContainText("sailing boats");
  await page.keyboard.press("Control+k");
  await palette(chat).getByRole("combobox").fill("phi-4 models");
  await palette(chat).getByRole("option", { name: "Phi-4" }).click();
  await expect(chat.model).toHaveValue("Phi-4");
});

test("Users work with single keys outside of text fields", async ({ chat }) => {
  const { page } = chat;
  await chat.open();
  await chat.ask("Echo: to be copied");
  await leaveFields(chat);
  await page.keyboard.press("c");
  await expect(page.getByText("Copied.", { exact: true })).toBeVisible();
  await page.keyboard.press("r");
  await expect(page.getByRole("group", { name: "Versions" })).toContainText("2 of 2");
  await expect(chat.answer()).toContainText("Done");
  await leaveFields(chat);
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox", { name: "Search conversations" })).toBeFocused();
  await leaveFields(chat);
  await page.keyboard.press("n");
  await expect(page.getByRole("heading", { name: "What would you like to ask?" })).toBeVisible();
  await leaveFields(chat);
  await page.keyboard.press("m");
  await expect(chat.message).toBeFocused();
  await expect(chat.message).toHaveValue("");
});

test("Users go to another room with two keys", async ({ chat }) => {
  const { page } = chat;
  await chat.open();
  await leaveFields(chat);
  await page.keyboard.press("g");
  await page.keyboard.press("e");
  await expect(page).toHaveURL(/\/embeddings$/);
  await expect(page.getByRole("heading", { name: "A map of meaning" })).toBeVisible();
  await leaveFields(chat);
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await expect(page).toHaveURL(/\/$/);
});

test("Letters that users write are letters", async ({ chat }) => {
  await chat.open();
  await chat.message.focus();
  await chat.page.keyboard.type("?ngcrt/");
  await expect(chat.message).toHaveValue("?ngcrt/");
  await expect(chat.page).toHaveURL(/\/$/);
  await expect(help(chat)).toBeHidden();
});

test("Users read all keys on one sheet, also while they write", async ({ chat }) => {
  await chat.open();
  await chat.message.press("Control+/");
  await expect(help(chat)).toContainText("Search conversations");
  await chat.button("Close").click();
  await expect(help(chat)).toBeHidden();
  await leaveFields(chat);
  await chat.page.keyboard.press("?");
  await expect(help(chat)).toBeVisible();
  // Nothing else happens meanwhile.
  await chat.page.keyboard.press("t");
  expect(await chat.page.evaluate(() => document.documentElement.dataset.theme)).toBeUndefined();
});

test("Users switch single keys off and they stay off", async ({ chat }) => {
  const { page } = chat;
  await chat.open();
  await chat.message.press("Control+/");
  await help(chat).getByRole("checkbox").uncheck();
  await page.keyboard.press("Escape");
  await page.reload();
  await expect(chat.model).toBeEnabled();
  await leaveFields(chat);
  await page.keyboard.press("?");
  await page.keyboard.press("Control+k");
  await expect(palette(chat)).toBeVisible();
  await expect(help(chat)).toBeHidden();
});

test("Escape closes the palette and leaves the answer on its way", async ({ chat }) => {
  await chat.open();
  await chat.send("Write 5000 words about rivers");
  await expect(chat.answer()).toContainText("Answering");
  await chat.page.keyboard.press("Control+k");
  await expect(palette(chat)).toBeVisible();
  await chat.page.keyboard.press("Escape");
  await expect(palette(chat)).toBeHidden();
  await expect(chat.answer()).toContainText("Answering");
  await chat.message.press("Escape");
  await expect(chat.answer()).toContainText("Stopped");
});

test("Users choose a theme in the settings and keep it", async ({ chat }) => {
  const { page } = chat;
  await chat.open();
  await chat.button("Settings of this page").click();
  const settings = page.getByRole("dialog", { name: "Settings of this page" });
  await expect(settings.getByRole("radio", { name: "System" })).toBeFocused();
  await settings.getByRole("radio", { name: "Dark" }).check();
  await page.keyboard.press("Escape");
  await expect(settings).toBeHidden();
  await expect(chat.button("Settings of this page")).toBeFocused();
  await page.reload();
  expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe("dark");
});

for (const width of [390, 1280]) {
  test(`axe finds nothing in palette, sheet and settings, ${width} pixels wide`, async ({ chat }) => {
    const { page } = chat;
    await page.setViewportSize({ width, height: 800 });
    await chat.open();
    for (const theme of ["light", "dark"]) {
      await page.evaluate((name) => document.documentElement.setAttribute("data-theme", name), theme);
      await page.keyboard.press("Control+k");
      await expect(palette(chat).getByRole("combobox")).toBeFocused();
      await expectNoViolations(page);
      await page.keyboard.press("Escape");
      await page.keyboard.press("Control+/");
      await expect(help(chat)).toBeVisible();
      await expectNoViolations(page);
      await page.keyboard.press("Escape");
      await chat.button("Settings of this page").click();
      await expect(page.getByRole("radio", { name: "Dark" })).toBeVisible();
      await expectNoViolations(page);
      await page.keyboard.press("Escape");
    }
  });
}

for (const path of ["/", "/images", "/audio", "/embeddings", "/agents", "/spending"]) {
  test(`Nothing sticks out at ${path}, from a phone to a wide screen`, async ({ chat }) => {
    await chat.visit(path);
    await expect(chat.page.getByRole("navigation", { name: "Rooms" })).toBeVisible();
    for (const width of [360, 768, 1440]) {
      await chat.page.setViewportSize({ width, height: 800 });
      await expect
        .poll(() => chat.page.evaluate(() => document.documentElement.scrollWidth - innerWidth))
        .toBeLessThanOrEqual(0);
    }
  });
}

test("A printed conversation has what was said and nothing to press", async ({ chat }) => {
  const { page } = chat;
  await chat.open();
  await chat.ask("Show me everything you can render in markdown");
  await page.emulateMedia({ media: "print" });
  await expect(chat.log.getByText("Show me everything you can render in markdown")).toBeVisible();
  await expect(chat.answer().locator(".markdown")).toBeVisible();
  for (const button of await page.getByRole("button").all()) await expect(button).toBeHidden();
  for (const hidden of ["header.header", ".dock", ".sidebar"])
    await expect(page.locator(hidden)).toBeHidden();
  const paper = (selector: string) =>
    page
      .locator(selector)
      .first()
      .evaluate((element) => getComputedStyle(element).backgroundColor);
  expect([await paper("html"), await paper(".question")]).toEqual(["rgba(0, 0, 0, 0)", "rgba(0, 0, 0, 0)"]);
  const link = chat.answer().locator("a[href^=http]").first();
  const address = await link.getAttribute("href");
  const printed = await link.evaluate((element) => getComputedStyle(element, "::after").content);
  expect(printed).toContain(address ?? "no link");
  const cut = await page.evaluate(
    () =>
      [...document.querySelectorAll(".code-text")].filter((code) => code.scrollWidth > code.clientWidth + 1)
        .length,
  );
  expect(cut).toBe(0);
});

test.describe("Without a network", () => {
  test.use({ serviceWorkers: "allow" });

  test("users open every room again and read their conversations", async ({ chat }) => {
    const { page } = chat;
    await chat.open();
    await chat.ask("Echo: kept for a train ride");
    const conversation = page.url();
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
    await page.context().setOffline(true);
    await page.goto(conversation);
    await expect(chat.log).toContainText("kept for a train ride");
    await expect(page.getByText("You are offline.", { exact: false })).toBeVisible();
    const rooms = page.getByRole("navigation", { name: "Rooms" });
    for (const room of ["Images", "Audio", "Embeddings", "Agents", "Usage"]) {
      await rooms.getByRole("link", { name: room }).click();
      await expect(rooms.getByRole("link", { name: room })).toHaveAttribute("aria-current", "page");
    }
    await page.context().setOffline(false);
  });

  test("the page keeps its files and nothing that was said or answered", async ({ chat }) => {
    const { page } = chat;
    await chat.open();
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
    await page.reload();
    await expect(chat.model).toBeEnabled();
    await chat.ask("Echo: a secret");
    const kept = await page.evaluate(async () => {
      const paths: string[] = [];
      for (const name of await caches.keys()) {
        for (const { url } of await (await caches.open(name)).keys()) paths.push(new URL(url).pathname);
      }
      return paths;
    });
    expect(kept).toContain("/");
    expect(kept).toContain("/agents");
    expect(kept.filter((path) => /session|v1|usage|sign/.test(path))).toEqual([]);
    expect(
      kept.filter((path) => !/^\/([\w-]*|assets\/[\w.-]+|[\w-]+\.(js|svg|png|webmanifest))$/.test(path)),
    ).toEqual([]);
  });
});

test("The page can be installed", async ({ chat }) => {
  const { page } = chat;
  await chat.open();
  const href = await page.locator("link[rel=manifest]").getAttribute("href");
  const response = await page.request.get(new URL(href ?? "", page.url()).href);
  expect(response.headers()["content-type"]).toContain("application/manifest+json");
  const { icons, start_url, display } = await response.json();
  expect([start_url, display]).toEqual(["/", "standalone"]);
  for (const { src, type } of icons) {
    const icon = await page.request.get(new URL(src, page.url()).href);
    expect([icon.status(), icon.headers()["content-type"]]).toEqual([200, type]);
  }
});
