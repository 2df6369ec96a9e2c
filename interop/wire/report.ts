// What was compared -> docs/wire-equality.md. Pure.
import type { Outcome } from "./explain.ts";
import type { Group } from "./group.ts";

export interface Compared {
  group: Group;
  version: string;
  outcomes: readonly Outcome[];
}

const LONGEST_VALUE = 80;

const INTRODUCTION = `# Wire equality

Each call is made twice, on our client and on the official one for JavaScript, and both requests are recorded as they come over a socket: method, host, path, query, headers and body, with forms taken apart. What differs is listed below with its reason. Headers that only the transport chooses (lengths, connections, encodings) are left out; the order of a query, of a form's parts and of an object's members is none.

\`\`\`sh
node interop/wire/run.mjs           # compares with this file; fails on a difference without a reason, or a reason without a difference
node interop/wire/run.mjs --write   # writes this file
\`\`\`
`;

/** The whole document. */
export function render(all: readonly Compared[]): string {
  return `${[INTRODUCTION, summary(all), ...all.map(section)].join("\n")}\n`.replace(/\n+$/, "\n");
}

function summary(all: readonly Compared[]): string {
  const rows = all.map(({ group, version, outcomes }) => {
    const official = outcomes.filter((outcome) => outcome.official);
    const same = official.filter(({ differences }) => !differences.length).length;
    return [
      `[${group.title}](#${anchor(group.title)})`,
      `${code(packageOf(group.sdk))} ${version}`,
      `${outcomes.length}`,
      `${same}`,
      `${official.length - same}`,
      `${outcomes.length - official.length}`,
    ];
  });
  return table(["", "official client", "calls", "the same", "with differences", "ours alone"], rows);
}

function section({ group, version, outcomes }: Compared): string {
  const everywhere = Object.entries(group.everywhere).map(([key, because]) => {
    const found = outcomes.flatMap((outcome) => outcome.everywhere.filter((one) => one.key === key));
    return [
      code(key),
      valuesOf(found.map(({ ours }) => ours)),
      valuesOf(found.map(({ theirs }) => theirs)),
      because,
    ];
  });
  const common = table(["in all calls", "ours", "theirs", "because"], everywhere);
  const rows = outcomes.map((outcome) => [outcome.name, code(outcome.request), ...resultOf(outcome)]);
  return [
    `## ${group.title}\nOurs: ${group.ours}. Theirs: ${group.theirs} of ${code(packageOf(group.sdk))} ${version}.\n`,
    ...(everywhere.length ? [common] : []),
    table(["operation", "request", "difference (ours / theirs)", "because"], rows),
  ].join("\n");
}

function resultOf({ official, absent, differences }: Outcome): [string, string] {
  if (!official) return ["not there", absent ?? ""];
  const reasons = [...new Set(differences.map(({ because }) => because ?? "**not explained**"))];
  const values = differences.map(
    ({ part, ours, theirs }) => `${code(part)}: ${value(ours)} / ${value(theirs)}`,
  );
  return [values.join("<br>") || "the same", reasons.join("; ")];
}

/** Values of many calls: the one that all have, or only that there are some. */
function valuesOf(all: readonly string[]): string {
  const [first = "", ...more] = new Set(all);
  // Many headers under one name tell of the machine.
  return more.length ? "…" : value(first);
}

const value = (text: string): string =>
  text === "–" ? text : code(text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text);

const code = (text: string): string => `\`${text.replace(/\|/g, "\\|")}\``;

/** An alias of an older version is that package. */
export const packageOf = (sdk: string): string =>
  sdk.replace(/^azure-ai-projects-1beta\d*$/, "@azure/ai-projects");

const anchor = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replace(/ /g, "-");

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line), ""].join("\n");
}
