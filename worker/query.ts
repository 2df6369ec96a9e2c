// The caller's query -> the members that go on: those that the operation knows, each checked, all written anew.
// What else is in it, an api-version above all, has no effect.
import type { QueryMember } from "./operations.ts";
import { type Refusal, refuse } from "./refusals.ts";
import { INCLUDABLE } from "./response-schema.ts";

const MAX_INCLUDES = 16;

/** The one part of a run's steps that may be asked for. */
const STEP_RESULTS = "step_details.tool_calls[*].file_search.results[*].content";

const ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/;
const isFlag = (value: string) => value === "true" || value === "false";
const isCount = (value: string) => /^\d{1,4}$/.test(value);
const isIncludable = (value: string) =>
  (INCLUDABLE as readonly string[]).includes(value) || value === STEP_RESULTS;

const checks: Readonly<Record<QueryMember, (value: string) => boolean>> = {
  limit: (value) => /^\d{1,3}$/.test(value) && Number(value) >= 1 && Number(value) <= 100,
  order: (value) => value === "asc" || value === "desc",
  after: (value) => ID.test(value),
  before: (value) => ID.test(value),
  purpose: (value) => /^[a-z_-]{1,32}$/.test(value),
  include: isIncludable,
  "include[]": isIncludable,
  stream: isFlag,
  starting_after: (value) => /^\d{1,9}$/.test(value),
  include_obfuscation: isFlag,
  run_id: (value) => ID.test(value),
  runId: (value) => ID.test(value),
  filter: (value) => ["in_progress", "completed", "failed", "cancelled"].includes(value),
  top: isCount,
  skip: isCount,
  maxpagesize: isCount,
  period: (value) => /^\d{4}-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?$/.test(value),
};

export function checkQuery(
  given: URLSearchParams,
  known: readonly QueryMember[],
): { ok: true; query: [QueryMember, string][] } | Refusal {
  const query: [QueryMember, string][] = [];
  for (const member of known) {
    const values = given.getAll(member);
    const most = member.startsWith("include") && member !== "include_obfuscation" ? MAX_INCLUDES : 1;
    if (values.length > most || !values.every(checks[member])) {
      const message = `The query's "${member}" has a wrong value.`;
      return refuse("query_invalid", { param: member, message });
    }
    // One generated client of agents writes it in another case, which services pass over.
    const name = member === "runId" ? "run_id" : member;
    query.push(...values.map((value): [QueryMember, string] => [name, value]));
  }
  return { ok: true, query };
}
