import type { Page } from "@playwright/test";
import { nextRequest } from "./answered.ts";
import { expectNoViolations } from "./axe.ts";
import { type Chat, expect, test } from "./chat.ts";

test.beforeEach(async ({ chat }) => chat.open());

const RED_DOT = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
  "base64",
);
const text = (name: string, content: string | Buffer) => ({
  name,
  mimeType: "text/plain",
  buffer: Buffer.from(content),
});
const picture = { name: "dot.png", mimeType: "image/png", buffer: RED_DOT };

async function attach(
  chat: Chat,
  ...files: { name: string; mimeType: string; buffer: Buffer }[]
): Promise<void> {
  await chat.page.getByLabel("Files to attach").setInputFiles(files);
}

const attached = (chat: Chat) =>
  chat.page.getByRole("list", { name: "Attached files" }).getByRole("listitem");
const panel = (chat: Chat, name: string) => chat.page.getByRole("region", { name });

/** Hands files to the page as a drop or a paste does. */
async function hand(
  page: Page,
  kind: "drop" | "paste",
  name: string,
  type: string,
  base64: string,
): Promise<void> {
  await page.evaluate(
    ([kind, name, type, base64]) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([bytes], name, { type }));
      const target = document.querySelector("textarea")!;
      const options = { bubbles: true, cancelable: true };
      if (kind === "paste")
        target.dispatchEvent(new ClipboardEvent("paste", { ...options, clipboardData: data }));
      else {
        target.dispatchEvent(new DragEvent("dragover", { ...options, dataTransfer: data }));
        target.dispatchEvent(new DragEvent("drop", { ...options, dataTransfer: data }));
      }
    },
    [kind, name, type, base64] as const,
  );
}

test("Users attach a picture and a text, and the model gets both", async ({ chat }) => {
  await attach(chat, picture, text("notes.md", "# Bring milk"));
  await expect(attached(chat)).toHaveCount(2);
  await expect(attached(chat).first().locator("img")).toHaveAttribute("src", /^data:image\/png;base64,/);
  const sent = await nextRequest(chat.page);
  const answer = await chat.ask("What is this?");
  await expect(answer).toContainText("I received 1 image");
  const { messages } = (await sent()) as { messages: { content: unknown }[] };
  expect(messages.at(-1)?.content).toEqual([
    { type: "text", text: "What is this?" },
    { type: "image_url", image_url: { url: `data:image/png;base64,${RED_DOT.toString("base64")}` } },
    { type: "text", text: expect.stringContaining("# Bring milk") },
  ]);
  await expect(attached(chat)).toHaveCount(0);
});

test("Users send a picture without a word", async ({ chat }) => {
  await expect(chat.button("Send")).toBeDisabled();
  await attach(chat, picture);
  await chat.button("Send").click();
  await expect(chat.answer()).toContainText("I received 1 image");
});

test("Users drop a file on the page, and take it away again", async ({ chat }) => {
  await hand(chat.page, "drop", "dropped.txt", "text/plain", "aGVsbG8=");
  await expect(attached(chat)).toContainText("dropped.txt");
  await chat.button("Remove dropped.txt").click();
  await expect(attached(chat)).toHaveCount(0);
  await expect(chat.button("Send")).toBeDisabled();
});

test("A file that takes long is in the draft it was chosen for, whatever is open by then", async ({
  chat,
}) => {
  await chat.ask("Echo: one");
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await chat.page.route(/\/assets\/read-files-[^/]*\.js$/, async (route) => {
    await released;
    await route.continue();
  });
  await attach(chat, picture);
  await chat.button("New chat").click();
  await chat.message.fill("Another matter");
  const read = chat.page.waitForResponse(/\/assets\/read-files-/);
  release();
  await read;
  await chat.page.waitForTimeout(500);
  await expect(attached(chat)).toHaveCount(0);
  await expect(chat.message).toHaveValue("Another matter");
  await chat.page.goBack();
  await expect(attached(chat)).toHaveCount(1);
  await expect(chat.message).toHaveValue("");
});

