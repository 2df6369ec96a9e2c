// The document with MSAL, and nothing that a model wrote. As a window of its own it takes the person to the authority
// and is where the person comes back to; in a frame of a room it gives the room tokens.
import type { TokenCredential } from "latchkey";
import { t } from "../i18n.ts";
import { startLanguage } from "../languages/language.ts";
import { applicationOf, scopesOf, silentCredential } from "./application.ts";
import { storePerson } from "./person.ts";
import { readSignInSettings, type SignInSettings } from "./settings.ts";
import { SIGN_IN_CHANNEL, type TokenAnswer, type TokenWindow } from "./token-window.ts";
import { wordsOf } from "./words.ts";

const workerUrl = import.meta.env.VITE_LATCHKEY_URL || location.origin;

if (window.parent === window) {
  signIn().catch((error: unknown) => {
    const problem = codeOf(error);
    new BroadcastChannel(SIGN_IN_CHANNEL).postMessage(problem);
    say(t(wordsOf(problem)));
    // Who came here without a room stays and reads it.
    window.close();
  });
} else {
  (window as TokenWindow).latchkeyToken = giveToken;
}

async function signIn(): Promise<void> {
  await startLanguage();
  say(t("Taking you to where you sign in"));
  const settings = await settingsOf();
  const application = applicationOf(settings);
  await application.initialize();
  const result = await application.handleRedirectPromise();
  if (result === null) {
    // Which account it shall be is asked, or leaving one for another would not be possible.
    const prompt = settings.protocol === "entra" ? { prompt: "select_account" } : {};
    return application.loginRedirect({ scopes: scopesOf(settings), ...prompt });
  }
  const { homeAccountId, name, username } = result.account;
  // One person at a time: whoever was here before leaves nothing.
  for (const other of application.getAllAccounts()) {
    if (other.homeAccountId !== homeAccountId) await application.clearCache({ account: other });
  }
  storePerson({ id: homeAccountId, name: name || username, since: Date.now() });
  say(t("You are signed in. You can close this window."));
  window.close();
}

let maker: Promise<(id: string) => TokenCredential> | undefined;

async function giveToken(id: string, claims: string | undefined): Promise<TokenAnswer> {
  try {
    maker ??= makerOf();
    const credential = (await maker)(id);
    const access = await credential.getToken([], claims === undefined ? {} : { claims });
    if (access === null) return { problem: "interaction_required" };
    return { token: access.token, expiresOnTimestamp: access.expiresOnTimestamp };
  } catch (error) {
    return { problem: codeOf(error) };
  }
}

async function makerOf(): Promise<(id: string) => TokenCredential> {
  try {
    const settings = await settingsOf();
    const application = applicationOf(settings);
    return (id) => silentCredential(application, settings, id);
  } catch (error) {
    maker = undefined;
    throw error;
  }
}

async function settingsOf(): Promise<SignInSettings> {
  const settings = await readSignInSettings(workerUrl);
  if (settings === null) throw Object.assign(new Error("nobody can sign in"), { code: "not_offered" });
  return settings;
}

/** MSAL's `errorCode`, or the `code` of a credential's error. */
function codeOf(error: unknown): string {
  const { errorCode, code } = Object(error);
  return [errorCode, code].find((one) => typeof one === "string") ?? "failed";
}

function say(text: string): void {
  const place = document.querySelector("main p");
  if (place) place.textContent = text;
}
