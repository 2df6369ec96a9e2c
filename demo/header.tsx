// The page's name, its rooms, what the room chooses by, and two buttons: begin anew, settings.
import { type ReactNode, useEffect } from "react";
import { useOffer } from "./habits/commands.ts";
import { MenuButton } from "./habits/menu-button.tsx";
import { phrase, t } from "./i18n.ts";
import { KeyIcon, NewChatIcon } from "./icons.tsx";
import { HeaderAccount } from "./sign-in/header-account.tsx";

const ROOMS = [
  { name: phrase("Chat"), path: "/" },
  { name: phrase("Images"), path: "/images" },
  { name: phrase("Audio"), path: "/audio" },
  { name: phrase("Embeddings"), path: "/embeddings" },
  { name: phrase("Agents"), path: "/agents" },
  // Not /usage, which is the worker's own route.
  { name: phrase("Usage"), path: "/spending" },
] as const;

interface HeaderProps {
  room: (typeof ROOMS)[number]["name"];
  /** What beginning anew makes here; without it there is no such button. */
  newName?: string;
  onNew?: (() => void) | null;
  /** What comes before the name, as the button of a sidebar. */
  lead?: ReactNode;
  children?: ReactNode;
}

export function Header({ room, newName, onNew = null, lead, children }: HeaderProps) {
  const title = room === "Chat" ? null : `${t(room)} · Latchkey`;
  useOffer(() => ({ commands: { new: onNew } }));
  useEffect(() => {
    // The chat names its conversations (app.tsx).
    if (title !== null) document.title = title;
  }, [title]);
  return (
    <header className="header">
      <div className="header-inside">
        {lead}
        <h1 className="brand">
          <KeyIcon />
          <span>Latchkey</span>
        </h1>
        <nav className="rooms" aria-label={t("Rooms")}>
          {ROOMS.map(({ name, path }) => (
            <a key={name} href={path} aria-current={name === room ? "page" : undefined}>
              {t(name)}
            </a>
          ))}
        </nav>
        {children}
        {newName === undefined ? null : (
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
        )}
        <HeaderAccount />
        <MenuButton />
      </div>
    </header>
  );
}
