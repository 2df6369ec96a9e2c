// Who uses the page: somebody who signed in, or nobody in particular, who has a session of the worker. All tabs agree,
// by a note in localStorage of who it is; the tokens are MSAL's and in its own documents alone (docs/decisions/077).
import type { TokenCredential } from "latchkey";
import { useSyncExternalStore } from "react";
import { clearPerson, PERSON_KEY, type Person, storedPerson } from "./person.ts";
import { readSignInSettings } from "./settings.ts";

export interface Account {
  /** Whether people can sign in at this worker. */
  readonly offered: boolean;
  readonly person: Person | null;
  /** The window to sign in at is open, or was: whether it still is can't always be seen. */
  readonly waiting: "no" | "open" | "out of sight";
  /** Why signing in or a token failed, as a code of MSAL's or of ours; words.ts says it. */
  readonly problem: string | null;
}

const listeners = new Set<() => void>();
let account: Account = { offered: false, person: storedPerson(), waiting: "no", problem: null };

export const accountNow = (): Account => account;

export function useAccount(): Account {
  return useSyncExternalStore(subscribe, accountNow);
}

export function changeAccount(change: Partial<Account>): void {
  account = { ...account, ...change };
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Follows what other tabs and the window to sign in at do, and asks the worker whether there is signing in. */
export function watchAccount(workerUrl: string): () => void {
  const onStorage = ({ key }: StorageEvent) => {
    // Null: everything was cleared.
    if (key !== PERSON_KEY && key !== null) return;
    const person = storedPerson();
    if (person?.id === account.person?.id && person?.since === account.person?.since) return;
    // What it has in memory is of somebody who is gone.
    if (account.person !== null) void import("./token-frame.ts").then(({ closeFrame }) => closeFrame());
    changeAccount({ person, problem: null, ...(person && { waiting: "no" as const }) });
  };
  addEventListener("storage", onStorage);
  readSignInSettings(workerUrl).then(
    (settings) => {
      if (settings === null) forgetPerson();
      changeAccount({ offered: settings !== null });
    },
    // Not reached: who was signed in stays so, and the calls say what is wrong.
    () => {},
  );
  return () => removeEventListener("storage", onStorage);
}

/** The token of the person, which the hidden document of MSAL gives. */
export function personCredential(id: string): TokenCredential {
  return {
    async getToken(_scopes, { claims } = {}) {
      const { tokenOf } = await import("./token-frame.ts");
      const answer = await tokenOf(id, claims);
      if ("token" in answer) {
        if (account.person?.id === id && account.problem !== null) changeAccount({ problem: null });
        return answer;
      }
      if (account.person?.id === id) changeAccount({ problem: answer.problem });
      throw new Error(`no token for the account: ${answer.problem}`);
    },
  };
}

/** The worker refused the person's token: as of no use here, or as of somebody who may not. */
export function noteRefusal(status: number): void {
  if (account.person === null) return;
  if (status === 401) changeAccount({ problem: "refused" });
  if (status === 403) changeAccount({ problem: "not_allowed" });
}

export function forgetPerson(): void {
  clearPerson();
  if (account.person !== null) changeAccount({ person: null, problem: null, waiting: "no" });
}
