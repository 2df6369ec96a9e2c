// The keyboard's commands on one sheet, and the switch for single keys.
import "./sheet.css";
import { useId, useState } from "react";
import { CloseIcon } from "../composer/icons.tsx";
import { t } from "../i18n.ts";
import { Keys } from "./keys.tsx";
import { letSingleKeysCount, singleKeysCount } from "./listen.ts";
import { COMMANDS } from "./table.ts";
import { useModal } from "./use-modal.ts";

export function Help({ onClose }: { onClose(): void }) {
  const dialog = useModal();
  const [single, setSingle] = useState(singleKeysCount);
  const id = useId();
  const groups = [...Map.groupBy(COMMANDS, ({ group }) => group)];

  function change(count: boolean): void {
    letSingleKeysCount(count);
    setSingle(count);
  }

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the dialog itself closes by Escape
    <dialog
      ref={dialog}
      className="sheet help"
      aria-labelledby={id}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && dialog.current.close()}
    >
      <div className="help-inside">
        <header className="sheet-head">
          <h2 id={id}>{t("Keyboard shortcuts")}</h2>
          <button
            type="button"
            className="icon-button"
            aria-label={t("Close")}
            title={t("Close")}
            onClick={() => dialog.current?.close()}
          >
            <CloseIcon />
          </button>
        </header>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <section className="help-groups" aria-labelledby={id} tabIndex={0}>
          {groups.map(([group, commands]) => (
            <section key={group}>
              <h3>{t(group)}</h3>
              <dl>
                {commands.map(({ id: command, name, keys }) =>
                  keys === undefined ? null : (
                    <div key={command} className="help-row">
                      <dt>{t(name)}</dt>
                      <dd>
                        <Keys keys={keys} />
                      </dd>
                    </div>
                  ),
                )}
              </dl>
            </section>
          ))}
        </section>
        <label className="help-switch">
          <input type="checkbox" checked={single} onChange={(event) => change(event.target.checked)} />
          <span>
            {t("Single keys are commands outside of text fields. Inside, Ctrl or Cmd with K or / works.")}
          </span>
        </label>
      </div>
    </dialog>
  );
}
