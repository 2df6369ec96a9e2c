// The shapes of limits and prices. Operators write money as they pay it, with up to six decimals; inside it is whole
// millionths, so that sums are exact.
import * as v from "valibot";
import type { LedgerLimits } from "./ledger.ts";

const MICROS = 1_000_000;
const MAX_MONEY = 1_000_000;
const MAX_COUNT = 1_000_000_000_000;

const count = v.optional(
  v.pipe(
    v.number("must be a number"),
    v.integer("must be a whole number"),
    v.minValue(0, "must be at least 0"),
    v.maxValue(MAX_COUNT, `must be at most ${MAX_COUNT}`),
  ),
);
const amount = v.pipe(
  v.number("must be a number"),
  v.minValue(0, "must be at least 0"),
  v.maxValue(MAX_MONEY, `must be at most ${MAX_MONEY}`),
  v.check(
    (money) => Math.abs(money * MICROS - Math.round(money * MICROS)) < 1e-3,
    "must have at most six decimals",
  ),
  v.transform((money) => Math.round(money * MICROS)),
);

/** Each is optional; 0 allows nothing. Days and months are those of the UTC calendar. */
export const limits = v.pipe(
  v.strictObject({
    requestsPerMinute: count,
    tokensPerMinute: count,
    /** Open at once. */
    streams: count,
    tokensPerDay: count,
    tokensPerMonth: count,
    /** In the currency of the prices. */
    moneyPerDay: v.optional(amount),
    moneyPerMonth: v.optional(amount),
  }),
  v.transform(({ moneyPerDay, moneyPerMonth, ...counts }): LedgerLimits => {
    const given = { ...counts, microsPerDay: moneyPerDay, microsPerMonth: moneyPerMonth };
    return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  }),
);

/** Of a model, in the operator's currency: for a million tokens, or for one call. */
export const price = v.pipe(
  v.strictObject({
    input: amount,
    /** Default: as `input`. */
    cachedInput: v.optional(amount),
    output: amount,
    /** For each call, whatever it says. Default 0. */
    perCall: v.optional(amount, 0),
    /** What an image in the question is estimated at, in tokens. Default 1,600. */
    imageTokens: count,
  }),
  v.transform(({ cachedInput, imageTokens, ...rest }) => ({
    ...rest,
    ...(cachedInput === undefined ? {} : { cachedInput }),
    ...(imageTokens === undefined ? {} : { imageTokens }),
  })),
);
