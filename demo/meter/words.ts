// Numbers as a reader of the page's language writes them, with their units.
import { plural, t } from "../i18n.ts";
import type { BudgetLine } from "./figures.ts";

function language(): string {
  return (typeof document === "undefined" ? "" : document.documentElement.lang) || "en";
}

export function wholeNumber(value: number): string {
  return new Intl.NumberFormat(language(), { maximumFractionDigits: 0 }).format(value);
}

/** Small amounts keep the digits that say something: 0.0012, 1.25. The currency is the operator's, and not known here. */
export function amount(value: number): string {
  const digits =
    Math.abs(value) < 0.1
      ? { maximumSignificantDigits: 2 }
      : { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return new Intl.NumberFormat(language(), digits).format(value);
}

export function duration(ms: number): string {
  if (ms < 1_000) return t("{ms} ms", { ms: Math.round(ms) });
  const seconds = ms / 1_000;
  const digits = seconds < 10 ? 1 : 0;
  return t("{seconds} s", {
    seconds: new Intl.NumberFormat(language(), { maximumFractionDigits: digits }).format(seconds),
  });
}

/** "0.42 of the money left today". */
export function budgetWords({ unit, period, left }: BudgetLine): string {
  const shown = unit === "money" ? amount(left) : wholeNumber(left);
  switch (`${unit} ${period}` as const) {
    case "money day":
      return t("{amount} left to spend today", { amount: shown });
    case "money month":
      return t("{amount} left to spend this month", { amount: shown });
    case "tokens day":
      return plural(left, "1 token left today", "{count} tokens left today", { count: shown });
    case "tokens month":
      return plural(left, "1 token left this month", "{count} tokens left this month", { count: shown });
    case "tokens minute":
      return plural(left, "1 token left this minute", "{count} tokens left this minute", { count: shown });
    case "requests minute":
      return plural(left, "1 request left this minute", "{count} requests left this minute", {
        count: shown,
      });
    default:
      return plural(left, "1 more answer at once", "{count} more answers at once", { count: shown });
  }
}
