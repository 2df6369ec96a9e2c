// Session tokens that were found good, so that the next calls of a page don't pay for the same proof again. By the whole
// text, so another text is another token; and only while a token's own times hold, so its end needs no second rule:
// what is not clearly within them is checked in full.
import type { SessionGrant } from "./session-token.ts";

/** What one token says, once its signature and its claims were checked. */
export interface Known {
  readonly grant: SessionGrant;
  /** Seconds since 1970. */
  readonly from: number;
  readonly until: number;
}

export interface KnownTokens {
  /** Undefined: check it. Its page is not looked at. */
  find(token: string, now: number): Known | undefined;
  /** Forgets the oldest one when there are too many. */
  add(token: string, known: Known): void;
}

/** A token has at most 8 KiB and mostly 400 bytes, so these are a few hundred KiB, and 8 MiB at the very most. */
const MAX_TOKENS = 1000;

export function createKnownTokens(most = MAX_TOKENS): KnownTokens {
  const tokens = new Map<string, Known>();
  return {
    find(token, now) {
      const known = tokens.get(token);
      if (known === undefined) return undefined;
      const seconds = Math.floor(now / 1000);
      return seconds >= known.from && seconds < known.until ? known : undefined;
    },
    add(token, known) {
      tokens.set(token, known);
      if (tokens.size > most) tokens.delete(tokens.keys().next().value!);
    },
  };
}
