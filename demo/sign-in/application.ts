// MSAL, set up by what the worker tells.
import {
  CacheLookupPolicy,
  ProtocolMode,
  PublicClientApplication,
  type SilentRequest,
} from "@azure/msal-browser";
import type { TokenCredential } from "latchkey";
import { msalCredential } from "latchkey/msal";
import type { SignInSettings } from "./settings.ts";
import { SIGNING_IN_PATH } from "./token-window.ts";

/** Without hidden frames of the authority, which the policy of the document refuses: then the person signs in again. */
class FramelessApplication extends PublicClientApplication {
  override acquireTokenSilent(request: SilentRequest) {
    const cacheLookupPolicy = CacheLookupPolicy.AccessTokenAndRefreshToken;
    return super.acquireTokenSilent({ ...request, cacheLookupPolicy });
  }
}

export function applicationOf({ clientId, authority, protocol }: SignInSettings): PublicClientApplication {
  return new FramelessApplication({
    auth: {
      clientId,
      authority,
      // It is the operator's word that this is the authority; nobody else need be asked.
      knownAuthorities: [new URL(authority).host],
      redirectUri: new URL(SIGNING_IN_PATH, location.origin).href,
    },
    // For all tabs, until the browser is closed: MSAL encrypts it by a key in a cookie that ends then.
    cache: { cacheLocation: "localStorage" },
    system: { protocolMode: protocol === "oidc" ? ProtocolMode.OIDC : ProtocolMode.AAD },
  });
}

export function scopesOf({ scopes }: SignInSettings): string[] {
  return ["openid", "profile", "offline_access", ...scopes];
}

/** Tokens of one person, without anybody being asked. */
export function silentCredential(
  application: PublicClientApplication,
  settings: SignInSettings,
  id: string,
): TokenCredential {
  return msalCredential(application, {
    interaction: "none",
    scopes: scopesOf(settings),
    account: (accounts) => accounts.find(({ homeAccountId }) => homeAccountId === id),
  });
}
