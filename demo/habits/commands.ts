// What can be done on the page now, by name: the parts that can do it offer it here, and the palette and the keyboard
// ask for it. Knows nothing of either side.
import { useEffect, useRef } from "react";

/** Gives what is said afterwards, as "Copied", or nothing. */
// biome-ignore lint/suspicious/noConfusingVoidType: what most commands return
type Run = () => void | string | Promise<string>;

export interface Place {
  readonly name: string;
  go(): void;
}

export interface Offer {
  /** By the ids of commands in table.ts; null for what can't be done now. */
  readonly commands?: Readonly<Record<string, Run | null>>;
  readonly conversations?: readonly Place[];
  readonly models?: readonly Place[];
}

const offers = new Set<() => Offer>();

/** The id's command, if somebody can do it now. */
export function commandOf(id: string): Run | null {
  for (const offer of offers) {
    const run = offer().commands?.[id];
    if (run) return run;
  }
  return null;
}

export function placesOf(kind: "conversations" | "models"): readonly Place[] {
  return [...offers].flatMap((offer) => offer()[kind] ?? []);
}

/** Offers as long as the part is there; what it offers is looked at only when somebody asks. */
export function useOffer(offer: () => Offer): void {
  const newest = useRef(offer);
  newest.current = offer;
  useEffect(() => {
    const now = () => newest.current();
    offers.add(now);
    return () => void offers.delete(now);
  }, []);
}
