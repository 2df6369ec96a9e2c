// The page's name, its rooms, what the room chooses by, and two buttons: begin anew, theme.
import type { ReactNode } from "react";
import { KeyIcon, MoonIcon, NewChatIcon, SunIcon } from "./icons.tsx";
import { useTheme } from "./theme.ts";

const ROOMS = [
  { name: "Chat", path: "/" },
  { name: "Agents", path: "/agents" },
] as const;

interface HeaderProps {
  room: (typeof ROOMS)[number]["name"];
  /** What beginning anew makes here. */
  newName: string;
  onNew: (() => void) | null;
  children: ReactNode;
}

export function Header({ room, newName, onNew, children }: HeaderProps) {
  const { theme, toggle } = useTheme();
  return (
    <header className="header">
      <div className="header-inside">
        <h1 className="brand">
          <KeyIcon />
          <span>Latchkey</span>
        </h1>
        <nav className="rooms" aria-label="Rooms">
          {ROOMS.map(({ name, path }) => (
            <a key={name} href={path} aria-current={name === room ? "page" : undefined}>
              {name}
            </a>
          ))}
        </nav>
        {children}
        <button
          type="button"
          className="icon-button"
          aria-label={newName}
          title={newName}
          disabled={onNew === null}
          onClick={() => onNew?.()}
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
