import { expect, test } from "./chat.ts";

test.beforeEach(async ({ chat }) => chat.open());

test("Users read a streamed answer", async ({ chat }) => {
  await chat.send("Write 400 words about rivers");
  const answer = chat.answer();
  await expect(answer).toContainText("Answering");
  const early = (await answer.innerText()).length;
  await expect(answer).toContainText("Done");
  expect((await answer.innerText()).length).toBeGreaterThan(early);
  await expect(answer).toContainText("rivers");
  await expect(answer).toContainText(/gpt-5-mini · \d+ tokens in, \d+ out · first token [\d.]+ m?s/);
});

test("Users see markdown as headings, lists, tables and code", async ({ chat }) => {
  const answer = await chat.ask("Show me everything you can render in markdown");
  await expect(answer.getByRole("heading", { level: 3 }).first()).toBeVisible();
  await expect(answer.getByRole("list").first()).toBeVisible();
  await expect(answer.getByRole("table").first()).toBeVisible();
  await expect(answer.getByRole("button", { name: "Copy code" }).first()).toBeVisible();
  await expect(answer.getByRole("link").first()).toHaveAttribute("rel", "noopener noreferrer nofollow");
});

test("Users start with an example", async ({ chat }) => {
  await chat.button("Write a Fibonacci function in TypeScript").click();
  await expect(chat.answer()).toContainText("Done");
  await expect(chat.answer()).toContainText("fibonacci");
  await expect(chat.message).toBeFocused();
});

test("Users are answered in the light of what was said before", async ({ chat }) => {
  await chat.ask("My name is Ada");
  const answer = await chat.ask("What is my name?");
  await expect(answer).toContainText("Ada");
});

test("Users start a new chat that knows nothing of the old one", async ({ chat }) => {
  await chat.ask("My name is Ada");
  await chat.button("New chat").click();
  await expect(chat.page.getByRole("heading", { name: "What would you like to ask?" })).toBeVisible();
  await expect(chat.message).toBeFocused();
  const answer = await chat.ask("What is my name?");
  await expect(answer).not.toContainText("Ada");
});

test("Users choose a model", async ({ chat }) => {
  await chat.choose("Phi-4");
  await expect(await chat.ask("Hello")).toContainText("Done · Phi-4");
  expect((await chat.delivered("Phi-4")).outcome).toBe("finished");
});

test("Users unfold the reasoning of a model that shows it", async ({ chat }) => {
  await chat.choose("DeepSeek-R1");
  const answer = await chat.ask("Why is the sky blue?");
  await expect(answer.getByText("The user wrote")).toBeHidden();
  await answer.getByText("Reasoning", { exact: true }).click();
  await expect(answer.getByText("The user wrote")).toBeVisible();
});

test("Users copy an answer", async ({ chat }) => {
  await chat.ask("Echo: some **bold** words");
  await chat.button("Copy answer").click();
  await expect(chat.answer()).toContainText("Copied");
  expect(await chat.clipboard()).toBe("some **bold** words");
});

test("Users copy a code block", async ({ chat }) => {
  await chat.ask("Echo:\n```ts\nconst a = 1;\n\nconst b = a < 2;\n```\nand text after it");
  await chat.button("Copy code").click();
  await expect(chat.page.getByRole("status", { name: "Notice" })).toContainText("Copied.");
  expect(await chat.clipboard()).toBe("const a = 1;\n\nconst b = a < 2;");
});

test("Users write several lines and send them as one message", async ({ chat }) => {
  await chat.message.pressSequentially("Echo: one");
  await chat.message.press("Shift+Enter");
  await chat.message.pressSequentially("two");
  await chat.message.press("Enter");
  await expect(chat.log.getByText("Echo: one\ntwo")).toBeVisible();
  await expect(chat.answer()).toContainText("one two");
  await expect(chat.message).toHaveValue("");
});

test("Users who press Enter twice ask once", async ({ chat }) => {
  await chat.message.fill("Write 200 words about bees");
  await chat.message.press("Enter");
  await chat.message.fill("Write 200 words about wasps");
  await chat.message.press("Enter");
  await expect(chat.answer()).toContainText("Done");
  await expect(chat.log.getByRole("article")).toHaveCount(1);
  await expect(chat.message).toHaveValue("Write 200 words about wasps");
});

test("Users read on where they are while an answer grows, and jump to its end", async ({ chat }) => {
  const scrollTop = () => chat.page.evaluate(() => document.documentElement.scrollTop);
  await chat.ask("Write 600 words about lakes");
  await chat.send("Write 1500 words about seas");
  await expect(chat.answer()).toContainText("Answering");
  await chat.page.mouse.move(600, 400);
  await chat.page.mouse.wheel(0, -600);
  await expect(chat.button("Newest")).toBeVisible();
  const place = await scrollTop();
  await chat.page.waitForTimeout(500);
  expect(await scrollTop()).toBe(place);
  await chat.button("Newest").click();
  await expect(chat.button("Newest")).toBeHidden();
  expect(await scrollTop()).toBeGreaterThan(place);
});

test("Users with two tabs get each answer in its own", async ({ chat, context, stack }) => {
  const other = await context.newPage();
  await other.goto(stack.page);
  await expect(other.getByRole("combobox", { name: "Model" })).toBeEnabled();
  await chat.send("Echo: first first first first first");
  await other.getByRole("textbox").fill("Echo: second second second second second");
  await other.getByRole("textbox").press("Enter");
  await expect(chat.answer()).toContainText("Done");
  await expect(other.getByRole("article")).toContainText("Done");
  await expect(chat.answer()).not.toContainText("second");
  await expect(other.getByRole("article")).not.toContainText("first first");
});
