// Hears the keys that may be commands, and loads what knows them (keyboard.ts) with the first one. Single keys count only
// outside of fields and dialogs; with Ctrl or Cmd they count everywhere.
let keyboard: Promise<typeof import("./keyboard.ts")> | undefined;

const FIELD =
  "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=button], [type=file])";
/** What may begin or end a command, or the browser would use the key itself, as "/" for its search. */
const SINGLE = /^[?/a-z]$/;

export function listenForKeys(): void {
  addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.defaultPrevented || event.isComposing || event.repeat || event.altKey) return;
    const held = event.ctrlKey || event.metaKey;
    if (held) {
      if (key !== "/" && (key.toLowerCase() !== "k" || event.shiftKey)) return;
      // Before the browser goes to its own search.
      event.preventDefault();
    } else {
      if (!SINGLE.test(key) || isBusy(target) || !singleKeysCount()) return;
      // Else the letter that moves the focus into a field would also be written there.
      event.preventDefault();
    }
    keyboard ??= import("./keyboard.ts");
    keyboard.then(
      ({ press }) => press(held ? `Mod+${key.toLowerCase()}` : key),
      () => {
        // The next key tries again.
        keyboard = undefined;
      },
    );
  });
}

const STORAGE_KEY = "latchkey-single-keys";

/** They can be switched off, for those whose speech or touch presses keys by accident (WCAG 2.1.4). */
export function singleKeysCount(): boolean {
  try {
    return localStorage.getItem(STORAGE_KEY) !== "off";
  } catch {
    return true;
  }
}

export function letSingleKeysCount(count: boolean): void {
  try {
    if (count) localStorage.removeItem(STORAGE_KEY);
    else localStorage.setItem(STORAGE_KEY, "off");
  } catch {
    // Storage can be forbidden: then they count.
  }
}

function isBusy(target: EventTarget | null): boolean {
  if (target instanceof Element && target.closest(FIELD)) return true;
  return document.querySelector("dialog[open], [popover]:popover-open") !== null;
}
