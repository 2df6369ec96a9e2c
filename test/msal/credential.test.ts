// The browser's person as a credential: silent first, one interaction at a time, and errors that say what happened.
import { inspect } from "node:util";
import { type AccountInfo, InteractionRequiredAuthError, PublicClientApplication } from "@azure/msal-browser";
import { type AccessToken, ChatCompletionsClient, CredentialError, type TokenCredential } from "latchkey";
import { type MsalApplication, type MsalOptions, msalCredential } from "latchkey/msal";
import { describe, expect, expectTypeOf, test, vi } from "vitest";
import { COMPLETION, failureOf, json, MESSAGES, service, sleep } from "../service.ts";

const account = (username: string): AccountInfo => ({
  homeAccountId: `${username}.home`,
  environment: "login.microsoftonline.com",
  tenantId: "t",
  localAccountId: username,
  username,
});
const ALICE = account("alice@example.test");
const BOB = account("bob@example.test");
const needsPerson = () => new InteractionRequiredAuthError("interaction_required", "correlation");
const SCOPE = "https://cognitiveservices.azure.com/.default";

const result = (token: string, of = ALICE) => ({
  accessToken: token,
  expiresOn: new Date(Date.now() + 3_600_000),
  account: of,
});

/** An application in which somebody is signed in, or nobody. */
function application(accounts: AccountInfo[] = [ALICE]) {
  let active: AccountInfo | null = null;
  return {
    initialize: vi.fn(async () => {}),
    handleRedirectPromise: vi.fn(async (): Promise<ReturnType<typeof result> | null> => null),
    getActiveAccount: vi.fn(() => active),
    setActiveAccount: vi.fn((given: AccountInfo | null) => {
      active = given;
      if (given && !accounts.includes(given)) accounts.push(given);
    }),
    getAllAccounts: vi.fn(() => accounts),
    acquireTokenSilent: vi.fn(async (_request: object) => result("silent")),
    acquireTokenPopup: vi.fn(async (_request: object) => result("popup")),
    acquireTokenRedirect: vi.fn(async (_request: object) => {}),
  };
}

const credential = (
  app: ReturnType<typeof application>,
  options?: MsalOptions<AccountInfo>,
): TokenCredential => msalCredential(app as MsalApplication<AccountInfo>, options);

const get = async (source: TokenCredential): Promise<string | undefined> =>
  ((await source.getToken(SCOPE)) as AccessToken).token;

test("MSAL's own application fits", () => {
  expectTypeOf<PublicClientApplication>().toExtend<MsalApplication<AccountInfo>>();
  const real = new PublicClientApplication({ auth: { clientId: "spa" } });
  expect(msalCredential(real, { account: ALICE })).toHaveProperty("getToken");
});

describe("a token", () => {
  test("comes silently where it can, after the page is ready", async () => {
    const app = application();
    const source = credential(app);
    expect(await get(source)).toBe("silent");
    expect(await get(source)).toBe("silent");
    expect(app.acquireTokenSilent).toHaveBeenCalledWith({ scopes: [SCOPE], account: ALICE });
    expect(app.initialize).toHaveBeenCalledTimes(1);
    expect(app.handleRedirectPromise).toHaveBeenCalledTimes(1);
    expect(app.acquireTokenPopup).not.toHaveBeenCalled();
    expect((await source.getToken(SCOPE))?.expiresOnTimestamp).toBeGreaterThan(Date.now());
  });

  test("of the account that a redirect brought", async () => {
    const app = application([ALICE, BOB]);
    app.handleRedirectPromise.mockResolvedValue(result("redirect", BOB));
    await get(credential(app));
    expect(app.acquireTokenSilent).toHaveBeenCalledWith({ scopes: [SCOPE], account: BOB });
  });

  test.each<[string, MsalOptions<AccountInfo>]>([
    ["given", { account: BOB }],
    ["chosen", { account: (accounts) => accounts.find(({ username }) => username.startsWith("bob")) }],
  ])("of the account that is %s", async (_name, options) => {
    const app = application([ALICE, BOB]);
    await get(credential(app, { ...options, scopes: ["api://mine/.default"] }));
    expect(app.acquireTokenSilent).toHaveBeenCalledWith({ scopes: ["api://mine/.default"], account: BOB });
  });

  test.each([
    ["nobody: the person signs in", [], {}],
    ["several: the person chooses", [ALICE, BOB], { prompt: "select_account" }],
  ])("of %s", async (_name, accounts, prompt) => {
    const app = application([...accounts]);
    const source = credential(app);
    expect(await get(source)).toBe("popup");
    expect(app.acquireTokenPopup).toHaveBeenCalledWith({ scopes: [SCOPE], ...prompt });
    expect(await get(source)).toBe("silent");
  });

  test("passes claims on, and the person is asked when they need one", async () => {
    const app = application();
    app.acquireTokenSilent.mockRejectedValue(needsPerson());
    await credential(app).getToken(SCOPE, { claims: '{"access_token":{}}' });
    const request = { scopes: [SCOPE], account: ALICE, claims: '{"access_token":{}}' };
    expect(app.acquireTokenSilent).toHaveBeenCalledWith(request);
    expect(app.acquireTokenPopup).toHaveBeenCalledWith(request);
  });
});

