import { expect, test } from "./chat.ts";

test.beforeEach(async ({ chat }) => chat.open());

test("Users stop an answer and it says stopped", async ({ chat }) => {
  await chat.send("Write 5000 words about mountains");
  await expect(chat.answer()).toContainText("Answering");
  await expect(chat.answer()).toContainText("mountains");
  await chat.button("Stop").click();
  await expect(chat.answer()).toContainText("Stopped");
  const text = await chat.answer().innerText();
  await chat.page.waitForTimeout(300);
  expect(await chat.answer().innerText()).toBe(text);
  await expect(chat.answer()).not.toContainText("Done");
  await expect(chat.message).toBeFocused();
  // The user's own act is not shown as an error.
  const [own, around] = await chat
    .answer()
    .locator(".phase-stopped")
    .evaluate((phase) => [phase, phase.parentElement!].map((element) => getComputedStyle(element).color));
  expect(own).toBe(around);
});

test.describe("By the clock", () => {
  // Whatever else the machine does counts too, so the best of five is what the page and the worker can do.
  test.describe.configure({ retries: 4 });

  test("Stopping reaches the model service within 250 ms", async ({ chat }) => {
    await chat.choose("gpt-4.1");
    await chat.send("Write 5000 words about valleys");
    await expect(chat.answer()).toContainText("valleys");
    await chat.page.evaluate(() => {
      addEventListener("click", () => Object.assign(globalThis, { clickedAt: Date.now() }), {
        capture: true,
      });
    });
    await chat.button("Stop").click();
    await expect.poll(async () => (await chat.delivered("gpt-4.1")).outcome).toBe("cancelled");
    const clickedAt = await chat.page.evaluate(() => Reflect.get(globalThis, "clickedAt") as number);
    const { endedAt, completionTokens } = await chat.delivered("gpt-4.1");
    expect((endedAt ?? Number.POSITIVE_INFINITY) - clickedAt).toBeLessThanOrEqual(250);
    expect(completionTokens).toBeLessThan(5_000);
  });
});

test("Users stop a model that sends nothing", async ({ chat }) => {
  await chat.choose("fault-stall");
  await chat.send("Write 50 words about patience");
  await expect(chat.answer()).toContainText("Answering");
  await chat.message.press("Escape");
  await expect(chat.answer()).toContainText("Stopped");
});

test("Users retry after a cut answer and keep the partial text", async ({ chat }) => {
  await chat.choose("fault-cut");
  await chat.send("Echo: alpha beta gamma delta epsilon zeta eta theta");
  const cut = chat.log.getByRole("article").first();
  await expect(cut).toContainText("Cut off");
  await expect(cut).toContainText("What arrived is kept.");
  await expect(cut).toContainText("alpha beta");
  await chat.choose("gpt-5-mini");
  await chat.button("Retry").click();
  await expect(chat.answer()).toContainText("Done · gpt-5-mini");
  await expect(chat.answer()).toContainText("alpha beta gamma delta epsilon zeta eta theta");
  await expect(chat.button("Retry")).toBeHidden();
  await expect(chat.message).toBeFocused();
  await chat.button("Previous version").click();
  await expect(cut).toContainText("Cut off");
  await expect(cut).toContainText("alpha beta");
});

test("Users retry a stopped answer", async ({ chat }) => {
  await chat.send("Write 5000 words about deserts");
  await expect(chat.answer()).toContainText("deserts");
  await chat.message.press("Escape");
  await expect(chat.answer()).toContainText("Stopped");
  await chat.button("Retry").click();
  await expect(chat.answer()).toContainText("Answering");
  await chat.message.press("Escape");
  await expect(chat.log.getByText("2 of 2")).toBeVisible();
});

for (const [model, sentence] of [
  ["fault-reset", /cut off before its end|ended before it began/],
  ["fault-half-event", /cut off before its end/],
  ["fault-error-event", /reported an error|cut off before its end/],
  ["fault-content-filter", "The service's content filter refused this message."],
  ["fault-html", "is not an answer"],
  ["fault-redirect", "tried to send the request elsewhere"],
  ["fault-empty", /not an answer|ended before it began|service has a problem/],
] as const) {
  test(`Users are told what to do when the service fails with ${model}`, async ({ chat }) => {
    await chat.choose(model);
    await chat.send("Echo: one two three four five six seven eight nine ten");
    await expect(chat.answer()).toContainText(/Failed|Cut off/, { timeout: 20_000 });
    await expect(chat.answer()).toContainText(sentence);
    await expect(chat.answer()).not.toContainText("Done");
    await expect(chat.button("Retry")).toBeVisible();
  });
}

test("Users are told how long to wait when the service is busy", async ({ chat }) => {
  await chat.choose("fault-rate-limit");
  await chat.send("Hello");
  await expect(chat.answer()).toContainText("Too many requests at once.", { timeout: 25_000 });
  await expect(chat.answer()).toContainText(/Wait .*then try again\./);
});

for (const model of ["fault-split-utf8", "fault-crlf", "fault-bom", "fault-done-open"]) {
  test(`Users do not notice an odd but correct stream: ${model}`, async ({ chat }) => {
    await chat.choose(model);
    await chat.send("Echo: naïve café 🙂 done");
    await expect(chat.answer()).toContainText(`Done · ${model}`);
  });
}

test("Users are told when the worker cannot be reached, and go on when it can", async ({ chat }) => {
  let down = true;
  await chat.page.route("**/chat/completions*", (route) => (down ? route.abort() : route.continue()));
  await chat.send("Echo: hello again");
  await expect(chat.answer()).toContainText("The worker cannot be reached.", { timeout: 20_000 });
  down = false;
  await chat.button("Retry").click();
  await expect(chat.answer()).toContainText("hello again");
});

test("Users without a list of models are told why and try again", async ({ chat, stack }) => {
  let down = true;
  await chat.page.route("**/v1/models", (route) => (down ? route.abort() : route.continue()));
  await chat.page.goto(stack.page);
  await expect(chat.page.getByRole("alert")).toContainText("gave no list of models");
  await expect(chat.model).toBeDisabled();
  down = false;
  await chat.button("Try again").click();
  await expect(chat.model).toBeEnabled();
  await expect(await chat.ask("Hello")).toContainText("Done");
});
