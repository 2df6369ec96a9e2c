/** What a section has to say: a table, and what it says about a goal. As text for people, as Markdown, or as JSON. */

export interface Table {
  title: string;
  columns: string[];
  /** The first cell names the row. A figure that there is none of is "–". */
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

/** What there is no figure of. */
export const NONE = "–";

export function isMet({ value, atMost, atLeast }: Verdict): boolean {
  return value <= (atMost ?? Number.POSITIVE_INFINITY) && value >= (atLeast ?? Number.NEGATIVE_INFINITY);
}

export function asText({ title, columns, rows, verdicts = [], notes = [] }: Table): string {
  const cells = [columns, ...rows.map((row) => row.map(shown))];
  const widths = columns.map((_, at) => Math.max(...cells.map((row) => row[at]!.length)));
  const lines = cells.map((row) => {
    const line = row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)));
    return `  ${line.join("  ")}`;
  });
  const judged = verdicts.map(
    (verdict) => `  ${isMet(verdict) ? "reached" : "MISSED "}  ${sentence(verdict)}`,
  );
  return [title, ...lines, ...judged, ...notes.map((note) => `  ${note}`), ""].join("\n");
}

export function asMarkdown({ title, columns, rows, verdicts = [], notes = [] }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.map(plain).join(" | ")} |`;
  const table = [
    line(columns),
    `| --- |${" ---: |".repeat(columns.length - 1)}`,
    ...rows.map((row) => line(row.map(shown))),
  ];
  const said = [
    ...verdicts.map(
      (verdict) => `- ${isMet(verdict) ? "Reached" : "**Missed**"}: ${plain(sentence(verdict))}`,
    ),
    ...notes.map((note) => `- ${plain(note)}`),
  ];
  return [`### ${plain(title)}`, "", ...table, ...(said.length > 0 ? ["", ...said] : [])].join("\n");
}

function sentence({ what, value, unit, atMost, atLeast }: Verdict): string {
  const goal = atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`;
  return `${what}: ${shown(value)}${unit === "" ? "" : ` ${unit}`} (goal: ${goal})`;
}

const plain = (text: string) => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");

/** Three digits that mean something. */
function shown(cell: string | number): string {
  if (typeof cell === "string") return cell;
  if (Number.isNaN(cell)) return NONE;
  const size = Math.abs(cell);
  if (Number.isInteger(cell) && size >= 10) return cell.toLocaleString("en");
  return size >= 100 ? Math.round(cell).toLocaleString("en") : size >= 10 ? cell.toFixed(1) : cell.toFixed(2);
}
