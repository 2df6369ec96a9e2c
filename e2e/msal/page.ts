// The page of these tests: what somebody would write who signs people in with MSAL. Its query says where things are.
import { ProtocolMode, PublicClientApplication } from "@azure/msal-browser";
import { ChatCompletionsClient, LatchkeyError } from "latchkey";
import { msalCredential } from "latchkey/msal";

const where = new URLSearchParams(location.search);
const authority = where.get("authority") ?? "";
const application = new PublicClientApplication({
  auth: {
    clientId: "page",
    authority,
    knownAuthorities: [new URL(authority).host],
    redirectUri: `${location.origin}/redirect.html`,
  },
  cache: { cacheLocation: "sessionStorage" },
  system: {
    protocolMode: ProtocolMode.OIDC,
    // How long MSAL waits for a popup, closed or not; its own default is a minute.
    popupBridgeTimeout: Number(where.get("popup") ?? 60_000),
  },
});
const output = document.querySelector("output")!;

async function ask(interaction: "popup" | "redirect" | "none"): Promise<string> {
  const credential = msalCredential(application, {
    interaction,
    scopes: ["openid", "profile", "offline_access", "api.read"],
  });
  const client = new ChatCompletionsClient(where.get("api") ?? "", credential, { maxRetries: 0 });
  const messages = [{ role: "user" as const, content: "Who am I?" }];
  try {
    const answers = await Promise.all([1, 2, 3].map(() => client.complete({ messages })));
    return `${interaction}: ${answers.map(({ choices }) => choices[0]?.message.content)}`;
  } catch (error) {
    const { name, code } = error as { name: string; code?: string };
    return `${interaction}: ${LatchkeyError.is(error) ? `${name} ${code}` : String(error)}`;
  }
}

for (const button of document.querySelectorAll("button")) {
  button.addEventListener("click", async () => {
    output.textContent = "waiting";
    output.textContent = await ask(button.id as "popup");
  });
}
output.textContent = "ready";
