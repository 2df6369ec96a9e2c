// Registers the service worker of the built page, which makes it open without a network. After the page is there, so
// that nothing of the first load waits for it.
import { t } from "../i18n.ts";
import { offerVersion } from "./new-version.ts";
import { show } from "./stage.tsx";

const SCRIPT = "/service-worker.js";

export async function keepForOffline(): Promise<void> {
  const registration = await navigator.serviceWorker.register(trusted(SCRIPT));
  const offer = () => {
    // The first worker is no newer version: there is no older one.
    if (!registration.waiting || !navigator.serviceWorker.controller) return;
    offerVersion(registration.waiting);
    show({ said: t("A new version of this page is ready. Its settings lead to it.") });
  };
  offer();
  registration.addEventListener("updatefound", () => {
    const { installing } = registration;
    installing?.addEventListener("statechange", () => installing.state === "installed" && offer());
  });
}

/**
 * The policy wants this address from a named policy of Trusted Types, which gives only this one (docs/decisions/078).
 * Browsers without them take the address.
 */
function trusted(url: string): string {
  const types:
    | { createPolicy(name: string, rules: object): { createScriptURL(url: string): string } }
    | undefined = Reflect.get(globalThis, "trustedTypes");
  if (types === undefined) return url;
  return types.createPolicy("service-worker", { createScriptURL: () => SCRIPT }).createScriptURL(url);
}
