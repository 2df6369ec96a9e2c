// A person signs in at a page: the real MSAL in a real browser, a real OpenID provider, and an API that checks tokens.
import { type BrowserContext, expect, type Page, test } from "@playwright/test";
import { type Api, startApi } from "./msal/api.ts";
import { type Authority, startAuthority } from "./msal/authority.ts";
import { selfSigned } from "./msal/certificate.ts";
import { type Site, startSite } from "./msal/site.ts";

test.use({ ignoreHTTPSErrors: true });

let site: Site;
let authority: Authority;
let api: Api;

test.beforeAll(async () => {
  const certificate = selfSigned("localhost");
  site = await startSite();
  authority = await startAuthority(`${site.url}/redirect.html`, certificate);
  api = await startApi(site.url, authority, certificate);
});
test.beforeEach(() => {
  api.tokens.length = 0;
  authority.forms.length = 0;
});
test.afterAll(() => {
  for (const server of [site, authority, api]) server?.close();
});

const output = (page: Page) => page.locator("output");

async function open(page: Page, more: Record<string, string> = {}): Promise<void> {
  const where = new URLSearchParams({ authority: authority.url, api: `${api.url}/models`, ...more });
  await page.goto(`${site.url}/?${where}`);
  await expect(output(page)).toHaveText("ready");
}

async function signIn(page: Page): Promise<void> {
  await page.locator("input[name=login]").fill("alice");
  await page.locator("input[name=password]").fill("any");
  await page.locator("button[type=submit]").click();
}

async function signInByPopup(page: Page): Promise<void> {
  const opened = page.waitForEvent("popup");
  await page.click("#popup");
  await signIn(await opened);
  await expect(output(page)).toHaveText("popup: alice,alice,alice");
}

/** Everything that the browser sends, as text, by the origin it goes to. */
function watch(context: BrowserContext): Promise<{ origin: string; sent: string }>[] {
  const seen: Promise<{ origin: string; sent: string }>[] = [];
  context.on("request", (request) => {
    const { origin } = new URL(request.url());
    const rest = `${request.url()} ${request.postData()}`;
    const headers = request.allHeaders().catch(() => request.headers());
    seen.push(headers.then((all) => ({ origin, sent: `${rest} ${JSON.stringify(all)}` })));
  });
  return seen;
}

test("nobody is signed in; a popup, one for three calls; after a reload silently", async ({
  page,
  context,
}) => {
  const seen = watch(context);
  await open(page);
  await page.click("#none");
  await expect(output(page)).toHaveText("none: CredentialError interaction_required");
  expect(api.tokens).toEqual([]);

  await signInByPopup(page);
  expect(new Set(api.tokens).size).toBe(1);
  expect(authority.forms.map((form) => form.get("grant_type"))).toEqual(["authorization_code"]);

  await page.reload();
  await page.click("#none");
  await expect(output(page)).toHaveText("none: alice,alice,alice");
  expect(authority.forms).toHaveLength(1);

  const [token = "none"] = api.tokens;
  const told = (await Promise.all(seen)).filter(({ sent }) => sent.includes(token));
  expect(new Set(told.map(({ origin }) => origin))).toEqual(new Set([api.url]));
  expect(told).toHaveLength(6);
});

test("a redirect, and back", async ({ page }) => {
  await open(page);
  await page.click("#redirect");
  await signIn(page);
  await expect(output(page)).toHaveText("ready");
  expect(new URL(page.url()).origin).toBe(site.url);
  await page.click("#none");
  await expect(output(page)).toHaveText("none: alice,alice,alice");
  expect(new Set(api.tokens).size).toBe(1);
});

test("a popup that the person closes", async ({ page }) => {
  await open(page, { popup: "3000" });
  const opened = page.waitForEvent("popup");
  await page.click("#popup");
  const popup = await opened;
  await popup.locator("input[name=login]").waitFor();
  await popup.close();
  await expect(output(page)).toHaveText(/^popup: CredentialError (timed_out|user_cancelled)$/);
  expect(api.tokens).toEqual([]);
});

test("an API that asks for more claims gets another token, without the person", async ({ page }) => {
  await open(page);
  await signInByPopup(page);
  const claims = { access_token: { acrs: { essential: true, value: "c1" } } };
  api.demand(claims);
  await page.click("#none");
  await expect(output(page)).toHaveText("none: alice,alice,alice");
  const [first, , , ...later] = api.tokens;
  expect(new Set(later).size).toBe(1);
  expect(later).not.toContain(first);
  const form = authority.forms.at(-1);
  expect(form?.get("grant_type")).toBe("refresh_token");
  expect(JSON.parse(form?.get("claims") ?? "null")).toMatchObject(claims);
});
