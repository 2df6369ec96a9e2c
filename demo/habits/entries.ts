// What the palette lists: the commands that can be done now, then the conversations and models that the room has.
import { t } from "../i18n.ts";
import { placesOf } from "./commands.ts";
import { run, runnable } from "./run.ts";
import { COMMANDS } from "./table.ts";

export interface Entry {
  readonly id: string;
  readonly name: string;
  readonly group: string;
  readonly keys?: string | undefined;
  run(): void;
}

/** Of more conversations than this only what is typed finds the others. */
const SHOWN_PLACES = 6;
const MAX_FOUND = 60;

export function entriesNow(): readonly Entry[] {
  const commands = COMMANDS.filter(({ id }) => id !== "palette" && runnable(id) !== null).map(
    ({ id, name, group, keys }) => ({ id, name: t(name), group: t(group), keys, run: () => void run(id) }),
  );
  const groups = [
    ["conversations", t("Conversations")],
    ["models", t("Models")],
  ] as const;
  const places = groups.flatMap(([kind, group]) =>
    placesOf(kind).map(({ name, go }, index) => ({ id: `${kind} ${index}`, name, group, run: go })),
  );
  return [...commands, ...places];
}

/** Those with every word of the query in their name or their group's, in the order of the list. */
export function matching(entries: readonly Entry[], query: string): readonly Entry[] {
  const words = plain(query).split(/\s+/).filter(Boolean);
  if (words.length === 0) {
    const seen = new Map<string, number>();
    return entries.filter(({ id, group }) => {
      const count = (seen.get(group) ?? 0) + 1;
      seen.set(group, count);
      return !id.includes(" ") || count <= SHOWN_PLACES;
    });
  }
  return entries
    .filter(({ name, group }) => words.every((word) => plain(`${name} ${group}`).includes(word)))
    .slice(0, MAX_FOUND);
}

/** Small letters without marks, so that "uber" finds "Über". */
function plain(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
