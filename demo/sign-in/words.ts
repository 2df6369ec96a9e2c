// Why signing in, or a token, failed: MSAL's codes and ours, in words. English; `t` translates them.
import { phrase } from "../i18n.ts";

const WORDS: Readonly<Record<string, string>> = {
  popup_blocked: phrase(
    "The browser blocked the window to sign in at. Allow pop-up windows for this page, then sign in again.",
  ),
  access_denied: phrase(
    "You were not signed in: the sign-in was refused or left. Your session goes on without it.",
  ),
  user_cancelled: phrase(
    "You were not signed in: the sign-in was refused or left. Your session goes on without it.",
  ),
  consent_required: phrase(
    "Your directory has not allowed this page yet. Ask its administrator to consent, then sign in again.",
  ),
  interaction_required: phrase("Your sign-in is over. Sign in again, or sign out to go on without it."),
  login_required: phrase("Your sign-in is over. Sign in again, or sign out to go on without it."),
  invalid_grant: phrase("Your sign-in is over. Sign in again, or sign out to go on without it."),
  refused: phrase(
    "The worker did not accept your sign-in. Sign in again, or sign out to go on without it. Whoever runs the worker: check `entra` in its configuration.",
  ),
  not_allowed: phrase(
    "Your account may not do this here. Ask whoever runs the worker, or sign out to go on without it.",
  ),
  not_offered: phrase("The worker no longer lets people sign in. Sign out to go on without it."),
  no_frame: phrase("The part of this page that keeps you signed in could not be loaded. Reload the page."),
};

/** Where MSAL could not reach or read the authority. */
const UNREACHED = /network|endpoints_resolution|openid_config|timed_out|no_network/;

export function wordsOf(problem: string): string {
  if (Object.hasOwn(WORDS, problem)) return WORDS[problem]!;
  return UNREACHED.test(problem)
    ? phrase("The service to sign in at cannot be reached. Check that you are online, then try again.")
    : phrase("Signing in failed. Try again; if it stays, tell whoever runs the worker.");
}
