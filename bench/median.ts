/** The middle of some figures: what a round was held up by doesn't count. */
export function median(values: number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1]!;
}