test("Users paste a picture into their message", async ({ chat }) => {
  await hand(chat.page, "paste", "image.png", "image/png", RED_DOT.toString("base64"));
  await expect(attached(chat)).toContainText("image.png");
});

test("Users read the limit when a file is too large, of a wrong kind, empty, or one too many", async ({
  chat,
}) => {
  const alert = chat.page.getByRole("alert");
  await attach(
    chat,
    text("big.txt", Buffer.alloc(200_001, "a")),
    { name: "report.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7") },
    { name: "photo.png", mimeType: "image/png", buffer: Buffer.from("no picture at all \u0000") },
    text("empty.txt", ""),
  );
  await expect(alert).toContainText("big.txt: a text file may have 200 kB at most.");
  await expect(alert).toContainText(
    "report.pdf: only images (PNG, JPEG, GIF, WebP), audio (WAV, MP3) and text files",
  );
  await expect(alert).toContainText("photo.png: only images");
  await expect(alert).toContainText("empty.txt: the file is empty.");
  await expect(attached(chat)).toHaveCount(0);
  await attach(chat, ...Array.from({ length: 9 }, (_, index) => text(`${index}.txt`, "x")));
  await expect(alert).toContainText("One message can have 8 attachments. 8 more fit.");
  await expect(attached(chat)).toHaveCount(8);
  await chat.button("Dismiss").click();
  await expect(alert).toHaveCount(0);
});

test("A photo larger than models look at is sent smaller, and without what the camera wrote into it", async ({
  chat,
}) => {
  const large = await chat.page.evaluate(async () => {
    const canvas = new OffscreenCanvas(3_000, 1_000);
    const context = canvas.getContext("2d")!;
    context.fillStyle = "teal";
    context.fillRect(0, 0, 3_000, 1_000);
    const blob = await canvas.convertToBlob({ type: "image/png" });
    return [...new Uint8Array(await blob.arrayBuffer())];
  });
  await attach(chat, { name: "panorama.png", mimeType: "image/png", buffer: Buffer.from(large) });
  const thumbnail = attached(chat).locator("img");
  await expect(thumbnail).toHaveAttribute("src", /^data:image\/jpeg;base64,/);
  const size = await thumbnail.evaluate(async (image: HTMLImageElement) => {
    await image.decode();
    return [image.naturalWidth, image.naturalHeight];
  });
  expect(size).toEqual([2_048, 683]);
});

test("Users fill in a template and it becomes their message", async ({ chat }) => {
  const { page } = chat;
  await chat.button("Templates").click();
  await page.getByRole("button", { name: /^Translate/ }).click();
  await expect(page.getByRole("textbox", { name: "language" })).toBeFocused();
  await page.getByRole("textbox", { name: "language" }).fill("French");
  await page.getByRole("textbox", { name: "text", exact: true }).fill("Good morning");
  await page.getByRole("button", { name: "Insert" }).click();
  await expect(chat.message).toHaveValue(
    "Translate this into French. Keep names and formatting:\n\nGood morning",
  );
  await expect(chat.message).toBeFocused();
});

test("Users keep a draft as a template, find it after a reload, and delete it", async ({ chat }) => {
  const { page } = chat;
  await chat.message.fill("Write a limerick about {{animal}}");
  await chat.button("Templates").click();
  await page.getByRole("textbox", { name: "Keep the draft as a template named" }).fill("Limerick");
  await page.getByRole("button", { name: "Keep", exact: true }).click();
  await page.reload();
  await chat.button("Templates").click();
  await page.getByRole("button", { name: /^Limerick/ }).click();
  await page.getByRole("textbox", { name: "animal" }).fill("otters");
  await page.getByRole("button", { name: "Back" }).click();
  await chat.button("Delete the template Limerick").click();
  await expect(page.getByRole("button", { name: /^Limerick/ })).toHaveCount(0);
  await page.reload();
  await chat.button("Templates").click();
  await expect(page.getByRole("button", { name: /^Summarise/ })).toBeVisible();
  await expect(page.getByRole("button", { name: /^Limerick/ })).toHaveCount(0);
});

