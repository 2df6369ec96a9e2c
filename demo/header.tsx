// The page's name and its three controls: model, new chat, theme.
import { KeyIcon, MoonIcon, NewChatIcon, SunIcon } from "./icons.tsx";
import { ModelPicker } from "./model-picker.tsx";
import { useTheme } from "./theme.ts";
import type { Models } from "./use-models.ts";

export function Header({ models, onNewChat }: { models: Models; onNewChat: (() => void) | null }) {
  const { theme, toggle } = useTheme();
  return (
    <header className="header">
      <div className="header-inside">
        <h1 className="brand">
          <KeyIcon />
          <span>Latchkey</span>
        </h1>
        <ModelPicker models={models} />
        <button
          type="button"
          className="icon-button"
          aria-label="New chat"
          title="New chat"
          disabled={onNewChat === null}
          onClick={() => onNewChat?.()}
        >
          <NewChatIcon />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label="Dark theme"
          title={theme === "dark" ? "Use the light theme" : "Use the dark theme"}
          aria-pressed={theme === "dark"}
          onClick={toggle}
        >
          {theme === "dark" ? <SunIcon /> : <MoonIcon />}
        </button>
      </div>
    </header>
  );
}
