// Every command of the page: one row each, for the keyboard, the help sheet and the palette.
import { phrase } from "../i18n.ts";

export interface Command {
  readonly id: string;
  readonly name: string;
  readonly group: string;
  /** As `KeyboardEvent.key`; a space between two that follow each other; `Mod` is Ctrl, on a Mac Cmd. */
  readonly keys?: string;
}

const CHAT = phrase("Chat");
const ANSWER = phrase("Answer");
const ROOM = phrase("Go to");
const PAGE = phrase("Page");

export const COMMANDS: readonly Command[] = [
  { id: "new", name: phrase("New conversation"), group: CHAT, keys: "n" },
  { id: "search", name: phrase("Search conversations"), group: CHAT, keys: "/" },
  { id: "write", name: phrase("Write a message"), group: CHAT, keys: "m" },
  { id: "sidebar", name: phrase("Show or hide the conversations"), group: CHAT, keys: "b" },
  { id: "stop", name: phrase("Stop the answer"), group: ANSWER, keys: "Escape" },
  { id: "copy", name: phrase("Copy the last answer"), group: ANSWER, keys: "c" },
  { id: "regenerate", name: phrase("Regenerate the last answer"), group: ANSWER, keys: "r" },
  { id: "chat", name: phrase("Chat"), group: ROOM, keys: "g c" },
  { id: "images", name: phrase("Images"), group: ROOM, keys: "g i" },
  { id: "audio", name: phrase("Audio"), group: ROOM, keys: "g a" },
  { id: "embeddings", name: phrase("Embeddings"), group: ROOM, keys: "g e" },
  { id: "agents", name: phrase("Agents"), group: ROOM, keys: "g g" },
  { id: "usage", name: phrase("Usage"), group: ROOM, keys: "g u" },
  { id: "palette", name: phrase("All commands"), group: PAGE, keys: "Mod+k" },
  { id: "help", name: phrase("Keyboard shortcuts"), group: PAGE, keys: "?" },
  { id: "theme", name: phrase("Light or dark"), group: PAGE, keys: "t" },
  { id: "theme-system", name: phrase("Theme of the system"), group: PAGE },
  { id: "print", name: phrase("Print"), group: PAGE },
  { id: "update", name: phrase("Use the new version of this page"), group: PAGE },
];

/** Also heard while somebody writes, where a single key is a letter. */
const ALIASES: Readonly<Record<string, string>> = { "Mod+/": "?" };

export function commandAt(keys: string): Command | undefined {
  const wanted = ALIASES[keys] ?? keys;
  return COMMANDS.find((command) => command.keys === wanted);
}

/** Whether a longer command begins like this. */
export function isBeginning(keys: string): boolean {
  return COMMANDS.some((command) => command.keys?.startsWith(`${keys} `));
}

/** For showing: each key by the name that is on it. */
export function keyNames(keys: string, isMac: boolean): readonly string[] {
  const names: Readonly<Record<string, string>> = { Mod: isMac ? "⌘" : "Ctrl", Escape: "Esc" };
  return keys.split(/[ +]/).map((key) => names[key] ?? key.toUpperCase());
}
