// The agents room: agents are made, talked with, watched at their work and given files, through the worker.
import { AxeBuilder } from "@axe-core/playwright";
import type { Locator, Page } from "@playwright/test";
import { type Chat, expect, test } from "./chat.ts";

const NOTES = `# Lighthouse notes

The lamp of Farrow Point burns whale oil and is lit at dusk.

The keeper's cat is called Beacon and sleeps on the logbook.
`;

async function openRoom({ page }: Chat, open: (path: string) => Promise<void>): Promise<void> {
  await open("/agents");
  await expect(page.getByRole("heading", { name: "New agent" })).toBeVisible();
}

async function makeAgent(page: Page, name: string, tools: readonly string[] = []): Promise<void> {
  await page.getByRole("textbox", { name: "Name" }).fill(name);
  await page.getByRole("textbox", { name: "Instructions" }).fill("Be brief.");
  for (const label of [/^Search files/, /^Run code/, /^Functions of this page/]) {
    const box = page.getByRole("checkbox", { name: label });
    await box.setChecked(tools.some((tool) => label.test(tool)));
  }
  await page.getByRole("button", { name: "Create agent" }).click();
  await expect(page.getByRole("heading", { name })).toBeVisible();
}

const steps = (page: Page): Locator => page.getByRole("list", { name: "Steps" }).getByRole("listitem");

test.beforeEach(async ({ chat }) => openRoom(chat, (path) => chat.visit(path)));

test("Users make an agent and talk with it in a thread", async ({ chat }) => {
  await makeAgent(chat.page, "Parrot");
  await expect(chat.page.getByRole("combobox", { name: "Agent" })).toHaveValue(/.+/);
  await chat.send("Echo: hello from the **thread**");
  await expect(chat.answer()).toContainText("Done · Parrot");
  await expect(chat.answer()).toContainText("hello from the thread");
  await chat.send("Echo: and once more");
  await expect(chat.answer()).toContainText("and once more");
  await expect(chat.answer()).toContainText("tokens in");
  await chat.button("New thread").click();
  await expect(chat.page.getByRole("heading", { name: "Parrot" })).toBeVisible();
});

test("Users watch an agent call a function of the page", async ({ chat }) => {
  await makeAgent(chat.page, "Timekeeper", ["Functions of this page"]);
  await chat.button("What time is it here?").click();
  await expect(chat.answer()).toContainText("Done · Timekeeper");
  const step = steps(chat.page).filter({ hasText: "get_local_time" });
  await expect(step).toContainText("done");
  await step.getByText("get_local_time").click();
  await expect(step).toContainText(/"zone":/);
});

test("Users attach a file and see where the answer comes from", async ({ chat }) => {
  const { page } = chat;
  await makeAgent(page, "Librarian", ["Search files"]);
  await page
    .getByLabel("Files to attach")
    .setInputFiles({ name: "notes.md", mimeType: "text/markdown", buffer: Buffer.from(NOTES) });
  await expect(page.getByRole("list", { name: "Attached files" })).toContainText("notes.md");
  await expect(page.getByText("Uploading")).toBeHidden();
  await chat.send("What is the keeper's cat called?");
  await expect(chat.answer()).toContainText("Done · Librarian");
  await expect(page.getByRole("list", { name: "Files of this message" })).toContainText("notes.md");
  await expect(steps(page).filter({ hasText: "File search" })).toContainText("done");
  const sources = page.getByRole("region", { name: "Sources" });
  await expect(sources).toContainText("notes.md");
  await expect(sources).toContainText("Beacon");
  await expect(chat.answer()).toContainText("[1]");
});

test("Users stop a run, and go on in the same thread", async ({ chat }) => {
  await makeAgent(chat.page, "Author");
  await chat.send("Write 5000 words about lighthouses");
  await expect(chat.answer()).toContainText("lighthouses");
  await chat.message.press("Escape");
  await expect(chat.answer()).toContainText("Stopped");
  await chat.send("Echo: still here");
  await expect(chat.answer()).toContainText("still here");
  await expect(chat.answer()).toContainText("Done");
});

test("Users are told that an empty file is empty, and take it away", async ({ chat }) => {
  const { page } = chat;
  await makeAgent(page, "Librarian", ["Search files"]);
  const empty = { name: "empty.txt", mimeType: "text/plain", buffer: Buffer.alloc(0) };
  await page.getByLabel("Files to attach").setInputFiles(empty);
  await expect(page.getByRole("list", { name: "Attached files" })).toContainText("The file is empty.");
  await chat.button("Remove empty.txt").click();
  await expect(page.getByRole("list", { name: "Attached files" })).toBeHidden();
});

test("Users choose among agents, and delete one", async ({ chat }) => {
  const { page } = chat;
  await makeAgent(page, "First");
  await chat.button("New agent").click();
  await makeAgent(page, "Second");
  const picker = page.getByRole("combobox", { name: "Agent" });
  await picker.selectOption("First");
  await expect(page.getByRole("heading", { name: "First" })).toBeVisible();
  await chat.button("Delete this agent").click();
  await chat.button("Delete it for good").click();
  await expect(page.getByRole("heading", { name: "Second" })).toBeVisible();
  await expect(picker.getByRole("option")).toHaveText(["Second"]);
});

test("Users reach the agents from the chat, and go back", async ({ chat }) => {
  await chat.page.getByRole("navigation", { name: "Rooms" }).getByRole("link", { name: "Chat" }).click();
  await expect(chat.page.getByRole("combobox", { name: "Model" })).toBeEnabled();
  await chat.page.getByRole("navigation", { name: "Rooms" }).getByRole("link", { name: "Agents" }).click();
  await expect(chat.page.getByRole("heading", { name: "New agent" })).toBeVisible();
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing in the room, ${colorScheme} and narrow`, async ({ chat }) => {
    const { page } = chat;
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width: 390, height: 800 });
    await nothingFound(page);
    await makeAgent(page, "Librarian", ["Search files", "Functions of this page"]);
    await page
      .getByLabel("Files to attach")
      .setInputFiles({ name: "notes.md", mimeType: "text/markdown", buffer: Buffer.from(NOTES) });
    await expect(page.getByText("Uploading")).toBeHidden();
    await nothingFound(page);
    await chat.send("What is the keeper's cat called?");
    await expect(chat.answer()).toContainText("Done");
    await steps(page).first().getByText("File search").click();
    await nothingFound(page);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(390);
  });
}

async function nothingFound(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
}
