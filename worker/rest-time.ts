// How long a service wants to be left alone, read from the headers of its refusal. Pure.

/** Longer than any sensible header value: what is longer is not read. */
const MAX_CHARS = 40;
const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/**
 * Milliseconds from `now`, or undefined when nothing valid is said. `retry-after-ms` before `Retry-After`, as clients
 * read them; without both, the limit that is used up and becomes free last.
 */
export function restOf(headers: Headers, now: number): number | undefined {
  const asked =
    milliseconds(headers.get("retry-after-ms")) ??
    milliseconds(headers.get("x-ms-retry-after-ms")) ??
    secondsOrDate(headers.get("retry-after"), now);
  if (asked !== undefined) return asked;
  const resets = ["requests", "tokens"].flatMap((limit) => {
    const left = headers.get(`x-ratelimit-remaining-${limit}`);
    const reset = duration(headers.get(`x-ratelimit-reset-${limit}`));
    return reset === undefined || (left !== null && Number(left) > 0) ? [] : [reset];
  });
  return resets.length === 0 ? undefined : Math.max(...resets);
}

function milliseconds(value: string | null): number | undefined {
  return value !== null && /^\d{1,12}(\.\d{1,6})?$/.test(value) ? Number(value) : undefined;
}

function secondsOrDate(value: string | null, now: number): number | undefined {
  if (value === null || value.length > MAX_CHARS) return undefined;
  if (/^\d{1,9}(\.\d{1,6})?$/.test(value)) return Number(value) * 1000;
  // Only a date of HTTP: Date.parse also takes "1" and "-1" for dates.
  if (!/^[A-Za-z]{3,9}, [\w :-]+ GMT$/.test(value)) return undefined;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** `1s`, `6m0s`, `20ms` as OpenAI writes them, or a plain number of seconds. */
function duration(value: string | null): number | undefined {
  if (value === null || value === "" || value.length > MAX_CHARS) return undefined;
  if (/^\d{1,9}(\.\d{1,6})?$/.test(value)) return Number(value) * 1000;
  const parts = [...value.matchAll(/(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h)/g)];
  if (parts.map(([part]) => part).join("") !== value) return undefined;
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit as keyof typeof UNITS], 0);
}