describe("an interaction", () => {
  test("is one for any number of calls, of several clients", async () => {
    const app = application([]);
    app.acquireTokenPopup.mockImplementation(async () => {
      await sleep(10);
      return result("popup");
    });
    const sources = [credential(app), credential(app)];
    const tokens = await Promise.all(Array.from({ length: 20 }, (_, index) => get(sources[index % 2]!)));
    expect(app.acquireTokenPopup).toHaveBeenCalledTimes(1);
    expect(new Set(tokens)).toEqual(new Set(["popup", "silent"]));
  });

  test("that fails leaves the next one its turn", async () => {
    const app = application([]);
    app.acquireTokenPopup.mockRejectedValueOnce(
      Object.assign(new Error("x"), { errorCode: "user_cancelled" }),
    );
    const settled = await Promise.allSettled([get(credential(app)), get(credential(app))]);
    expect(settled.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
  });

  test("by redirect leaves the page, and the call fails meanwhile", async () => {
    const app = application([]);
    const error = await failureOf<CredentialError>(get(credential(app, { interaction: "redirect" })));
    expect(error).toMatchObject({ kind: "credential", code: "redirecting" });
    expect(app.acquireTokenRedirect).toHaveBeenCalledTimes(1);
    expect(app.acquireTokenPopup).not.toHaveBeenCalled();
  });

  test("is none where none is wanted", async () => {
    const nobody = await failureOf<CredentialError>(
      get(credential(application([]), { interaction: "none" })),
    );
    expect(nobody.code).toBe("interaction_required");
    const app = application();
    app.acquireTokenSilent.mockRejectedValue(needsPerson());
    const error = await failureOf<CredentialError>(get(credential(app, { interaction: "none" })));
    expect(error).toMatchObject({ code: "interaction_required" });
    expect(app.acquireTokenPopup).not.toHaveBeenCalled();
  });

  test("may take a person's time", async () => {
    expect(credential(application()).timeoutMs).toBe(300_000);
    expect(credential(application(), { timeoutMs: 5 }).timeoutMs).toBe(5);
    const app = application([]);
    app.acquireTokenPopup.mockImplementation(() => new Promise(() => {}));
    const { fetch } = service(() => json(COMPLETION));
    const client = new ChatCompletionsClient("https://s.example", credential(app, { timeoutMs: 20 }), {
      fetch,
    });
    expect((await failureOf(client.complete({ messages: MESSAGES }))).kind).toBe("credential");
  });
});

describe("a failure", () => {
  test.each(["popup_window_error", "user_cancelled", "timed_out"])(
    "%s keeps MSAL's code",
    async (errorCode) => {
      const app = application([]);
      app.acquireTokenPopup.mockRejectedValue(Object.assign(new Error("long text"), { errorCode }));
      const error = await failureOf<CredentialError>(get(credential(app)));
      expect(error).toBeInstanceOf(CredentialError);
      expect(error).toMatchObject({
        code: errorCode,
        message: `The person could not be signed in (${errorCode}).`,
      });
    },
  );

  test("of the network asks nobody", async () => {
    const app = application();
    const cause = Object.assign(new Error("x"), { errorCode: "no_network_connectivity" });
    app.acquireTokenSilent.mockRejectedValue(cause);
    const error = await failureOf<CredentialError>(get(credential(app)));
    expect(error).toMatchObject({ code: "no_network_connectivity", cause });
    expect(app.acquireTokenPopup).not.toHaveBeenCalled();
  });

  test("of the page's start is told, and tried again by the next call", async () => {
    const app = application();
    app.handleRedirectPromise.mockRejectedValueOnce(
      Object.assign(new Error("x"), { errorCode: "state_mismatch" }),
    );
    const source = credential(app);
    expect((await failureOf<CredentialError>(get(source))).code).toBe("state_mismatch");
    expect(await get(source)).toBe("silent");
  });

  test("C01 works in a browser without a flag, and a token is not shown", async () => {
    vi.stubGlobal("navigator", { userAgent: "Mozilla/5.0 Firefox/140.0" });
    const target = service(() => json(COMPLETION));
    const client = new ChatCompletionsClient("https://s.example", credential(application()), {
      fetch: target.fetch,
    });
    await client.complete({ messages: MESSAGES });
    vi.unstubAllGlobals();
    expect(target.arrivals[0]?.headers.get("authorization")).toBe("Bearer silent");
    expect(inspect(client, { depth: 9 })).not.toContain("Bearer");
  });
});

test.each([undefined, {}, null])("%j is no application", (given) => {
  expect(() => msalCredential(given as never)).toThrow(TypeError);
  expect(() => credential(application(), { interaction: "alert" as never })).toThrow("interaction");
});