test("Users see what models can do where they choose one, and none that can't chat", async ({ chat }) => {
  const options = chat.model.getByRole("option");
  await expect(options.filter({ hasText: "gpt-5-mini" })).toHaveText(
    "gpt-5-mini (images, reasoning, JSON schema)",
  );
  await expect(options.filter({ hasText: "whisper" })).toHaveCount(0);
});

test("Users set parameters, and the request has them", async ({ chat }) => {
  const { page } = chat;
  await chat.button("Parameters").click();
  await page.getByRole("textbox", { name: "System prompt" }).fill("Be brief.");
  await page.getByRole("textbox", { name: "Temperature" }).fill("0,3");
  await page.getByRole("textbox", { name: "Longest answer, in tokens" }).fill("50");
  const sent = await nextRequest(page);
  await chat.send("Hello");
  expect(await sent()).toMatchObject({
    temperature: 0.3,
    max_tokens: 50,
    messages: [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Hello" },
    ],
  });
});

test("Users are told what is wrong with a parameter, and the last right value goes on being used", async ({
  chat,
}) => {
  const { page } = chat;
  await chat.button("Parameters").click();
  const temperature = page.getByRole("textbox", { name: "Temperature" });
  await temperature.fill("1");
  await temperature.fill("11");
  await expect(temperature).toHaveAccessibleDescription(/A number from 0 to 2.*Not used until it is right/);
  await expect(temperature).toHaveAttribute("aria-invalid", "true");
  const schema = page.getByRole("textbox", { name: "JSON schema of the answer" });
  await schema.fill('{"type": ');
  await expect(schema).toHaveAccessibleDescription(/This is not JSON/);
  const sent = await nextRequest(page);
  await chat.send("Hello");
  const body = await sent();
  expect(body).toMatchObject({ temperature: 1 });
  expect(body).not.toHaveProperty("response_format");
});

test("Users reset all parameters at once", async ({ chat }) => {
  const { page } = chat;
  await chat.button("Parameters").click();
  await page.getByRole("textbox", { name: "Temperature" }).fill("1");
  await page.getByRole("textbox", { name: "System prompt" }).fill("Be brief.");
  await expect(chat.button("Parameters")).toHaveAccessibleDescription("Some parameters are set");
  await chat.button("Reset all").click();
  await expect(chat.button("Parameters")).not.toHaveAccessibleDescription("Some parameters are set");
  await expect(page.getByRole("textbox", { name: "Temperature" })).toHaveValue("");
  const sent = await nextRequest(page);
  await chat.send("Hello");
  const body = await sent();
  expect(body).not.toHaveProperty("temperature");
  expect(body).toMatchObject({ messages: [{ role: "user", content: "Hello" }] });
});

test("Users get an answer in the form of their JSON schema", async ({ chat }) => {
  const { page } = chat;
  await chat.button("Parameters").click();
  const schema = {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  };
  await page.getByRole("textbox", { name: "JSON schema of the answer" }).fill(JSON.stringify(schema));
  const answer = await chat.ask("Where are you?");
  await expect(answer).toContainText('{"city":');
});

test("Users let the model call a function of this page", async ({ chat }) => {
  const { page } = chat;
  await chat.button("Parameters").click();
  await page.getByRole("checkbox", { name: "get_local_time" }).check();
  const answer = await chat.ask("What time is it here? Use get_local_time");
  const calls = answer.getByRole("list", { name: "Tool calls" });
  await expect(calls).toContainText("get_local_time");
  await expect(calls).toContainText("done");
  await calls.getByText("get_local_time").click();
  await expect(calls.getByRole("heading", { name: "Result" })).toBeVisible();
  await expect(calls).toContainText('"zone"');
});

