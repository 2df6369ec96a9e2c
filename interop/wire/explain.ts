// Differences -> the explained ones, and what is wrong: a difference that nobody explained, or a reason without one. Pure.
import type { Difference } from "./compare.ts";
import type { Group, Row } from "./group.ts";
import type { Arrival } from "./recorder.ts";

export interface Outcome {
  name: string;
  /** `POST /path`, of our first request. */
  request: string;
  /** Whether the official client has the call. */
  official: boolean;
  /** Those of the row, each with its reason. */
  differences: (Difference & { because: string | undefined })[];
  /** Those that are the same in all rows, by their explanation's key. */
  everywhere: (Difference & { key: string })[];
  /** Reasons of the row that no difference needs. */
  idle: string[];
  absent: string | undefined;
}

export function explain(
  group: Group,
  row: Row<never, never>,
  [first]: readonly Arrival[],
  all: readonly Difference[],
  official: boolean,
): Outcome {
  const because = row.because ?? {};
  const outcome: Outcome = {
    name: row.name,
    request: `${first!.method} ${first!.path}`,
    official,
    differences: [],
    everywhere: [],
    idle: [],
    absent: row.absent,
  };
  for (const difference of all) {
    const key = keyOf(group.everywhere, difference.part);
    if (key !== undefined && because[difference.part] === undefined)
      outcome.everywhere.push({ ...difference, key });
    else outcome.differences.push({ ...difference, because: because[difference.part] });
  }
  const parts = new Set(all.map(({ part }) => part));
  outcome.idle = official ? Object.keys(because).filter((part) => !parts.has(part)) : [];
  return outcome;
}

/** The explanation of a part that holds for all rows; a second request of a call is as the first. */
function keyOf(everywhere: Readonly<Record<string, string>>, part: string): string | undefined {
  const plain = part.replace(/^request \d+: /, "");
  return Object.keys(everywhere).find((key) =>
    key.endsWith("*") ? plain.startsWith(key.slice(0, -1)) : key === plain,
  );
}

/** What makes the run fail, a sentence each. */
export function findings(group: Group, outcomes: readonly Outcome[]): string[] {
  const used = new Set(outcomes.flatMap(({ everywhere }) => everywhere.map(({ key }) => key)));
  return [
    ...outcomes.flatMap(({ name, official, absent, differences, idle }) => [
      ...(official || absent ? [] : [`${name} has no call of the official client, and no reason for that`]),
      ...differences
        .filter(({ because }) => because === undefined)
        .map(({ part, ours, theirs }) => `${name}: ${part} is ${ours} here and ${theirs} there`),
      ...idle.map((part) => `${name}: ${part} no longer differs, its explanation must go`),
    ]),
    ...Object.keys(group.everywhere)
      .filter((key) => !used.has(key))
      .map((key) => `${key} differs nowhere, its explanation must go`),
  ];
}
