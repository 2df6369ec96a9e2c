// Opens the window to sign in at and watches over it. Opened in the click itself, or browsers block it.
import { accountNow, changeAccount, forgetPerson } from "./account.ts";
import { closeFrame } from "./token-frame.ts";
import { SIGN_IN_CHANNEL, SIGNING_IN_PATH } from "./token-window.ts";

const LOOK_MS = 400;
const SIZE = "popup,width=520,height=680";

let stopWatching: (() => void) | undefined;

export function signIn(): void {
  stopWatching?.();
  const opened = window.open(SIGNING_IN_PATH, SIGN_IN_CHANNEL, SIZE);
  if (opened === null) {
    changeAccount({ waiting: "no", problem: "popup_blocked" });
    return;
  }
  // Tokens of whoever was signed in before are not asked for again.
  closeFrame();
  changeAccount({ waiting: "open", problem: null });
  const channel = new BroadcastChannel(SIGN_IN_CHANNEL);
  channel.onmessage = ({ data }) => {
    stop();
    changeAccount({ waiting: "no", problem: String(data) });
  };
  const timer = setInterval(() => {
    const { waiting } = accountNow();
    if (waiting === "no") stop();
    // Also true of a window that is open at an authority which cuts itself off from whoever opened it.
    else if (opened.closed && waiting === "open") changeAccount({ waiting: "out of sight" });
  }, LOOK_MS);
  function stop(): void {
    clearInterval(timer);
    channel.close();
    stopWatching = undefined;
  }
  stopWatching = stop;
}

/** The window may be finished all the same; then the person is signed in. */
export function cancelSignIn(): void {
  stopWatching?.();
  changeAccount({ waiting: "no" });
}

export function signOut(): void {
  stopWatching?.();
  closeFrame();
  forgetPerson();
}
