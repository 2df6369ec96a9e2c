import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "./chat.ts";

test("Users draw a map of lines and see which are nearest to one", { tag: "@firefox" }, async ({ chat }) => {
  const { page } = chat;
  await chat.visit("/embeddings");
  const lines = page.getByRole("textbox", { name: "Lines" });
  await lines.fill("red apples in a bowl\nred apples on a table\nthe train is late\nthe train is very late");
  await chat.button("Draw the map").click();
  const map = page.getByRole("radiogroup", { name: "Map of the lines" });
  await expect(map.getByRole("radio")).toHaveCount(4);
  await map.getByRole("radio", { name: "the train is late", exact: true }).click();
  const nearest = page.getByRole("region", { name: "Nearest lines" });
  await expect(nearest.getByRole("rowheader").first()).toHaveText("the train is very late");
});

test("Users go from point to point of the map with arrow keys", async ({ chat }) => {
  const { page } = chat;
  await chat.visit("/embeddings");
  await chat.button("Draw the map").click();
  const points = page.getByRole("radiogroup", { name: "Map of the lines" }).getByRole("radio");
  await points.first().focus();
  await page.keyboard.press("ArrowRight");
  await expect(points.nth(1)).toBeFocused();
  await expect(points.nth(1)).toBeChecked();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await expect(points.last()).toBeChecked();
});

test("Users are told how many lines a map takes", async ({ chat }) => {
  const { page } = chat;
  await chat.visit("/embeddings");
  const lines = page.getByRole("textbox", { name: "Lines" });
  await lines.fill("one\ntwo");
  await chat.button("Draw the map").click();
  await expect(page.getByRole("alert")).toContainText("at least 3 different lines; here are 2");
  await lines.fill(Array.from({ length: 201 }, (_, index) => `line ${index}`).join("\n"));
  await chat.button("Draw the map").click();
  await expect(page.getByRole("alert")).toContainText("At most 200 lines; here are 201");
});

test("Users see what they have used, by day and by model", { tag: "@firefox" }, async ({ chat }) => {
  const { page } = chat;
  await chat.open();
  await chat.ask("Echo: twelve words for the account");
  await page.getByRole("navigation", { name: "Rooms" }).getByRole("link", { name: "Usage" }).click();
  await expect(page.getByRole("heading", { name: "Usage" })).toBeVisible();
  const requests = page.getByRole("definition").first();
  await expect(requests).toHaveText("1");
  await expect(page.getByRole("meter", { name: "Tokens today" })).toBeVisible();
  const models = page.getByRole("region", { name: "By model" });
  await expect(models.getByRole("rowheader")).toHaveText(["gpt-5-mini"]);
  await page.getByText("As a table").click();
  await expect(page.getByRole("figure").getByRole("rowheader")).toHaveText(/^\d{4}-\d{2}-\d{2}$/);
  await page.getByRole("radio", { name: "Money" }).check();
  await expect(models.getByRole("columnheader", { name: "Money" })).toBeVisible();
});

test("Users look at the month before and come back", async ({ chat }) => {
  const { page } = chat;
  await chat.visit("/spending");
  await expect(chat.button("Later")).toBeDisabled();
  const now = await page.getByRole("status").first().textContent();
  await chat.button("Earlier").click();
  await expect(page.getByText("Nothing was used in this month.")).toBeVisible();
  await chat.button("Later").click();
  await expect(page.getByRole("status").first()).toHaveText(now ?? "");
});

test("Users are told when the worker cannot tell what they have used", async ({ chat }) => {
  const { page } = chat;
  await page.route("**/usage?*", (route) => route.fulfill({ status: 503, body: "{}" }));
  await chat.visit("/spending");
  await expect(page.getByRole("alert")).toContainText("the worker answered 503");
  await page.unroute("**/usage?*");
  await chat.button("Try again").click();
  await expect(page.getByRole("meter", { name: "Tokens today" })).toBeVisible();
});

