/**
 * What clients are asked to do, and what is measured of it. What warms up isn't counted: until the engine has compiled what
 * runs often, the time of a process is its compiler's.
 */

export const WORKS = {
  long: { title: "One stream of 20,000 chunks", streams: 1, chunks: 20_000, atOnce: 1, warmUp: 8 },
  sequential: {
    title: "200 streams of 20 chunks, one after the other",
    streams: 200,
    chunks: 20,
    atOnce: 1,
    warmUp: 2,
  },
  concurrent: { title: "200 streams of 20 chunks at once", streams: 200, chunks: 20, atOnce: 200, warmUp: 1 },
} as const;

export type WorkName = keyof typeof WORKS;

/** For `--quick`: a hundredth of the work. */
export const QUICK_STREAMS = 5;
export const QUICK_CHUNKS = 200;

/** The text of every chunk: whoever loses one is found out. */
export const TEXT = " word";

export interface Order {
  readonly streams: number;
  readonly chunks: number;
  readonly atOnce: number;
}

/** After this the garbage is gone. */
export const NOTHING: Order = { streams: 0, chunks: 0, atOnce: 0 };

export interface Done {
  readonly cpuMs: number;
  readonly wallMs: number;
  /** Of each stream, from the call until the first text was there. */
  readonly firstMs: readonly number[];
  /** What is in use, in bytes; after {@link NOTHING} without garbage. */
  readonly heap: number;
  readonly peakRss: number;
}
