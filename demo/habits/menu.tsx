// How the page looks and speaks, and the ways to its commands.
import "./menu.css";
import { type RefObject, useEffect, useId, useRef, useState } from "react";
import { phrase, t } from "../i18n.ts";
import { chooseLanguage, currentLanguage, LANGUAGES, type Language } from "../languages/language.ts";
import { chooseTheme, type Theme, useTheme } from "../theme.ts";
import { Keys } from "./keys.tsx";
import { run, runnable } from "./run.ts";
import { COMMANDS } from "./table.ts";

const THEMES: readonly { readonly theme: Theme; readonly name: string }[] = [
  { theme: "system", name: phrase("System") },
  { theme: "light", name: phrase("Light") },
  { theme: "dark", name: phrase("Dark") },
];

const LISTED = new Set(["palette", "help", "print", "update"]);

interface MenuProps {
  button: RefObject<HTMLButtonElement | null>;
  onClose(): void;
}

export function Menu({ button, onClose }: MenuProps) {
  const menu = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  const [problem, setProblem] = useState("");
  const id = useId();

  useEffect(() => {
    const element = menu.current;
    element?.showPopover();
    element?.querySelector<HTMLElement>("input:checked")?.focus();
  }, []);

  // Not the platform's light dismissal: a press on the button would close the menu and open it again.
  useEffect(() => {
    const outside = (event: Event) => {
      if (!(event.target instanceof Node)) return;
      if (!menu.current?.contains(event.target) && !button.current?.contains(event.target)) onClose();
    };
    const onEscape = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.isComposing) return;
      // Elsewhere it stops an answer.
      event.preventDefault();
      event.stopImmediatePropagation();
      onClose();
      button.current?.focus();
    };
    addEventListener("pointerdown", outside);
    addEventListener("focusin", outside);
    addEventListener("keydown", onEscape, { capture: true });
    return () => {
      removeEventListener("pointerdown", outside);
      removeEventListener("focusin", outside);
      removeEventListener("keydown", onEscape, { capture: true });
    };
  }, [button, onClose]);

  async function speak(language: Language): Promise<void> {
    setProblem("");
    try {
      await chooseLanguage(language);
    } catch {
      setProblem(t("This language could not be loaded. Check that you are online."));
    }
  }

  function pick(command: string): void {
    onClose();
    button.current?.focus();
    run(command);
  }

  return (
    <div ref={menu} popover="manual" className="menu" role="dialog" aria-label={t("Settings of this page")}>
      <fieldset className="menu-themes">
        <legend>{t("Theme")}</legend>
        {THEMES.map((one) => (
          <label key={one.theme}>
            <input
              type="radio"
              name={`${id}-theme`}
              checked={one.theme === theme}
              onChange={() => chooseTheme(one.theme)}
            />
            <span>{t(one.name)}</span>
          </label>
        ))}
      </fieldset>
      <label className="menu-language">
        <span>{t("Language")}</span>
        <select value={currentLanguage()} onChange={(event) => void speak(event.target.value as Language)}>
          {Object.entries(LANGUAGES).map(([tag, { name }]) => (
            <option key={tag} value={tag} lang={tag}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {problem === "" ? null : (
        <p className="menu-problem" role="alert">
          {problem}
        </p>
      )}
      <ul className="menu-commands">
        {COMMANDS.filter((command) => LISTED.has(command.id) && runnable(command.id)).map((command) => (
          <li key={command.id}>
            <button type="button" onClick={() => pick(command.id)}>
              <span>{t(command.name)}</span>
              {command.keys === undefined ? null : <Keys keys={command.keys} />}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
