// What a batch is held at: the sum of its lines, each as if it were called by itself. Nothing is written into a line,
// so where a budget needs a bound, the caller has to have set one.
import { boundOf, consumptionOf, limitsAmounts } from "./account-estimate.ts";
import type { Model } from "./config.ts";
import { type Estimate, type LedgerLimits, MAX_MICROS, MAX_TOKENS } from "./ledger.ts";
import type { OperationName } from "./operations.ts";
import { estimateOf, tokensOfBody } from "./prices.ts";

export interface LineCount {
  /** False: the line sets no bound on its answer. */
  add(operation: OperationName, members: Readonly<Record<string, unknown>>, model: Model): boolean;
  sum(): Estimate;
}

/** Undefined: this caller has no budget. */
export function createLineCount(limits: readonly LedgerLimits[]): LineCount | undefined {
  if (!limits.some(limitsAmounts)) return undefined;
  let sum: Estimate = { tokensIn: 0, tokensOut: 0, microsIn: 0, microsOut: 0 };
  return {
    add(operation, members, { price }) {
      const answers = consumptionOf(operation) === "answers";
      if (answers && boundOf(members) === undefined) return false;
      const tokens = tokensOfBody(members, {
        imageTokens: price?.imageTokens,
        ...(answers ? {} : { defaultOutput: 0 }),
      });
      const one = estimateOf(price ?? { input: 0, output: 0 }, tokens);
      sum = {
        tokensIn: Math.min(MAX_TOKENS, sum.tokensIn + one.tokensIn),
        tokensOut: Math.min(MAX_TOKENS, sum.tokensOut + one.tokensOut),
        microsIn: Math.min(MAX_MICROS, sum.microsIn + one.microsIn),
        microsOut: Math.min(MAX_MICROS, sum.microsOut + one.microsOut),
      };
      return true;
    },
    sum: () => sum,
  };
}
