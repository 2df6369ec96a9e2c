// Everything that can be done now, found by typing: a combobox over a list of commands, conversations and models. Focus
// stays in the field; the arrows move the choice.
import "./sheet.css";
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { plural, t } from "../i18n.ts";
import { type Entry, entriesNow, matching } from "./entries.ts";
import { Keys } from "./keys.tsx";
import { useModal } from "./use-modal.ts";

export function Palette({ onClose }: { onClose(): void }) {
  const dialog = useModal();
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const [entries] = useState(entriesNow);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const found = useMemo(() => matching(entries, query), [entries, query]);
  const chosen = found[at];

  // biome-ignore lint/correctness/useExhaustiveDependencies: the choice is in the page by then
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [at, found]);

  function pick(entry: Entry): void {
    // First the focus goes back to where it was; what is picked may move it on.
    dialog.current?.close();
    entry.run();
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.nativeEvent.isComposing) return;
    const last = found.length - 1;
    const to: Readonly<Record<string, number>> = {
      ArrowDown: at < last ? at + 1 : 0,
      ArrowUp: at > 0 ? at - 1 : last,
      PageDown: Math.min(at + 8, last),
      PageUp: Math.max(at - 8, 0),
    };
    const next = to[event.key];
    if (next !== undefined) {
      event.preventDefault();
      setAt(Math.max(0, next));
    } else if (event.key === "Enter" && chosen) {
      event.preventDefault();
      pick(chosen);
    }
  }

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the dialog itself closes by Escape
    <dialog
      ref={dialog}
      className="sheet palette"
      aria-label={t("All commands")}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && dialog.current.close()}
    >
      <div className="palette-inside">
        <input
          className="palette-field"
          role="combobox"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={chosen ? `${id}-${at}` : undefined}
          aria-label={t("Find a command")}
          placeholder={t("Command, conversation or model")}
          autoComplete="off"
          spellCheck={false}
          dir="auto"
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
        <div ref={list} id={`${id}-list`} className="palette-list" role="listbox" aria-label={t("Found")}>
          {groupsOf(found).map(([group, members]) => (
            // biome-ignore lint/a11y/useSemanticElements: a group of options is no fieldset
            <div key={group} role="group" aria-label={group}>
              <p className="palette-group" aria-hidden="true">
                {group}
              </p>
              {members.map((entry) => {
                const index = found.indexOf(entry);
                return (
                  // biome-ignore lint/a11y/useFocusableInteractive: focus stays in the field, as the pattern says
                  // biome-ignore lint/a11y/useKeyWithClickEvents: the field hears the keys
                  <div
                    key={entry.id}
                    id={`${id}-${index}`}
                    className="palette-option"
                    role="option"
                    aria-selected={index === at}
                    onPointerMove={() => setAt(index)}
                    onClick={() => pick(entry)}
                  >
                    <span className="palette-name" dir="auto">
                      {entry.name}
                    </span>
                    {entry.keys === undefined ? null : <Keys keys={entry.keys} />}
                  </div>
                );
              })}
            </div>
          ))}
        </div>
        {found.length === 0 ? <p className="palette-none">{t("Nothing is called that.")}</p> : null}
        <p className="visually-hidden" role="status">
          {query === "" ? "" : plural(found.length, "1 found", "{count} found")}
        </p>
      </div>
    </dialog>
  );
}

function groupsOf(entries: readonly Entry[]): readonly (readonly [string, readonly Entry[]])[] {
  return [...Map.groupBy(entries, ({ group }) => group)];
}
