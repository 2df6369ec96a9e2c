// Work that makes an answer nicer but not readable: highlighting, formulas. One piece at a time, while the browser has
// nothing better to do, so that it never stands between a reader and the page.
import { useEffect, useState } from "react";

type Job = () => void;

const waiting: Job[] = [];
let scheduled = false;

/** Less than this left of an idle period is too little to begin something in. */
const ENOUGH_MS = 8;
/** Each changes the page when it is done, and several of them together are one layout: a few, then the next frame. */
const MOST_AT_ONCE = 4;
/** A page that is never idle still gets its colours in the end. */
const AT_LATEST_MS = 1_000;
/** For browsers without idle periods. */
const PAUSE_MS = 30;

function schedule(): void {
  if (scheduled || waiting.length === 0) return;
  scheduled = true;
  if (typeof requestIdleCallback === "function") requestIdleCallback(run, { timeout: AT_LATEST_MS });
  else setTimeout(run, PAUSE_MS);
}

function run(idle?: IdleDeadline): void {
  scheduled = false;
  let done = 0;
  do {
    waiting.shift()?.();
    done += 1;
  } while (waiting.length > 0 && done < MOST_AT_ONCE && (idle?.timeRemaining() ?? 0) > ENOUGH_MS);
  schedule();
}

/** Runs a job in an idle period; returns how to call it off. */
export function whenIdle(job: Job): () => void {
  waiting.push(job);
  schedule();
  return () => {
    const place = waiting.indexOf(job);
    if (place !== -1) waiting.splice(place, 1);
  };
}

/**
 * What `find` makes of a text, once there was time for it; null until then and when it fails. `known` answers at once
 * what was found before, so that something scrolled out and in again does not change its height.
 */
export function useWhenIdle<T>(
  key: string | null,
  known: (key: string) => T | undefined,
  find: (key: string) => Promise<T | null>,
): T | null {
  const [found, setFound] = useState<{ key: string; value: T | null } | null>(null);
  const atOnce = key === null ? undefined : known(key);
  const isKnown = atOnce !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: known and find are functions of a module
  useEffect(() => {
    if (key === null || isKnown) return;
    let wanted = true;
    const callOff = whenIdle(() => {
      const found = known(key);
      (found === undefined ? find(key) : Promise.resolve(found)).then(
        (value) => wanted && setFound({ key, value }),
        // What cannot be loaded stays plain.
        () => {},
      );
    });
    return () => {
      wanted = false;
      callOff();
    };
  }, [key, isKnown]);
  if (atOnce !== undefined) return atOnce;
  return found !== null && found.key === key ? found.value : null;
}
