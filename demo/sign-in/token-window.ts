// What the rooms and the document with MSAL agree on.

/** The document's address: where the authority sends people back to, so it is registered there. */
export const SIGNING_IN_PATH = "/signing-in";

export type TokenAnswer =
  | { readonly token: string; readonly expiresOnTimestamp: number }
  /** Never thrown: an error of another document is of no class that is known here. */
  | { readonly problem: string };

/** The document, when it is in a frame of a room. */
export interface TokenWindow extends Window {
  /** `id`: of the person, as MSAL has it; `claims`: what the worker asks for beyond, as JSON. */
  latchkeyToken?: (id: string, claims: string | undefined) => Promise<TokenAnswer>;
}

/** By which the window to sign in at says why it failed; that it succeeded is seen in localStorage. */
export const SIGN_IN_CHANNEL = "latchkey-sign-in";
