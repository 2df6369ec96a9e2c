// Speaking a message. Chromium alone can be given a microphone that is none: a tone every second.
import { expectNoViolations } from "./axe.ts";
import { type Chat, expect, test } from "./chat.ts";

test.use({ permissions: ["microphone", "clipboard-read", "clipboard-write"] });
test.use({
  launchOptions: async ({ launchOptions }, use) => {
    const args = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];
    await use({ ...launchOptions, args: [...(launchOptions.args ?? []), ...args] });
  },
});

test.beforeEach(async ({ chat }) => chat.open());

const panel = (chat: Chat) => chat.page.getByRole("region", { name: "Speak" });

test("Users speak a message and correct it before they send it", async ({ chat }) => {
  await chat.message.fill("Please note:");
  await chat.button("Speak").click();
  await expect(panel(chat)).toContainText("Recording");
  await expect(panel(chat).getByRole("timer")).toHaveText("0:01");
  await expectNoViolations(chat.page);
  await chat.button("Done").click();
  // The emulator says of a sound that it did not make what it is.
  await expect(chat.message).toHaveValue(/^Please note: .*\S/);
  await expect(chat.message).toBeFocused();
  await expect(panel(chat)).toHaveCount(0);
  await expect(chat.log).toHaveCount(0);
});

test("Users cancel a recording, and nothing of it is sent", async ({ chat }) => {
  const asked: string[] = [];
  chat.page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await chat.button("Speak").click();
  await expect(panel(chat)).toContainText("Recording");
  await panel(chat).getByRole("button", { name: "Cancel" }).click();
  await expect(panel(chat)).toHaveCount(0);
  await expect(chat.message).toBeFocused();
  await expect(chat.message).toHaveValue("");
  expect(asked.filter((path) => path.includes("transcriptions"))).toEqual([]);
});

test("Users read what went wrong when nothing can be written down", async ({ chat }) => {
  await chat.page.route("**/audio/transcriptions", (route) =>
    route.fulfill({ status: 503, contentType: "application/json", body: '{"error":{"message":"busy"}}' }),
  );
  await chat.button("Speak").click();
  await expect(panel(chat)).toContainText("Recording");
  await chat.button("Done").click();
  await expect(panel(chat).getByRole("alert")).toContainText("The service has a problem.", {
    timeout: 20_000,
  });
  await expect(chat.button("Try again")).toBeVisible();
});
