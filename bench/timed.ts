/** Candidates that are measured in turn, round by round, so that a machine that slows down slows them all. */
import { median } from "./median.ts";

const WARM_UP = 2;

/** Measures each in turn, so many rounds after the warm-up. The figures of one are in the order of the rounds. */
export async function interleaved<C, F>(
  candidates: readonly C[],
  rounds: number,
  measure: (candidate: C) => F | Promise<F>,
  warmUp: number = WARM_UP,
): Promise<F[][]> {
  const figures = candidates.map((): F[] => []);
  for (let round = -warmUp; round < rounds; round++) {
    for (const [index, candidate] of candidates.entries()) {
      const figure = await measure(candidate);
      if (round >= 0) figures[index]!.push(figure);
    }
  }
  return figures;
}

/** The median of the ratios to the floor of the same round. */
export function ratioTo(floor: readonly number[], figures: readonly number[]): number {
  return median(figures.map((figure, round) => figure / floor[round]!));
}

/** The median of what is above the floor of the same round. */
export function aboveOf(floor: readonly number[], figures: readonly number[]): number {
  return median(figures.map((figure, round) => figure - floor[round]!));
}
