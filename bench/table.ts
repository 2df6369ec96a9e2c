/** What a section has to say: a table, and what it says about a goal. Printed for people, or as JSON. */

export interface Table {
  title: string;
  columns: string[];
  /** The first cell names the row. */
  rows: (string | number)[][];
  verdicts?: Verdict[];
  notes?: string[];
}

/** A figure beside its goal. */
export interface Verdict {
  what: string;
  value: number;
  unit: string;
  atMost?: number;
  atLeast?: number;
}

export function isMet({ value, atMost, atLeast }: Verdict): boolean {
  return value <= (atMost ?? Number.POSITIVE_INFINITY) && value >= (atLeast ?? Number.NEGATIVE_INFINITY);
}

export function print({ title, columns, rows, verdicts = [], notes = [] }: Table): void {
  const cells = [columns, ...rows.map((row) => row.map(shown))];
  const widths = columns.map((_, at) => Math.max(...cells.map((row) => row[at]!.length)));
  console.log(title);
  for (const row of cells) {
    const line = row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)));
    console.log(`  ${line.join("  ")}`);
  }
  for (const verdict of verdicts) {
    const { what, value, unit, atMost, atLeast } = verdict;
    const goal = atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`;
    console.log(
      `  ${isMet(verdict) ? "reached" : "MISSED "}  ${what}: ${shown(value)} ${unit} (goal: ${goal})`,
    );
  }
  for (const note of notes) console.log(`  ${note}`);
  console.log();
}

/** Three digits that mean something. */
function shown(cell: string | number): string {
  if (typeof cell === "string") return cell;
  return Math.abs(cell) >= 100 ? cell.toFixed(0) : Math.abs(cell) >= 10 ? cell.toFixed(1) : cell.toFixed(2);
}
