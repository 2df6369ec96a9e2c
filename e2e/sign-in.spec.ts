// A person signs in at the page: the real MSAL, a real OpenID provider, and the real worker, which takes its tokens.
import { test as base, type Page } from "@playwright/test";
import { expectNoViolations } from "./axe.ts";
import { Chat, expect, fillAsUsersDo } from "./chat.ts";
import { AUDIENCE, type Authority, CLIENT_ID, SCOPE, startAuthority, TENANT } from "./msal/authority.ts";
import { selfSigned } from "./msal/certificate.ts";
import { type Stack, startStack } from "./stack.ts";

interface WorkerFixtures {
  authority: Authority;
  stack: Stack;
}

const test = base.extend<{ chat: Chat }, WorkerFixtures>({
  authority: [
    // biome-ignore lint/correctness/noEmptyPattern: this is how a fixture says that it needs no other
    async ({}, use) => {
      // Where the page will be is known when the stack has started.
      const authority = await startAuthority("https://app.example.com/signing-in", selfSigned("localhost"));
      await use(authority);
      authority.close();
    },
    { scope: "worker" },
  ],

  stack: [
    async ({ authority }, use) => {
      const scopes = [SCOPE];
      const entra = {
        ...{ tenants: [TENANT], audiences: [AUDIENCE], scopes },
        ...{ issuers: [authority.url], jwksUrl: authority.keysUrl },
        page: { clientId: CLIENT_ID, authority: authority.url, scopes, protocol: "oidc" },
      };
      const stack = await startStack({ built: true, vars: { ENTRA: JSON.stringify(entra) } });
      authority.allow(`${stack.page}/signing-in`);
      await use(stack);
      await stack.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],

  /** Fails when a room asked anybody but the worker, threw, or broke its policy. */
  chat: async ({ page, stack }, use) => {
    const problems: string[] = [];
    page.on("request", (request) => {
      const isRoom = request.frame() === page.mainFrame();
      if (isRoom && new URL(request.url()).origin !== stack.page) problems.push(`asked ${request.url()}`);
    });
    page.on("pageerror", ({ message }) => problems.push(`the page threw: ${message}`));
    page.on("console", (message) => {
      if (/Content.Security.Policy|Trusted/i.test(message.text())) problems.push(message.text());
    });
    fillAsUsersDo(page);
    await use(new Chat(page, stack));
    expect(problems).toEqual([]);
  },
});

test.use({ ignoreHTTPSErrors: true });

const account = (page: Page) => page.getByRole("button", { name: "Account: alice" });

async function openWindow(chat: Chat): Promise<Page> {
  const opened = chat.page.waitForEvent("popup");
  await chat.button("Sign in").click();
  return opened;
}

async function give(popup: Page, name: string): Promise<void> {
  await popup.locator("input[name=login]").fill(name);
  await popup.locator("input[name=password]").fill("any");
  const closed = popup.waitForEvent("close");
  await popup.locator("button[type=submit]").click();
  await closed;
}

async function signIn(chat: Chat): Promise<void> {
  await give(await openWindow(chat), "alice");
  await expect(account(chat.page)).toBeVisible();
  await expect(chat.model).toBeEnabled();
}

/** What the worker was shown, by kind: an access token says `at+jwt`, a session's does not. */
function credentials(page: Page): string[] {
  const seen: string[] = [];
  page.on("request", (request) => {
    const { authorization } = request.headers();
    if (authorization === undefined || !request.url().includes("/models/chat/completions")) return;
    const [head = ""] = authorization.replace("Bearer ", "").split(".");
    seen.push(JSON.parse(Buffer.from(head, "base64url").toString()).typ);
  });
  return seen;
}

test("Users who don't sign in go on with a session, and nothing of MSAL is loaded", async ({ chat }) => {
  const { page } = chat;
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await chat.open();
  await expect(chat.button("Sign in")).toBeVisible();
  await chat.ask("Echo: hello");
  expect(asked).toContain("/session");
  expect(asked.filter((path) => path.includes("signing-in"))).toEqual([]);
  await expectNoViolations(page);
});

test("Users sign in in a window, chat as themselves, and stay signed in after a reload", async ({
  chat,
  authority,
}) => {
  const { page } = chat;
  const seen = credentials(page);
  await chat.open();
  await signIn(chat);
  await chat.ask("Echo: hello");
  expect(seen).toEqual(["at+jwt"]);
  await expectNoViolations(page);

  const { length } = authority.forms;
  await page.reload();
  await expect(account(page)).toBeVisible();
  await expect(chat.model).toBeEnabled();
  await chat.ask("Echo: hello again");
  await expect.poll(() => seen).toEqual(["at+jwt", "at+jwt"]);
  // The token that was kept did, so nobody asked for another.
  expect(authority.forms).toHaveLength(length);
});

test("Users whose token is nearly over get another one without being asked", async ({ chat, authority }) => {
  const { page } = chat;
  await chat.open();
  authority.lifetimeSeconds = 240;
  try {
    await signIn(chat);
    authority.forms.length = 0;
    await page.reload();
    await expect(chat.model).toBeEnabled();
    await chat.ask("Echo: still me");
    const grants = authority.forms.map((form) => form.get("grant_type"));
    expect(new Set(grants)).toEqual(new Set(["refresh_token"]));
  } finally {
    authority.lifetimeSeconds = 3600;
  }
});

test("Users see in another tab what they used in the first", async ({ chat, context, stack }) => {
  await chat.open();
  await signIn(chat);
  await chat.ask("Echo: counted for me");
  const tab = await context.newPage();
  await tab.goto(`${stack.page}/spending`);
  await expect(account(tab)).toBeVisible();
  const requests = tab.getByRole("definition").first();
  await expect(requests).toHaveText(/^[1-9]/);
  const before = Number(await requests.textContent());
  await chat.ask("Echo: and once more");
  await tab.getByRole("button", { name: "Read again" }).click();
  await expect(requests).toHaveText(String(before + 1));
});

test("Users sign out in one tab and are signed out in all of them", async ({ chat, context, stack }) => {
  const { page } = chat;
  await chat.open();
  const tab = await context.newPage();
  await tab.goto(`${stack.page}/spending`);
  await signIn(chat);
  await chat.ask("Echo: counted for alice");
  await expect(account(tab)).toBeVisible();
  await tab.getByRole("button", { name: "Read again" }).click();
  const requests = tab.getByRole("definition").first();
  await expect(requests).toHaveText(/^[1-9]/);

  await account(page).click();
  await expect(page.getByRole("dialog", { name: "Account" })).toContainText("Signed in as alice.");
  await expectNoViolations(page);
  await chat.button("Sign out").click();
  await expect(chat.button("Sign in")).toBeVisible();
  await expect(tab.getByRole("button", { name: "Sign in" })).toBeVisible();
  // Its session has used nothing yet.
  await expect(requests).toHaveText("0");

  const seen = credentials(page);
  await expect(chat.model).toBeEnabled();
  await chat.ask("Echo: nobody in particular");
  await expect.poll(() => seen).toEqual(["latchkey-session+jwt"]);
  expect(
    await page.evaluate(() => Object.keys(localStorage).filter((name) => /msal|account/.test(name))),
  ).toEqual([]);
});

test("Users who close the window are told so and go on with their session", async ({ chat }) => {
  const { page } = chat;
  await chat.open();
  const popup = await openWindow(chat);
  await popup.locator("input[name=login]").waitFor();
  await expect(page.getByText("Sign in in the window that opened.")).toBeVisible();
  await popup.close();
  await expect(page.getByText("If you closed it, sign in again.")).toBeVisible();
  await expectNoViolations(page);
  await chat.button("Cancel").click();
  await chat.ask("Echo: still here");

  await signIn(chat);
});

test("Users who leave the sign-in at the authority are told that they were not signed in", async ({
  chat,
}) => {
  await chat.open();
  const popup = await openWindow(chat);
  const closed = popup.waitForEvent("close");
  await popup.getByText("Cancel").click();
  await closed;
  await expect(chat.page.getByRole("alert")).toContainText("You were not signed in");
  await expectNoViolations(chat.page);
});

test("Users are told that the browser blocked the window", async ({ chat }) => {
  const { page } = chat;
  await page.addInitScript(() => Object.assign(window, { open: () => null }));
  await chat.open();
  await chat.button("Sign in").click();
  await expect(page.getByRole("alert")).toContainText("The browser blocked the window");
});

test("Users of Entra ID are taken to its own page, where they choose their account", async ({
  chat,
  context,
}) => {
  const entra = {
    client_id: "the-page",
    authority: `https://login.microsoftonline.com/${TENANT}`,
    scopes: ["api://the-worker/Models.Use"],
    protocol: "entra",
  };
  await context.route("**/sign-in", (route) => route.fulfill({ json: { entra } }));
  await context.route("https://login.microsoftonline.com/**", (route) =>
    route.fulfill({ contentType: "text/html", body: "<title>Entra ID</title>" }),
  );
  await chat.open();
  const popup = await openWindow(chat);
  await popup.waitForURL(/login\.microsoftonline\.com/);
  const { pathname, searchParams } = new URL(popup.url());
  expect(pathname).toBe(`/${TENANT}/oauth2/v2.0/authorize`);
  expect(Object.fromEntries(searchParams)).toMatchObject({
    client_id: "the-page",
    redirect_uri: new URL("/signing-in", chat.page.url()).href,
    response_type: "code",
    code_challenge_method: "S256",
    prompt: "select_account",
  });
  expect(searchParams.get("scope")?.split(" ")).toContain("api://the-worker/Models.Use");
  await popup.close();
});

test("Users whose account the worker refuses are told so, and can sign out", async ({ chat }) => {
  const { page } = chat;
  await chat.open();
  await signIn(chat);
  await page.route("**/v1/models", (route) => route.fulfill({ status: 403, body: "{}" }));
  await page.reload();
  await expect(
    page.getByRole("alert").filter({ hasText: "Your account may not do this here." }),
  ).toBeVisible();
  await page.unroute("**/v1/models");
  await page.getByRole("alert").getByRole("button", { name: "Sign out" }).click();
  await expect(chat.button("Sign in")).toBeVisible();
  await expect(chat.model).toBeEnabled();
});

test("Users whose sign-in is over are asked to sign in again", async ({ chat }) => {
  const { page } = chat;
  await chat.open();
  await signIn(chat);
  await page.evaluate(() => {
    for (const name of Object.keys(localStorage)) if (name.startsWith("msal.")) localStorage.removeItem(name);
  });
  await page.reload();
  await expect(page.getByRole("alert").filter({ hasText: "Your sign-in is over." })).toBeVisible();
  const opened = page.waitForEvent("popup");
  await chat.button("Sign in again").click();
  // The authority knows who it is, so nothing is asked.
  await opened;
  await expect(chat.model).toBeEnabled();
  await chat.ask("Echo: here again");
});

test("Only the document that signs people in may reach an authority, and only the page may frame it", async ({
  page,
  stack,
}) => {
  const headersOf = async (path: string) => (await page.request.get(stack.page + path)).headers();
  const rooms = await Promise.all(["/", "/images", "/agents", "/spending"].map(headersOf));
  for (const { "content-security-policy": policy = "" } of rooms) {
    expect(policy).toContain("connect-src 'self';");
    expect(policy).toContain("frame-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
  }
  const { "content-security-policy": policy = "", ...headers } = await headersOf("/signing-in");
  expect(policy).toContain("default-src 'none'; script-src 'self';");
  expect(policy).toContain("connect-src 'self' https:;");
  expect(policy).toContain("frame-ancestors 'self';");
  // One policy: a second one would be added to the first.
  expect(policy.match(/default-src/g)).toHaveLength(1);
  expect(headers["cross-origin-opener-policy"]).toBeUndefined();
  expect(headers["x-content-type-options"]).toBe("nosniff");
});
