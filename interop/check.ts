// What a runner says: one line per check, as interop/README.md has it.
export const CHECKS = ["chat", "stream", "tools", "embeddings", "files", "agents", "error", "abort"] as const;
export type Check = (typeof CHECKS)[number];

/** One printed line. Columns beyond those of CHECKS are taken too, for runners with others. */
export interface Line {
  readonly client: string;
  readonly version: string;
  readonly language: string;
  readonly check: string;
  readonly result: "pass" | "fail" | "absent";
  readonly note?: string;
}

/** The line that a text holds, or undefined when it is something else that a program printed. */
export function lineOf(text: string): Line | undefined {
  let value: Partial<Line>;
  try {
    value = JSON.parse(text) as Partial<Line>;
  } catch {
    return undefined;
  }
  const named = [value?.client, value?.version, value?.language, value?.check].every(
    (member) => typeof member === "string" && member !== "",
  );
  const known = ["pass", "fail", "absent"].includes(value?.result ?? "");
  return named && known ? (value as Line) : undefined;
}
