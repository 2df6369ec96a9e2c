// The page in another language, and written from right to left.
import type { Page } from "@playwright/test";
import { expectNoViolations } from "./axe.ts";
import { type Chat, expect, test } from "./chat.ts";

async function speakGerman({ page }: Chat): Promise<void> {
  await page.getByRole("button", { name: "Settings of this page" }).click();
  await page.getByRole("combobox", { name: "Language" }).selectOption("de");
  await expect(page.getByRole("dialog", { name: "Einstellungen dieser Seite" })).toBeVisible();
  await page.keyboard.press("Escape");
}

async function rememberGerman(page: Page): Promise<void> {
  await page.addInitScript(() => {
    // It runs in the empty page before, too, which has no store.
    if (location.protocol === "http:") localStorage.setItem("latchkey-language", "de");
  });
}

/** What Lighthouse, a search engine and a screen reader go by. */
const languageOf = (page: Page) => page.evaluate(() => document.documentElement.lang);

test("Users choose another language at once, and keep it in every room", async ({ chat }) => {
  const { page } = chat;
  await chat.open();
  await chat.message.fill("Ein Entwurf");
  await speakGerman(chat);
  await expect(page.getByRole("heading", { name: "Was möchten Sie fragen?" })).toBeVisible();
  await expect(page.getByRole("textbox", { name: "Nachricht" })).toHaveValue("Ein Entwurf");
  expect(await languageOf(page)).toBe("de");
  await page.getByRole("link", { name: "Verbrauch" }).click();
  await expect(page.getByRole("heading", { name: "Verbrauch", exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: "Früher" })).toBeVisible();
  const month = new Intl.DateTimeFormat("de", { month: "long", year: "numeric", timeZone: "UTC" });
  await expect(page.getByText(month.format(new Date()))).toBeVisible();
  expect(await languageOf(page)).toBe("de");
});

test("An answer on its way goes on when the language changes", async ({ chat }) => {
  const { page } = chat;
  await chat.open();
  await chat.send("Write 5000 words about rivers");
  await expect(chat.answer()).toContainText("Answering");
  await speakGerman(chat);
  const answer = page.getByRole("article");
  await expect(answer).toContainText("Antwortet");
  const before = (await answer.textContent())?.length ?? 0;
  await expect.poll(async () => (await answer.textContent())?.length).toBeGreaterThan(before);
  await page.getByRole("textbox", { name: "Nachricht" }).press("Escape");
  await expect(answer).toContainText("Angehalten");
  await expect(answer.getByRole("button", { name: "Antwort kopieren" })).toBeVisible();
});

test("Users whose browser speaks German are spoken to in German", async ({ chat }) => {
  const { page } = chat;
  await page.addInitScript(() => {
    Object.defineProperty(navigator, "languages", { get: () => ["de-AT", "en"] });
  });
  await chat.visit("/");
  await expect(page.getByRole("heading", { name: "Was möchten Sie fragen?" })).toBeVisible();
  await page.getByRole("textbox", { name: "Nachricht" }).fill("Echo: hallo");
  await page.getByRole("button", { name: "Senden" }).click();
  await expect(page.getByRole("article")).toContainText("Fertig");
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("option", { name: "Neue Unterhaltung" })).toBeVisible();
});

test("Users who cannot load their language read English", async ({ chat }) => {
  const { page } = chat;
  await rememberGerman(page);
  await page.route("**/assets/de-*", (route) => route.abort());
  await chat.open();
  await expect(page.getByRole("heading", { name: "What would you like to ask?" })).toBeVisible();
  await page.getByRole("button", { name: "Settings of this page" }).click();
  await page.getByRole("combobox", { name: "Language" }).selectOption("de");
  await expect(page.getByRole("alert")).toHaveText(
    "This language could not be loaded. Check that you are online.",
  );
  await expect(page.getByRole("combobox", { name: "Language" })).toHaveValue("en");
});

for (const path of ["/images", "/audio", "/embeddings", "/agents", "/spending"]) {
  test(`No English is left at ${path} in German, and nothing sticks out`, async ({ chat }) => {
    const { page } = chat;
    await rememberGerman(page);
    await page.setViewportSize({ width: 360, height: 800 });
    await chat.visit(path);
    await expect(page.getByRole("navigation", { name: "Räume" })).toBeVisible();
    await page.waitForLoadState("networkidle");
    const shown = await page.locator("body").innerText();
    expect(shown.match(/\b(the|and|your|this|with|page|what|is|are)\b/gi) ?? []).toEqual([]);
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    await expectNoViolations(page);
  });
}

for (const width of [390, 1280]) {
  test(`From right to left the page is its own mirror image, ${width} pixels wide`, async ({ chat }) => {
    const { page } = chat;
    await page.setViewportSize({ width, height: 800 });
    await chat.open();
    await chat.ask("Show me everything you can render in markdown");
    const parts = {
      brand: page.locator(".brand"),
      settings: chat.button("Settings of this page"),
      send: chat.button("Send"),
      question: page.locator(".question"),
      attach: chat.button("Attach files"),
    };
    const places = async () =>
      Object.fromEntries(
        await Promise.all(
          Object.entries(parts).map(async ([name, part]) => {
            const box = await part.boundingBox();
            if (!box) throw new Error(`${name} is not shown`);
            return [name, { start: box.x, end: width - box.x - box.width }] as const;
          }),
        ),
      );
    await page.evaluate(() => scrollTo(0, 0));
    const leftToRight = await places();
    await page.evaluate(() => document.documentElement.setAttribute("dir", "rtl"));
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    const rightToLeft = await places();
    for (const [name, { start, end }] of Object.entries(leftToRight)) {
      expect.soft(Math.abs(rightToLeft[name]!.end - start), `${name}, its beginning`).toBeLessThanOrEqual(16);
      expect.soft(Math.abs(rightToLeft[name]!.start - end), `${name}, its end`).toBeLessThanOrEqual(16);
    }
    await expectNoViolations(page);
    await page.keyboard.press("Control+k");
    await expect(page.getByRole("dialog", { name: "All commands" })).toBeVisible();
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
  });
}

for (const path of ["/images", "/audio", "/embeddings", "/agents", "/spending"]) {
  test(`From right to left nothing sticks out at ${path}`, async ({ chat }) => {
    const { page } = chat;
    await chat.visit(path);
    await expect(page.getByRole("navigation", { name: "Rooms" })).toBeVisible();
    await page.evaluate(() => document.documentElement.setAttribute("dir", "rtl"));
    for (const width of [360, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      await expect.poll(() => overflowOf(page)).toBeLessThanOrEqual(0);
    }
    const brand = await page.locator(".brand").boundingBox();
    expect(brand?.x).toBeGreaterThan(640);
  });
}

/** To either side: what sticks out on the left can't be scrolled to in a page from left to right. */
function overflowOf(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
