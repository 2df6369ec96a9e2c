// What stands in the way of writing, said above the box: no network, no models, no room to store.
import type { Connection } from "./connection.ts";
import type { LibraryState } from "./conversations/library.ts";
import { t } from "./i18n.ts";
import type { Models } from "./use-models.ts";

interface NoticesProps {
  connection: Connection;
  models: Models;
  online: boolean;
  stored: LibraryState;
  /** Whether files of the page are gone, and whether what is in the box is there after a reload. */
  broken: "draft stored" | "nothing stored" | null;
}

export function Notices({ connection, models, online, stored, broken }: NoticesProps) {
  const { list, reload } = models;
  const storing = storingNotice(stored);
  return (
    <>
      {online ? null : (
        <div className="notice calm" role="status" aria-label={t("Connection")}>
          <p>{t("You are offline. You can read your conversations; answers need a connection.")}</p>
        </div>
      )}
      {broken === null ? null : (
        <div className="notice" role="alert">
          <p>
            {broken === "draft stored"
              ? t(
                  "A part of this page could not be loaded. Reload the page; what you wrote stays in the box.",
                )
              : t("A part of this page could not be loaded. Copy what you wrote, then reload the page.")}
          </p>
          <button type="button" className="quiet-button" onClick={() => location.reload()}>
            {t("Reload")}
          </button>
        </div>
      )}
      {storing === null ? null : (
        <div className="notice" role="alert">
          <p>{storing}</p>
        </div>
      )}
      {list.state === "failed" && online ? (
        <div className="notice" role="alert">
          <p>
            {t(
              "The worker at {url} gave no list of models: {reason}. Check that it is running and allows this page.",
              { url: connection.workerUrl, reason: list.reason },
            )}
          </p>
          <button type="button" className="quiet-button" onClick={reload}>
            {t("Try again")}
          </button>
        </div>
      ) : null}
    </>
  );
}

function storingNotice({ inMemory, problem }: LibraryState): string | null {
  if (problem === "full") {
    return t(
      "The browser's storage for this page is full. New messages last until you close the page: delete or export conversations to make room.",
    );
  }
  if (problem === "failed") {
    return t("The browser did not store the newest messages. They last until you close the page.");
  }
  if (inMemory) {
    return t(
      "This browser stores nothing for this page, as in a private window. Conversations last until you close it.",
    );
  }
  return null;
}