test("Users copy their request as code: it is the request that is sent, and has no key", async ({ chat }) => {
  const { page } = chat;
  await chat.ask("My name is Ada");
  await chat.message.fill("What is my name? It's \"Ada\", isn't it?");
  await chat.button("Request as code").click();
  await page.getByRole("radio", { name: "curl" }).check({ force: true });
  await chat.button("Copy request").click();
  await expect(page.getByRole("status", { name: "Notice" })).toContainText("Copied.");
  const code = await page.evaluate(() => navigator.clipboard.readText());
  const body = /<<'(\w+)'\n([\s\S]*)\n\1\n/.exec(code)?.[2] ?? "";
  expect(code).toContain("Authorization: Bearer $LATCHKEY_KEY");
  const sent = await nextRequest(page);
  await chat.message.press("Enter");
  expect(JSON.parse(body)).toEqual(await sent());
  await expect(chat.answer()).toContainText("Done");
});

test("Users see their request as a program for Node and for Deno", async ({ chat }) => {
  const code = panel(chat, "Request as code");
  await chat.message.fill("Hello");
  await chat.button("Request as code").click();
  await expect(code).toContainText('from "latchkey"');
  await expect(code).toContainText('content: "Hello"');
  await code.getByRole("radio", { name: "Deno" }).check({ force: true });
  await expect(code).toContainText('from "npm:latchkey"');
});

test("Enter that accepts a word of an input method does not send", async ({ chat }) => {
  await chat.message.fill("にほん");
  for (const isComposing of [true, false]) {
    // Safari's Enter after composing is told by its code alone.
    await chat.message.dispatchEvent("keydown", {
      key: "Enter",
      isComposing,
      keyCode: isComposing ? 13 : 229,
    });
  }
  await expect(chat.message).toHaveValue("にほん");
  await expect(chat.log).toHaveCount(0);
});

test("Escape closes what a tool opened and leads back to the message, and stops no answer", async ({
  chat,
}) => {
  await chat.send("Write 2000 words about rivers");
  await expect(chat.answer()).toContainText("Answering");
  await chat.button("Parameters").click();
  await expect(panel(chat, "Parameters")).toBeFocused();
  await chat.page.keyboard.press("Escape");
  await expect(panel(chat, "Parameters")).toHaveCount(0);
  await expect(chat.message).toBeFocused();
  await expect(chat.answer()).toContainText("Answering");
  await chat.page.keyboard.press("Escape");
  await expect(chat.answer()).toContainText("Stopped");
});

test("Users without a microphone's permission read what to do, and can try again", async ({ chat }) => {
  const { page } = chat;
  await page.evaluate(() => {
    navigator.mediaDevices.getUserMedia = async () => {
      throw new DOMException("no", "NotAllowedError");
    };
  });
  await chat.button("Speak").click();
  const alert = panel(chat, "Speak").getByRole("alert");
  await expect(alert).toContainText("The microphone is not allowed.");
  await expect(alert).toContainText("beside the address");
  await chat.button("Try again").click();
  await expect(alert).toContainText("The microphone is not allowed.");
});

for (const [name, colorScheme] of [
  ["Templates", "light"],
  ["Parameters", "dark"],
  ["Request as code", "dark"],
] as const) {
  test(`axe finds nothing in ${name.toLowerCase()}`, async ({ chat }) => {
    await chat.page.emulateMedia({ colorScheme });
    await chat.message.fill("Hello");
    await chat.button(name).click();
    await expect(panel(chat, name)).not.toContainText("Loading");
    if (name === "Parameters") await chat.page.getByRole("textbox", { name: "Temperature" }).fill("warm");
    await expectNoViolations(chat.page);
  });
}

test("axe finds nothing in attachments and their refusals", async ({ chat }) => {
  await attach(chat, picture, text("notes.md", "x"), text("empty.txt", ""));
  await expect(attached(chat)).toHaveCount(2);
  await expectNoViolations(chat.page);
});
