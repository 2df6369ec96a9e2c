// The hidden document that has MSAL, as the rooms see it: one function to ask. The rooms themselves may not reach the
// authority; that document may, and shows nothing that a model wrote.
import { SIGNING_IN_PATH, type TokenAnswer, type TokenWindow } from "./token-window.ts";

const LOAD_MS = 20_000;

let opened: Promise<HTMLIFrameElement> | undefined;

/** The person's token; `claims`: what the worker asks for beyond, as JSON. */
export async function tokenOf(id: string, claims: string | undefined): Promise<TokenAnswer> {
  try {
    opened ??= openFrame();
    const frame = await opened;
    const ask = (frame.contentWindow as TokenWindow | null)?.latchkeyToken;
    if (ask === undefined) throw new Error("it was not loaded");
    return await ask(id, claims);
  } catch {
    closeFrame();
    return { problem: "no_frame" };
  }
}

/** Ends what it knows; the next question opens another one. */
export function closeFrame(): void {
  opened?.then((frame) => frame.remove()).catch(() => {});
  opened = undefined;
}

function openFrame(): Promise<HTMLIFrameElement> {
  const frame = document.createElement("iframe");
  frame.src = SIGNING_IN_PATH;
  frame.title = "Account";
  frame.hidden = true;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      frame.remove();
      reject(new Error("it does not load"));
    }, LOAD_MS);
    frame.addEventListener("load", () => {
      clearTimeout(timer);
      resolve(frame);
    });
    document.body.append(frame);
  });
}
