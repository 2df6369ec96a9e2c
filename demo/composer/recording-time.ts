// How long one may speak, and how that is written.

/** Five minutes of speech are some 2.5 MB, and as much as anybody says in one go. */
export const MAX_RECORDING_MS = 300_000;

/** "1:05" */
export function clock(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