test("Users draw pictures, change one and remove another", async ({ chat }) => {
  const { page } = chat;
  await chat.visit("/images");
  await page.getByRole("textbox", { name: "What to draw" }).fill("A quiet harbour at dawn");
  await page.getByRole("spinbutton", { name: "How many" }).fill("2");
  await chat.button("Draw").click();
  const pictures = page.getByRole("list", { name: "Pictures" }).getByRole("listitem");
  await expect(pictures).toHaveCount(2);
  await expect(pictures.first().getByRole("img")).toHaveAttribute("src", /^data:image\/png;base64,/);
  await expect(pictures.first().getByRole("link", { name: "Save" })).toHaveAttribute(
    "download",
    "a-quiet-harbour-at-dawn.png",
  );
  await pictures.first().getByRole("button", { name: "Change" }).click();
  await page.getByRole("textbox", { name: "What to change" }).fill("Add a lighthouse");
  await page.getByRole("spinbutton", { name: "How many" }).fill("1");
  await chat.button("Change the picture").click();
  await expect(pictures).toHaveCount(3);
  await expect(pictures.first().getByRole("img")).toHaveAccessibleName("Add a lighthouse");
  await pictures.last().getByRole("button", { name: "Remove" }).click();
  await expect(pictures).toHaveCount(2);
});

test("Users watch a picture become clearer", { tag: "@firefox" }, async ({ chat }) => {
  const { page } = chat;
  await chat.visit("/images");
  await page.getByRole("textbox", { name: "What to draw" }).fill("A quiet harbour at dawn");
  const seen = page.getByRole("img", { name: "Preview of a picture on its way" }).waitFor();
  await chat.button("Draw").click();
  await seen;
  await expect(page.getByRole("img", { name: "A quiet harbour at dawn" })).toBeVisible();
});

test("Users hear a text and save it", { tag: "@firefox" }, async ({ chat }) => {
  const { page } = chat;
  await chat.visit("/audio");
  await page.getByRole("textbox", { name: "Text" }).fill("The tide comes in at noon.");
  await page.getByRole("combobox", { name: "Voice" }).selectOption("nova");
  await chat.button("Speak").click();
  const speech = page.getByLabel("Speech", { exact: true });
  await expect(speech).toBeVisible();
  await expect
    .poll(() => speech.evaluate((element: HTMLAudioElement) => element.duration))
    .toBeGreaterThan(0.5);
  await expect(page.getByRole("link", { name: "Save", exact: true })).toHaveAttribute(
    "download",
    "speech.wav",
  );
});

test("Users read what is said in a recording, with times, and save subtitles", async ({ chat }) => {
  const { page } = chat;
  await chat.visit("/audio");
  await page.getByLabel("Recording").setInputFiles({
    name: "talk.wav",
    mimeType: "audio/wav",
    buffer: silence(3),
  });
  await chat.button("Write down").click();
  await expect(page.getByRole("columnheader", { name: "What is said" })).toBeVisible();
  await expect(page.getByRole("rowheader").first()).toHaveText("0:00");
  const link = page.getByRole("link", { name: "Save transcript.srt" });
  expect(decodeURIComponent((await link.getAttribute("href")) ?? "")).toContain("00:00:00,000 --> ");
});

test("Users are told which recordings are taken", async ({ chat }) => {
  const { page } = chat;
  await chat.visit("/audio");
  const recording = page.getByLabel("Recording");
  await recording.setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no") });
  await expect(page.getByRole("alert")).toContainText("notes.txt is no recording: wav, mp3");
  await recording.setInputFiles({ name: "empty.wav", mimeType: "audio/wav", buffer: Buffer.alloc(0) });
  await expect(page.getByRole("alert")).toContainText("empty.wav is empty");
  await expect(chat.button("Write down")).toBeDisabled();
});

/** A recording of nothing: 8 kHz, 8 bits, one channel. */
function silence(seconds: number): Buffer {
  const samples = Buffer.alloc(seconds * 8000, 0x80);
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(8000, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write("data", 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

for (const path of ["/images", "/audio", "/embeddings", "/spending"]) {
  for (const width of [390, 1280]) {
    test(`axe finds nothing at ${path}, ${width} pixels wide`, async ({ chat }) => {
      const { page } = chat;
      await page.setViewportSize({ width, height: 800 });
      await chat.visit(path);
      if (path === "/embeddings") {
        await chat.button("Draw the map").click();
        await expect(page.getByRole("radiogroup")).toBeVisible();
      } else if (path === "/spending") {
        await expect(page.getByRole("meter").first()).toBeVisible();
      } else {
        await expect(page.getByRole("combobox", { name: "Model" }).first()).toBeEnabled();
      }
      for (const theme of ["light", "dark"]) {
        await page.evaluate((name) => document.documentElement.setAttribute("data-theme", name), theme);
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
      }
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
    });
  }
}
