// "Sign in" in the header, or who is signed in, with "Sign out". What goes on is said below the header.
import "./sign-in.css";
import { useId, useRef } from "react";
import { t } from "../i18n.ts";
import { type Account, useAccount } from "./account.ts";
import { PersonIcon } from "./icons.tsx";
import { cancelSignIn, signIn, signOut } from "./sign-in.ts";
import { wordsOf } from "./words.ts";

export function AccountButton() {
  const account = useAccount();
  return (
    <>
      {account.person === null ? (
        account.offered ? (
          <button type="button" className="quiet-button outlined account-button" onClick={signIn}>
            <PersonIcon />
            <span>{t("Sign in")}</span>
          </button>
        ) : null
      ) : (
        <SignedIn name={account.person.name} />
      )}
      <AccountNotice account={account} />
    </>
  );
}

function SignedIn({ name }: { name: string }) {
  const id = useId();
  const panel = useRef<HTMLDialogElement>(null);
  return (
    <>
      <button
        type="button"
        className="quiet-button outlined account-button"
        popoverTarget={id}
        aria-label={t("Account: {name}", { name })}
        title={t("Account: {name}", { name })}
      >
        <PersonIcon />
        <span>{name}</span>
      </button>
      <dialog ref={panel} id={id} popover="auto" className="account-panel" aria-label={t("Account")}>
        <p>{t("Signed in as {name}.", { name })}</p>
        <p className="hint">{t("What you use is counted for you, in every tab and on every device.")}</p>
        <button
          type="button"
          className="quiet-button outlined"
          onClick={() => {
            panel.current?.hidePopover();
            signOut();
          }}
        >
          {t("Sign out")}
        </button>
      </dialog>
    </>
  );
}

function AccountNotice({ account: { waiting, problem, person } }: { account: Account }) {
  if (waiting !== "no") {
    return (
      <div role="status" className="notice calm account-notice">
        <p>
          {waiting === "open"
            ? t("Sign in in the window that opened.")
            : t(
                "The window to sign in at was closed, or is out of this page's sight. If you closed it, sign in again.",
              )}
        </p>
        <div className="account-actions">
          <button type="button" className="quiet-button outlined" onClick={signIn}>
            {t("Open it again")}
          </button>
          <button type="button" className="quiet-button outlined" onClick={cancelSignIn}>
            {t("Cancel")}
          </button>
        </div>
      </div>
    );
  }
  if (problem === null) return null;
  return (
    <div role="alert" className="notice account-notice">
      <p>{t(wordsOf(problem))}</p>
      <div className="account-actions">
        <button type="button" className="quiet-button outlined" onClick={signIn}>
          {t("Sign in again")}
        </button>
        {person === null ? null : (
          <button type="button" className="quiet-button outlined" onClick={signOut}>
            {t("Sign out")}
          </button>
        )}
      </div>
    </div>
  );
}
