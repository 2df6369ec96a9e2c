/** The middle of some figures: what a round was held up by doesn't count. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The figure that a part of all figures lies below. Not a number where there are none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
