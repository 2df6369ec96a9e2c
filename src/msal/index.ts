/**
 * Entry point `latchkey/msal`: the person at the browser as a credential, by an application of `@azure/msal-browser`
 * that the caller makes and configures. Knows it by its methods only, so nothing of MSAL is imported here.
 */
import type { AccessToken, GetTokenOptions, TokenCredential } from "../http/credential.ts";
import { CredentialError } from "../http/errors.ts";

/** As much of MSAL's `AccountInfo` as is passed around here. */
export interface MsalAccount {
  homeAccountId: string;
  username: string;
}

interface MsalResult {
  accessToken: string;
  expiresOn: Date | null;
  account: MsalAccount | null;
}

/** As much of MSAL's `PublicClientApplication` as is used; version 3 and above fit. */
export interface MsalApplication<Account extends MsalAccount> {
  initialize(): Promise<void>;
  handleRedirectPromise(): Promise<MsalResult | null>;
  getActiveAccount(): Account | null;
  setActiveAccount(account: Account | null): void;
  getAllAccounts(): Account[];
  acquireTokenSilent(request: { scopes: string[]; account?: Account; claims?: string }): Promise<MsalResult>;
  acquireTokenPopup(request: { scopes: string[]; account?: Account; claims?: string }): Promise<MsalResult>;
  acquireTokenRedirect(request: { scopes: string[]; account?: Account; claims?: string }): Promise<void>;
}

/** Options of {@link msalCredential}. */
export interface MsalOptions<Account extends MsalAccount> {
  /**
   * What happens when no token comes silently: a popup, which the browser allows right after a click only; a
   * redirect, which leaves the page; or an error. Default `"popup"`.
   */
  interaction?: "popup" | "redirect" | "none" | undefined;
  /** Whose token. Default: the active account, else the only one; with several, the person chooses. */
  account?: Account | ((accounts: Account[]) => Account | null | undefined) | undefined;
  /** Scopes to ask for instead of the client's. */
  scopes?: string[] | undefined;
  /** How long a token may take, the person's time included, in milliseconds. Default 300 000 (5 min). */
  timeoutMs?: number | undefined;
}

/** What all credentials of one application share. */
interface State {
  /** Initialized, with the answer of a redirect taken in. */
  ready: Promise<void>;
  /** The last of the interactions; MSAL allows one at a time. */
  turn: Promise<unknown>;
}

const STATES = new WeakMap<object, State>();
const TIMEOUT_MS = 300_000;
/** Where a token is needed that only the person can give. Which class threw it doesn't matter. */
const INTERACTIVE = "InteractionRequiredAuthError";

/**
 * A credential that signs a person in: silently where possible, then by popup or redirect, one at a time however many
 * calls wait. It initializes the application and takes in the answer of a redirect, so the page needs to do neither.
 * The page at MSAL's `redirectUri` is another one: it calls `broadcastResponseToMainFrame()` of
 * `@azure/msal-browser/redirect-bridge` and nothing else.
 *
 * @returns a credential whose `getToken` rejects with a {@link CredentialError}; its `code` is MSAL's, as
 *   `interaction_required`, `popup_window_error` (a blocked popup), `user_cancelled`, or `timed_out` (MSAL 5 says this
 *   of a popup that was closed, after a minute).
 *
 * @example
 * ```ts
 * import { PublicClientApplication } from "@azure/msal-browser";
 * import { ChatCompletionsClient } from "latchkey";
 * import { msalCredential } from "latchkey/msal";
 *
 * const application = new PublicClientApplication({ auth: { clientId: "…", authority: "https://login.microsoftonline.com/contoso.com" } });
 * const client = new ChatCompletionsClient("https://example.services.ai.azure.com/models", msalCredential(application));
 * ```
 */
export function msalCredential<Account extends MsalAccount>(
  application: MsalApplication<Account>,
  options: MsalOptions<Account> = {},
): TokenCredential {
  const { interaction = "popup", timeoutMs = TIMEOUT_MS } = options;
  if (typeof application?.acquireTokenSilent !== "function") {
    throw new TypeError("application must be a PublicClientApplication of @azure/msal-browser.");
  }
  if (!["popup", "redirect", "none"].includes(interaction)) {
    throw new TypeError('interaction must be "popup", "redirect" or "none".');
  }

  async function getToken(scopes: string | string[], { claims }: GetTokenOptions): Promise<AccessToken> {
    const state = stateOf(application);
    await state.ready;
    const request = { scopes: options.scopes ?? [scopes].flat(), ...(claims && { claims }) };
    try {
      return await silently(request);
    } catch (error) {
      if (!needsPerson(error) || interaction === "none") throw error;
    }
    const turn = state.turn.then(async () => {
      // Somebody who had the turn before may have signed in for everyone.
      const silent = await silently(request).catch((error) => {
        if (!needsPerson(error)) throw error;
      });
      return silent ?? interact(request);
    });
    state.turn = turn.catch(() => {});
    return turn;
  }

  async function silently(request: { scopes: string[]; claims?: string }): Promise<AccessToken> {
    const account = accountOf();
    if (!account) throw new CredentialError("Nobody is signed in.", { code: "interaction_required" });
    return tokenOf(await application.acquireTokenSilent({ ...request, account }));
  }

  async function interact(request: { scopes: string[]; claims?: string }): Promise<AccessToken> {
    const account = accountOf();
    // With nobody known here the issuer may know who it is; not every issuer has a page to choose.
    const several = application.getAllAccounts().length > 1 && { prompt: "select_account" };
    const whom = account ? { account } : several;
    if (interaction === "popup") {
      const result = await application.acquireTokenPopup({ ...request, ...whom });
      application.setActiveAccount(result.account as Account | null);
      return tokenOf(result);
    }
    await application.acquireTokenRedirect({ ...request, ...whom });
    throw new CredentialError("The page is on its way to sign in.", { code: "redirecting" });
  }

  function accountOf(): Account | null | undefined {
    const { account } = options;
    const accounts = application.getAllAccounts();
    if (typeof account === "function") return account(accounts);
    return account ?? application.getActiveAccount() ?? (accounts.length === 1 ? accounts[0] : undefined);
  }

  return {
    timeoutMs,
    async getToken(scopes, given = {}) {
      try {
        return await getToken(scopes, given);
      } catch (cause) {
        if (cause instanceof CredentialError) throw cause;
        const { errorCode } = Object(cause) as { errorCode?: unknown };
        const code = typeof errorCode === "string" ? errorCode : undefined;
        throw new CredentialError(`The person could not be signed in${code ? ` (${code})` : ""}.`, {
          cause,
          code,
        });
      }
    },
  };
}

function stateOf<Account extends MsalAccount>(application: MsalApplication<Account>): State {
  const known = STATES.get(application);
  if (known) return known;
  const ready = (async () => {
    await application.initialize();
    const result = await application.handleRedirectPromise();
    if (result?.account) application.setActiveAccount(result.account as Account);
  })();
  const state = { ready, turn: Promise.resolve() };
  STATES.set(application, state);
  // A redirect that failed is told once; the next call begins anew.
  ready.catch(() => STATES.delete(application));
  return state;
}

function needsPerson(error: unknown): boolean {
  const { name, code } = Object(error) as { name?: unknown; code?: unknown };
  return name === INTERACTIVE || (error instanceof CredentialError && code === "interaction_required");
}

function tokenOf({ accessToken, expiresOn }: MsalResult): AccessToken {
  // Without a time it's asked for at each call: MSAL keeps tokens itself.
  return { token: accessToken, expiresOnTimestamp: expiresOn?.getTime() ?? 0 };
}
