/**
 * Ids of messages. They sort in the order in which they were made, whatever the clock does: one that runs backwards or
 * is set anew makes ids that are a millisecond apart until it has caught up.
 */

const TIME_CHARS = 10;
/** No clock shows this; an id that claims it is not one of ours, and must not push all later ones out of range. */
const LATEST_MS = 8.64e15 / 4;

/** Makes ids that come after every one in `after` and after every one it made before. `random` is 0 to below 1. */
export function createIds(now: () => number, random: () => number): (after: Iterable<string>) => string {
  let last = 0;
  return (after) => {
    for (const id of after) last = Math.max(last, timeOf(id));
    last = Math.max(last + 1, Math.floor(now()) || 0);
    const tail = Math.floor(random() * 36 ** 8);
    return `${last.toString(36).padStart(TIME_CHARS, "0")}-${tail.toString(36).padStart(8, "0")}`;
  };
}

function timeOf(id: string): number {
  const [, time] = /^([0-9a-z]{10})-[0-9a-z]+$/.exec(id) ?? [];
  const value = time === undefined ? 0 : Number.parseInt(time, 36);
  return value < LATEST_MS ? value : 0;
}
