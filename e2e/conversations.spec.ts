// Conversations: kept, found, branched, exported, shared between tabs; and what the page does when it may not keep them.
import { readFile } from "node:fs/promises";
import { AxeBuilder } from "@axe-core/playwright";
import type { Download, Locator, Page } from "@playwright/test";
import { type Chat, expect, test } from "./chat.ts";
import { longConversation } from "./long-conversation.ts";

const rows = (page: Page): Locator =>
  page.getByRole("navigation", { name: "Conversations" }).getByRole("link");
const more = (page: Page, title: string): Locator =>
  page.getByRole("button", { name: `More for “${title}”`, exact: true });

async function expectNoViolations(page: Page): Promise<void> {
  const builder = new AxeBuilder({ page } as ConstructorParameters<typeof AxeBuilder>[0]);
  const { violations } = await builder.analyze();
  expect(violations.map(({ id, nodes }) => ({ id, nodes: nodes.map((node) => node.html) }))).toEqual([]);
}

/** Waits until what is shown is stored: the list has it, and the database has as many messages. */
async function stored(chat: Chat, messages: number): Promise<void> {
  await expect
    .poll(() =>
      chat.page.evaluate(
        () =>
          new Promise<number>((resolve) => {
            const opening = indexedDB.open("latchkey");
            opening.onsuccess = () => {
              const count = opening.result.transaction("messages").objectStore("messages").count();
              count.onsuccess = () => {
                opening.result.close();
                resolve(count.result);
              };
            };
          }),
      ),
    )
    .toBe(messages);
}

/** Runs in the page: the first answer's connection breaks after some pieces, as it does when the other end is gone. */
function loseFirstAnswer(): void {
  const { fetch: send } = globalThis;
  let left = 12;
  globalThis.fetch = async (input, init) => {
    const response = await send(input, init);
    const url = input instanceof Request ? input.url : String(input);
    if (!url.includes("/chat/completions") || left === 0 || !response.body) return response;
    const breaking = new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        left -= 1;
        if (left === 0) controller.error(new TypeError("network error"));
        else controller.enqueue(piece);
      },
    });
    const { status, headers } = response;
    return new Response(response.body.pipeThrough(breaking), { status, headers });
  };
}

/** As choosing a file does; the browser's own dialog is the same for every page. */
async function importFile(page: Page, content: string | { bytes: number }): Promise<void> {
  await page.getByLabel("File to import").evaluate((element, given) => {
    const part = typeof given === "string" ? given : new Uint8Array(given.bytes);
    const transfer = new DataTransfer();
    transfer.items.add(new File([part], "conversations.json", { type: "application/json" }));
    const input = element as HTMLInputElement;
    input.files = transfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }, content);
}

async function textOf(download: Download): Promise<string> {
  return readFile(await download.path(), "utf8");
}

