// Two ledgers asked as one: the caller's and everyone's. The caller's first, so that a caller who has used up its own
// limits costs the others nothing, not even a question to the ledger that all share.
import type { Ledger, LedgerLimits, LedgerRefusal, Reserved, Used } from "./ledger.ts";

function smaller(a: Used, b: Used): Used {
  return {
    tokensIn: Math.min(a.tokensIn, b.tokensIn),
    tokensOut: Math.min(a.tokensOut, b.tokensOut),
    micros: Math.min(a.micros, b.micros),
  };
}

/** `limits` are everyone's. What remains, and usage, are told of the caller alone: the others are none of its business. */
export function bothLedgers(mine: Ledger, everyone: Ledger, limits: LedgerLimits): Ledger {
  return {
    async reserve(reservation) {
      const first = await mine.reserve(reservation);
      if (!first.ok) return first;
      const uncount = () => mine.release(reservation.id, { uncount: true });
      let second: Reserved | LedgerRefusal;
      try {
        second = await everyone.reserve({ ...reservation, limits });
      } catch (error) {
        await uncount();
        throw error;
      }
      if (second.ok) return { ...first, granted: smaller(first.granted, second.granted) };
      await uncount();
      // Neither what the others have used nor hold; and what the first told no longer holds, since it has let go.
      return { ...second, scope: "everyone", held: 0, remaining: {} };
    },
    async report(id, used, more) {
      const [first, second] = await Promise.all([
        mine.report(id, used, more),
        everyone.report(id, used, more),
      ]);
      return { live: first.live && second.live, granted: smaller(first.granted, second.granted) };
    },
    // One that can't be told now is corrected by its lease; the other must learn it all the same.
    async settle(id, used) {
      const [first, second] = await Promise.allSettled([mine.settle(id, used), everyone.settle(id, used)]);
      if (first.status === "rejected") throw first.reason;
      if (second.status === "rejected") throw second.reason;
      return first.value;
    },
    async release(id, options) {
      const [first, second] = await Promise.allSettled([
        mine.release(id, options),
        everyone.release(id, options),
      ]);
      if (first.status === "rejected") throw first.reason;
      if (second.status === "rejected") throw second.reason;
      return first.value;
    },
    usage: (period) => mine.usage(period),
  };
}
