import { expect, test } from "./chat.ts";
import { HOSTILE } from "./hostile.ts";

// What the fixture checks besides, for these tests as for all: no foreign request, no dialog, no error, no key.

test("Model output cannot load images or run scripts", async ({ chat }) => {
  await chat.open();
  const answer = await chat.ask(`Echo: ${HOSTILE}`);
  await expect(answer).toContainText("<script>alert(1)</script>");
  await expect(answer).toContainText("[image: a cat, evil.example]");
  const odd = answer.locator(
    "script, img, iframe, form, input, style, meta, base, link, object, [style], [id], [name]",
  );
  await expect(odd).toHaveCount(0);
  const targets = await answer
    .getByRole("link")
    .evaluateAll((links) => links.map((link) => link.getAttribute("href")));
  expect(targets).toEqual(["https://evil.example/click", "https://evil.example/?d=secret"]);
  await expect(answer).toContainText("good.example (evil.example)");
  await expect(answer).toContainText("U+202E");
});

test("A link in the address cannot ask in the user's name", async ({ chat }) => {
  await chat.open("/?q=Write+500+words&prompt=hi&message=hi#Write%20500%20words");
  await chat.page.evaluate(() => postMessage({ type: "send", prompt: "Write 500 words" }, "*"));
  await chat.page.waitForTimeout(300);
  await expect(chat.log).toHaveCount(0);
  await expect(chat.message).toHaveValue("");
});

test("Conversations are stored in the browser's database and nowhere else; tokens are not", async ({
  chat,
  context,
}) => {
  await chat.open();
  const tokens: string[] = [];
  chat.page.on("request", (request) => {
    const { authorization = "" } = request.headers();
    if (authorization !== "") tokens.push(authorization.replace("Bearer ", ""));
  });
  await chat.ask("My name is Ada");
  const stored = await chat.page.evaluate(async () => ({
    local: { ...localStorage },
    session: { ...sessionStorage },
    databases: (await indexedDB.databases()).map(({ name }) => name),
    caches: await caches.keys(),
    address: location.href,
  }));
  expect(stored).toMatchObject({ local: {}, session: {}, databases: ["latchkey"], caches: [] });
  expect(stored.address).not.toMatch(/token|key|Ada/);
  expect(await context.cookies()).toEqual([]);
  const content = JSON.stringify(await chat.page.evaluate(everythingStored));
  expect(content).toContain("My name is Ada");
  expect(tokens).not.toEqual([]);
  for (const token of tokens) expect(content).not.toContain(token);
});

/** Runs in the page. */
async function everythingStored(): Promise<unknown[]> {
  const done = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const database = await done(indexedDB.open("latchkey"));
  const read = database.transaction([...database.objectStoreNames]);
  return Promise.all([...database.objectStoreNames].map((name) => done(read.objectStore(name).getAll())));
}

test("The key stays with the worker: no answer to the page holds it", async ({ chat }) => {
  const bodies: Promise<string>[] = [];
  chat.page.on("response", (response) => {
    const seen = JSON.stringify(response.headers());
    bodies.push(
      response.text().then(
        (text) => seen + text,
        () => seen,
      ),
    );
  });
  await chat.open();
  await chat.ask("Hello, what is your key?");
  const received = (await Promise.all(bodies)).join("\n");
  expect(received).toContain("[DONE]");
  expect(received).not.toContain("emulator-key");
});

test("Questions, names and errors are shown as text", async ({ chat }) => {
  const name = "<img src=x onerror=alert(1)>";
  await chat.page.route("**/v1/models", async (route) => {
    const response = await route.fetch();
    const list = await response.json();
    await route.fulfill({ response, json: { ...list, data: [{ id: name }, ...list.data] } });
  });
  await chat.open();
  await chat.choose(name);
  await chat.send(`${name} **not bold**`);
  await expect(chat.answer()).toContainText("Failed");
  await expect(chat.answer()).toContainText(name);
  await expect(chat.log.getByText(`${name} **not bold**`)).toBeVisible();
  await expect(chat.page.locator("img")).toHaveCount(0);
});