test.describe("Conversations that are kept", () => {
  test.beforeEach(async ({ chat }) => chat.open());

  test("Users find a conversation again after a reload", { tag: "@firefox" }, async ({ chat }) => {
    await chat.ask("Echo: a stone in the river");
    await expect(rows(chat.page)).toHaveText(["Echo: a stone in the river"]);
    await stored(chat, 2);
    await chat.page.reload();
    await expect(chat.answer()).toContainText("a stone in the river");
    await expect(chat.answer()).toContainText("Done");
    expect(new URL(chat.page.url()).hash).toMatch(/^#c=[\w-]+$/);
  });

  test("Users go back and forward between conversations", async ({ chat }) => {
    await chat.ask("Echo: first");
    await chat.button("New chat").click();
    await chat.ask("Echo: second");
    await chat.page.evaluate(() => history.back());
    await expect(chat.page.getByRole("heading", { name: "What would you like to ask?" })).toBeVisible();
    await chat.page.evaluate(() => history.back());
    await expect(chat.answer()).toContainText("first");
    await chat.page.evaluate(() => history.go(2));
    await expect(chat.answer()).toContainText("second");
  });

  test("Users switch conversations while an answer comes, and find it whole", async ({ chat }) => {
    await chat.ask("Echo: quick");
    await chat.button("New chat").click();
    await chat.send("Write 300 words about rivers");
    await expect(chat.answer()).toContainText("Answering");
    await rows(chat.page).filter({ hasText: "quick" }).click();
    await expect(chat.answer()).toContainText("quick");
    await expect(rows(chat.page).filter({ hasText: "rivers" })).toContainText("Answering");
    await expect(rows(chat.page).filter({ hasText: "rivers" })).not.toContainText("Answering", {
      timeout: 20_000,
    });
    await rows(chat.page).filter({ hasText: "rivers" }).click();
    await expect(chat.answer()).toContainText("Done");
  });

  test("Users search titles and texts", async ({ chat }) => {
    await chat.ask("Echo: the otter sleeps");
    await chat.ask("Echo: a heron waits");
    await chat.button("New chat").click();
    await chat.ask("Echo: mountains");
    const search = chat.page.getByRole("searchbox", { name: "Search conversations" });
    await search.fill("HERON waits");
    await expect(rows(chat.page)).toHaveText(["Echo: the otter sleeps"]);
    await search.fill("volcano");
    await expect(chat.page.getByText("No conversation has these words.")).toBeVisible();
    await search.fill("");
    await expect(rows(chat.page)).toHaveCount(2);
  });

  test("Users rename a conversation, and the name stays", async ({ chat }) => {
    await chat.ask("Echo: one");
    await more(chat.page, "Echo: one").click();
    await chat.button("Rename").click();
    const title = chat.page.getByRole("textbox", { name: "Title" });
    await title.fill("My notes");
    await title.press("Enter");
    await expect(rows(chat.page)).toHaveText(["My notes"]);
    await expect(more(chat.page, "My notes")).toBeFocused();
    await chat.ask("Echo: two");
    await chat.page.reload();
    await expect(rows(chat.page)).toHaveText(["My notes"]);
    await expect(chat.page).toHaveTitle("My notes · Latchkey");
  });

  test("Users delete a conversation and undo it", async ({ chat }) => {
    await chat.ask("Echo: precious");
    await stored(chat, 2);
    await more(chat.page, "Echo: precious").click();
    await chat.button("Delete").click();
    await expect(rows(chat.page)).toHaveCount(0);
    await expect(chat.page.getByRole("heading", { name: "What would you like to ask?" })).toBeVisible();
    await stored(chat, 0);
    await chat.button("Undo").click();
    await rows(chat.page).click();
    await expect(chat.answer()).toContainText("precious");
    await stored(chat, 2);
  });

  test("Users who delete a conversation while it is answered do not get it back", async ({ chat }) => {
    await chat.send("Write 2000 words about rain");
    await expect(chat.answer()).toContainText("Answering");
    await more(chat.page, "Write 2000 words about rain").click();
    await chat.button("Delete").click();
    await expect(rows(chat.page)).toHaveCount(0);
    await chat.page.waitForTimeout(1_000);
    await stored(chat, 0);
    await expect(rows(chat.page)).toHaveCount(0);
  });

  test("Users find their draft after a reload, in each conversation its own", { tag: "@firefox" }, async ({
    chat,
  }) => {
    await chat.ask("Echo: here");
    await chat.message.fill("half a thought");
    await chat.button("New chat").click();
    await expect(chat.message).toHaveValue("");
    await chat.message.fill("another one");
    await chat.page.waitForTimeout(600);
    await chat.page.reload();
    await expect(chat.message).toHaveValue("another one");
    await rows(chat.page).click();
    await expect(chat.message).toHaveValue("half a thought");
  });

  test("Users export a conversation as Markdown", async ({ chat }) => {
    await chat.ask("Echo: some **bold** words");
    await more(chat.page, "Echo: some **bold** words").click();
    const downloading = chat.page.waitForEvent("download");
    await chat.button("Markdown").click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe("Echo some bold words.md");
    expect(await textOf(download)).toContain(
      "## You\n\nEcho: some **bold** words\n\n## gpt-5-mini\n\nsome **bold** words",
    );
  });

  test("Users export everything and import it into an empty browser", async ({ chat }) => {
    await chat.ask("Echo: travels");
    await chat.button("Edit message").click();
    await chat.page.getByRole("textbox", { name: "Your message" }).fill("Echo: travels far");
    await chat.page.keyboard.press("Enter");
    await expect(chat.answer()).toContainText("travels far");
    await expect(chat.answer()).toContainText("Done");
    const downloading = chat.page.waitForEvent("download");
    await chat.button("Export all").click();
    const file = await textOf(await downloading);

    await more(chat.page, "Echo: travels far").click();
    await chat.button("Delete").click();
    await chat.page.reload();
    await importFile(chat.page, file);
    await rows(chat.page).click();
    await expect(chat.answer()).toContainText("travels far");
    await expect(chat.log.getByText("2 of 2")).toBeVisible();
  });

  test("Users who import a wrong file are told why it is refused", async ({ chat }) => {
    const alert = chat.page.getByRole("complementary", { name: "Conversations" }).getByRole("alert");
    await importFile(chat.page, "{ not json");
    await expect(alert).toContainText("not JSON");
    await importFile(chat.page, '{"hello": "world"}');
    await expect(alert).toContainText("does not hold conversations of this page");
    const hostile = longConversation(2);
    hostile.conversations[0]!.messages[0]!.attachments = [
      { id: "1", kind: "image", name: "x", mediaType: "image/png", size: 1, data: "https://evil.example/x" },
    ];
    await importFile(chat.page, JSON.stringify(hostile));
    await expect(alert).toContainText("damaged");
    await importFile(chat.page, { bytes: 50 * 1024 * 1024 + 1 });
    await expect(alert).toContainText("larger than 50 MB");
    await expect(rows(chat.page)).toHaveCount(0);
  });
});

test.describe("Branches", () => {
  test.beforeEach(async ({ chat }) => chat.open());

  test("Users edit a message, and both versions stay with their answers", async ({ chat }) => {
    await chat.ask("Echo: tea");
    await chat.ask("Echo: with milk");
    await chat.button("Edit message").first().click();
    const box = chat.page.getByRole("textbox", { name: "Your message" });
    await expect(box).toBeFocused();
    await box.fill("Echo: coffee");
    await box.press("Enter");
    await expect(chat.answer()).toContainText("coffee");
    await expect(chat.answer()).toContainText("Done");
    await expect(chat.log.getByRole("article")).toHaveCount(1);
    await chat.button("Previous version").click();
    await expect(chat.answer()).toContainText("with milk");
    await expect(chat.log.getByRole("article")).toHaveCount(2);
    await stored(chat, 6);
    await chat.page.reload();
    await expect(chat.log.getByText("1 of 2")).toBeVisible();
    await chat.button("Next version").click();
    await expect(chat.answer()).toContainText("coffee");
  });

  test("Users leave an edit by Escape with nothing changed", async ({ chat }) => {
    await chat.ask("Echo: tea");
    await chat.button("Edit message").click();
    await chat.page.getByRole("textbox", { name: "Your message" }).fill("something else");
    await chat.page.keyboard.press("Escape");
    await expect(chat.button("Edit message")).toBeFocused();
    await expect(chat.log.getByText("Echo: tea")).toBeVisible();
    await expect(chat.log.getByRole("article")).toHaveCount(1);
  });

  test("Users regenerate an answer with another model and switch between both", async ({ chat }) => {
    await chat.ask("Echo: again");
    await chat.choose("Phi-4");
    await chat.button("Regenerate").click();
    await expect(chat.answer()).toContainText("Done · Phi-4");
    await expect(chat.log.getByText("2 of 2")).toBeVisible();
    await chat.button("Previous version").click();
    await expect(chat.answer()).toContainText("Done · gpt-5-mini");
  });

  test("Users continue an answer that was cut, and it grows where it ended", async ({ chat }) => {
    await chat.choose("fault-cut");
    await chat.send("Echo: alpha beta gamma delta epsilon zeta eta theta");
    await expect(chat.answer()).toContainText("Cut off");
    const before = await chat.answer().locator(".markdown").innerText();
    await chat.choose("gpt-5-mini");
    await chat.button("Continue").click();
    await expect(chat.answer()).toContainText("Done");
    await expect(chat.log.getByRole("article")).toHaveCount(1);
    const after = await chat.answer().locator(".markdown").innerText();
    expect(after.startsWith(before.trimEnd())).toBe(true);
    expect(after.length).toBeGreaterThan(before.length);
    await expect(chat.answer().locator(".failure")).toHaveCount(0);
  });

  test("Users whose worker goes away in the middle of an answer keep it, and go on", async ({ chat }) => {
    await chat.page.addInitScript(loseFirstAnswer);
    await chat.open();
    await chat.send("Write 300 words about canals");
    await expect(chat.answer()).toContainText("Cut off");
    await expect(chat.answer()).toContainText("What arrived is kept.");
    const before = await chat.answer().locator(".markdown").innerText();
    await chat.button("Continue").click();
    await expect(chat.answer()).toContainText("Done", { timeout: 20_000 });
    await expect(chat.log.getByRole("article")).toHaveCount(1);
    expect(await chat.answer().locator(".markdown").innerText()).toContain(before.slice(0, 200));
  });

  test("Users whose page was closed in the middle of an answer find what had come", {
    tag: "@firefox",
  }, async ({ chat }) => {
    await chat.send("Write 2000 words about tides");
    await expect(chat.answer()).toContainText("tides");
    await chat.page.waitForTimeout(1_500);
    await chat.page.reload();
    await expect(chat.answer()).toContainText("tides");
    await expect(chat.answer()).toContainText(/Stopped|Cut off/);
    await expect(chat.button("Continue")).toBeVisible();
  });
});

test.describe("Two tabs", () => {
  test("Users see in one tab what they ask in the other", { tag: "@firefox" }, async ({ chat, context }) => {
    await chat.open();
    await chat.ask("Echo: shared");
    const other = await context.newPage();
    await other.goto(chat.page.url());
    await expect(other.getByRole("article")).toContainText("Done");
    await chat.ask("Echo: from the first tab");
    await expect(other.getByRole("article").last()).toContainText("from the first tab");
    await expect(other.getByRole("article").last()).toContainText("Done");
  });

  test("Users who write the same conversation in two tabs lose nothing, though neither hears the other", async ({
    chat,
    context,
  }) => {
    await context.addInitScript(() => Reflect.deleteProperty(globalThis, "BroadcastChannel"));
    await chat.open();
    await chat.ask("Echo: start");
    await stored(chat, 2);
    const other = await context.newPage();
    await other.goto(chat.page.url());
    await expect(other.getByRole("combobox", { name: "Model" })).toBeEnabled();
    await expect(other.getByRole("article")).toContainText("Done");
    const box = other.getByRole("textbox", { name: "Message" });
    await box.fill("Echo: right right");
    await chat.send("Echo: left left");
    await box.press("Enter");
    await expect(other.getByRole("article").last()).toContainText("Done");
    await expect(chat.answer()).toContainText("Done");
    await stored(chat, 6);
    await other.close();
    await chat.page.reload();
    await expect(chat.log.getByText(/[12] of 2/)).toBeVisible();
    const shown = await chat.answer().innerText();
    await chat.page.getByRole("button", { name: /^(Previous|Next) version$/, disabled: false }).click();
    await expect(chat.answer()).toContainText(shown.includes("left left") ? "right right" : "left left");
  });

  test("Users wait in one tab for the answer that the other tab is getting", async ({ chat, context }) => {
    await chat.open();
    await chat.ask("Echo: start");
    const other = await context.newPage();
    await other.goto(chat.page.url());
    await expect(other.getByRole("article")).toContainText("Done");
    await chat.send("Write 400 words about bridges");
    await expect(other.getByRole("article").last()).toContainText("Answering");
    await other.getByRole("textbox", { name: "Message" }).fill("And then?");
    await expect(other.getByRole("button", { name: "Send" })).toBeDisabled();
    await expect(other.getByRole("article").last()).toContainText("Done", { timeout: 20_000 });
    await expect(other.getByRole("button", { name: "Send" })).toBeEnabled();
  });

  test("Users see a conversation go that the other tab deletes", async ({ chat, context }) => {
    await chat.open();
    await chat.ask("Echo: gone soon");
    const other = await context.newPage();
    await other.goto(chat.page.url());
    await expect(rows(other)).toHaveCount(1);
    await more(chat.page, "Echo: gone soon").click();
    await chat.button("Delete").click();
    await expect(rows(other)).toHaveCount(0);
  });
});

test.describe("Where the browser keeps nothing", () => {
  test("Users whose browser refuses storage are told, and chat all the same", { tag: "@firefox" }, async ({
    chat,
  }) => {
    await chat.page.addInitScript(() => {
      Object.defineProperty(globalThis.IDBFactory.prototype, "open", {
        value() {
          throw new DOMException("denied", "SecurityError");
        },
      });
    });
    await chat.open();
    await expect(chat.page.getByRole("alert")).toContainText("This browser stores nothing for this page");
    await chat.ask("Echo: in memory");
    await chat.button("New chat").click();
    await rows(chat.page).click();
    await expect(chat.answer()).toContainText("in memory");
  });

  test("Users whose storage is full are told, and keep the conversation while the page is open", async ({
    chat,
  }) => {
    await chat.page.addInitScript(() => {
      Object.defineProperty(globalThis.IDBObjectStore.prototype, "put", {
        value() {
          throw new DOMException("full", "QuotaExceededError");
        },
      });
    });
    await chat.open();
    await chat.ask("Echo: still here");
    await expect(chat.page.getByRole("alert")).toContainText("storage for this page is full");
    await chat.button("New chat").click();
    await rows(chat.page).click();
    await expect(chat.answer()).toContainText("still here");
  });

  test("Users read their conversations offline and are told why they cannot ask", {
    tag: "@firefox",
  }, async ({ chat, context }) => {
    await chat.open();
    await chat.ask("Echo: to be read");
    await chat.button("New chat").click();
    await context.setOffline(true);
    await expect(chat.page.getByRole("status", { name: "Connection" })).toContainText("You are offline");
    await rows(chat.page).click();
    await expect(chat.answer()).toContainText("to be read");
    await chat.message.fill("Hello?");
    await expect(chat.button("Send")).toBeDisabled();
    await context.setOffline(false);
    await expect(chat.button("Send")).toBeEnabled();
  });

  test("Users who lose the network while they edit keep what they wrote", async ({ chat, context }) => {
    await chat.open();
    await chat.ask("Echo: tea");
    await chat.button("Edit message").click();
    const box = chat.page.getByRole("textbox", { name: "Your message" });
    await box.fill("Echo: coffee");
    await context.setOffline(true);
    await expect(chat.button("Send again")).toBeDisabled();
    await context.setOffline(false);
    await expect(box).toHaveValue("Echo: coffee");
    await chat.button("Send again").click();
    await expect(chat.answer()).toContainText("coffee");
  });

  test("Users who follow a link to a conversation of another browser are told so", async ({ chat }) => {
    await chat.open("/#c=3f0c2c4e-0000-4000-8000-000000000000");
    await expect(chat.page.getByText("This conversation is not in this browser.")).toBeVisible();
    await chat.ask("Echo: a new one");
  });

  test("A clock that jumps back does not mix up messages or the list", async ({ chat }) => {
    await chat.page.addInitScript(() => {
      const now = Date.now.bind(Date);
      let asked = 0;
      Date.now = () => now() - (asked++ % 2) * 86_400_000;
    });
    await chat.open();
    await chat.ask("Echo: one");
    await chat.ask("Echo: two");
    await chat.button("New chat").click();
    await chat.ask("Echo: newest");
    await expect(rows(chat.page)).toHaveText(["Echo: newest", "Echo: one"]);
    await stored(chat, 6);
    await chat.page.reload();
    await expect(rows(chat.page)).toHaveText(["Echo: newest", "Echo: one"]);
    await rows(chat.page).last().click();
    await expect(chat.log.locator(".question-text")).toHaveText(["Echo: one", "Echo: two"]);
  });
});

test("Users who press Stop while they write the next message keep it unsent", async ({ chat }) => {
  await chat.open();
  await chat.send("Write 300 words about rivers");
  await expect(chat.answer()).toContainText("Answering");
  await chat.message.fill("Not yet");
  await chat.button("Stop").click();
  await expect(chat.answer()).toContainText("Stopped");
  await expect(chat.message).toHaveValue("Not yet");
  await expect(chat.log.locator(".question-text")).toHaveCount(1);
});

test.describe("Parts of the page that are gone, as after a deployment", () => {
  test.use({ expectedErrors: /Failed to load|dynamically imported module|MIME type|error loading/i });

  test("Users whose conversation cannot be loaded have their message back in the box, also after a reload", async ({
    chat,
  }) => {
    const part = /\/assets\/live-conversation-[^/]*\.js$/;
    let gone = true;
    await chat.page.route(part, (route) => (gone ? route.fulfill({ status: 404 }) : route.continue()));
    await chat.open();
    await expect(chat.page.getByText("Conversations you begin appear here.")).toBeVisible();
    await chat.send("Do not lose me");
    await expect(chat.page.getByRole("alert")).toContainText("could not be loaded");
    await expect(chat.message).toHaveValue("Do not lose me");
    await expect(chat.button("Stop")).toHaveCount(0);
    await chat.page.waitForTimeout(400);
    gone = false;
    await chat.button("Reload").click();
    await expect(chat.model).toBeEnabled();
    await expect(chat.message).toHaveValue("Do not lose me");
    await chat.message.press("Enter");
    await expect(chat.answer()).toContainText("Do not lose me");
  });

  test("Users whose store cannot be loaded are told, and keep what they write", async ({ chat }) => {
    await chat.page.route(/\/assets\/library-[^/]*\.js$/, (route) => route.fulfill({ status: 404 }));
    await chat.open();
    await expect(chat.page.getByRole("alert")).toContainText("Copy what you wrote");
    await chat.send("Do not lose me");
    await expect(chat.message).toHaveValue("Do not lose me");
  });

  test("Users whose list of conversations cannot be loaded are told, and chat all the same", async ({
    chat,
  }) => {
    await chat.page.route(/\/assets\/sidebar-[^/]*\.js$/, (route) => route.fulfill({ status: 404 }));
    await chat.open();
    await expect(chat.page.getByRole("alert")).toContainText("could not be loaded");
    await chat.ask("Echo: without a list");
  });

  test("Users whose import cannot be loaded are told", async ({ chat }) => {
    await chat.page.route(/\/assets\/imported-[^/]*\.js$/, (route) => route.fulfill({ status: 404 }));
    await chat.open();
    await importFile(chat.page, "{}");
    await expect(chat.page.getByRole("alert")).toContainText("could not be loaded");
  });

  test("Users who write to two conversations while the parts load get both answered", async ({ chat }) => {
    let load = () => {};
    const loading = new Promise<void>((resolve) => {
      load = resolve;
    });
    await chat.page.route(/\/assets\/live-conversation-[^/]*\.js$/, async (route) => {
      await loading;
      await route.continue();
    });
    await chat.open();
    await chat.send("Echo: first");
    await chat.button("New conversation").click();
    await chat.send("Echo: second");
    load();
    await expect(rows(chat.page)).toHaveCount(2);
    await expect(chat.answer()).toContainText("second");
    await rows(chat.page).last().click();
    await expect(chat.answer()).toContainText("first");
  });

  test("Users who stop before the parts are there have their message back", async ({ chat }) => {
    await chat.page.route(/\/assets\/live-conversation-[^/]*\.js$/, () => new Promise(() => {}));
    await chat.open();
    await chat.send("Too early");
    await chat.button("Stop").click();
    await expect(chat.message).toHaveValue("Too early");
  });
});

test.describe("A long conversation", () => {
  test("Users who scroll far away from an edit find it as they left it", async ({ chat }) => {
    await chat.open();
    await importFile(chat.page, JSON.stringify(longConversation(1_000)));
    await rows(chat.page).click();
    await expect(chat.answer()).toContainText("Answer 999");
    const first = chat.log.locator('.message[aria-posinset="1"]');
    // Rows that are measured on the way move the place where the beginning is.
    const toBeginning = () =>
      expect(async () => {
        await chat.page.evaluate(() => scrollTo(0, 0));
        await expect(first).toBeInViewport({ timeout: 500 });
      }).toPass();
    await toBeginning();
    await first.getByRole("button", { name: "Edit message" }).click();
    await first.getByRole("textbox").fill("half an edit");
    await chat.page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    await expect(first).toHaveCount(0);
    await toBeginning();
    await expect(first.getByRole("textbox")).toHaveValue("half an edit");
  });

  test("Users scroll through 1,000 messages of which few are drawn", { tag: "@firefox" }, async ({
    chat,
  }) => {
    await chat.open();
    await importFile(chat.page, JSON.stringify(longConversation(1_000)));
    await rows(chat.page).click();
    await expect(chat.answer()).toContainText("Answer 999");
    expect(await chat.log.getByRole("listitem").count()).toBeLessThan(300);
    await expect(chat.log.locator(".message").last()).toHaveAttribute("aria-posinset", "1000");
    await chat.page.mouse.move(700, 400);
    // As fast as a hand turns a wheel; what is passed by need not be drawn, where one stops must be.
    for (let turn = 0; turn < 30; turn += 1) await chat.page.mouse.wheel(0, -4_000);
    await expect
      .poll(async () => {
        await chat.page.mouse.wheel(0, -20_000);
        return chat.page.evaluate(() => scrollY);
      })
      .toBe(0);
    await expect(chat.log.getByText("Question 0", { exact: true })).toBeInViewport();
    await expect(chat.log.locator(".message").first()).toHaveAttribute("aria-posinset", "1");
    await chat.button("Newest").click();
    await expect(chat.answer()).toContainText("Answer 999");
    await expect(chat.answer()).toBeInViewport();
  });
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`In the ${colorScheme} theme`, () => {
    test.use({ colorScheme });

    test("axe finds nothing in the list, while renaming, after deleting and while editing", async ({
      chat,
    }) => {
      await chat.open();
      await chat.ask("Echo: one");
      await chat.button("New chat").click();
      await chat.ask("Echo: two");
      await more(chat.page, "Echo: one").click();
      await expectNoViolations(chat.page);
      await chat.button("Rename").click();
      await expectNoViolations(chat.page);
      await chat.page.keyboard.press("Escape");
      await more(chat.page, "Echo: one").click();
      await chat.button("Delete").click();
      await expectNoViolations(chat.page);
      await chat.button("Edit message").click();
      await expectNoViolations(chat.page);
      await chat.page.keyboard.press("Enter");
      await expect(chat.log.getByText("2 of 2")).toBeVisible();
      await expect(chat.answer()).toContainText("Done");
      await expectNoViolations(chat.page);
    });

    test("axe finds nothing in the drawer of a phone, and focus comes back from it", async ({ chat }) => {
      await chat.page.setViewportSize({ width: 390, height: 844 });
      await chat.open();
      await chat.ask("Echo: one");
      await chat.button("Conversations").click();
      const drawer = chat.page.getByRole("dialog", { name: "Conversations" });
      await expect(drawer).toBeVisible();
      await expectNoViolations(chat.page);
      await chat.page.keyboard.press("Escape");
      await expect(drawer).toBeHidden();
      await expect(chat.button("Conversations")).toBeFocused();
      await chat.button("Conversations").click();
      await rows(chat.page).click();
      await expect(drawer).toBeHidden();
      await expect(chat.message).toBeFocused();
    });

    test("axe finds nothing offline and without storage", async ({ chat, context }) => {
      await chat.page.addInitScript(() => {
        Object.defineProperty(globalThis.IDBFactory.prototype, "open", {
          value() {
            throw new DOMException("denied", "SecurityError");
          },
        });
      });
      await chat.open();
      await expect(chat.page.getByText("Conversations you begin appear here.")).toBeVisible();
      await context.setOffline(true);
      await expect(chat.page.getByRole("status", { name: "Connection" })).toBeVisible();
      await expectNoViolations(chat.page);
      await context.setOffline(false);
    });
  });
}
