// JSON value -> checked request body, for every operation. An unknown member is refused by name; what passes is
// rebuilt, so no byte of the caller's JSON goes on as it came. The members themselves are in the *-schema.ts files.
import * as v from "valibot";
import { type Refusal, type RefusalDetail, refuse } from "./refusals.ts";
import { type Entries, shortText } from "./schema-parts.ts";

/** A body that passed. `model` is what the caller asked for, not what is sent. */
export interface CheckedBody {
  readonly model: string | undefined;
  readonly stream: boolean;
  /** Everything but `model`, checked and rebuilt. */
  readonly members: Readonly<Record<string, unknown>>;
}

export type BodyCheck = (
  value: unknown,
  extraParameters: string | null,
) => { ok: true; body: CheckedBody } | Refusal;

/** Makes the check for one operation of one configuration, so that the schema is built once. */
export function createBodyCheck(entries: Entries, extraMembers: ReadonlySet<string>): BodyCheck {
  const extra = v.nullish(v.union([v.boolean(), v.number(), shortText], "must be a single value"));
  const extras = Object.fromEntries([...extraMembers].map((member) => [member, extra]));
  const schema = v.strictObject({ ...extras, ...entries });
  const known = new Set(Object.keys(schema.entries));

  /** `extraParameters` is the caller's header: `drop` takes unknown members away where `error` refuses them. */
  return (value, extraParameters) => {
    const dropped = /^(drop|ignore)$/i.test(extraParameters ?? "") ? withoutUnknown(value, known) : value;
    const result = v.safeParse(schema, dropped, { abortEarly: true });
    if (!result.success) return refuse("body_invalid", explain(result.issues[0]));
    const { model, ...rest } = result.output as Record<string, unknown>;
    return {
      ok: true,
      body: {
        model: typeof model === "string" ? model : undefined,
        stream: rest.stream === true || rest.stream_format === "sse",
        members: withoutNulls(rest),
      },
    };
  };
}

function withoutUnknown(value: unknown, known: ReadonlySet<string>): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  // By what is known: of the unknown there may be hundreds of thousands.
  return Object.fromEntries(
    [...known]
      .filter((member) => Object.hasOwn(value, member))
      .map((member) => [member, (value as Record<string, unknown>)[member]]),
  );
}

/** `null` and absent mean the same to every service but not to every version of it. */
function withoutNulls(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined && one !== null));
}

/** The one refused member in words for the caller. Holds member names, never values. */
export function explain(issue: v.BaseIssue<unknown>): RefusalDetail {
  const { path, found } = deepest(issue);
  const param = path
    .map((key) => key.slice(0, 64))
    .join(".")
    .slice(0, 200);
  if (param === "") return { message: "The request body must be a JSON object." };
  if (found.type === "strict_object" && found.expected === "never") {
    return { param, message: `The member "${param}" is not taken here.` };
  }
  if (found.input === undefined) return { param, message: `The member "${param}" is missing.` };
  return { param, message: `The member "${param}" ${wording(found)}.` };
}

/** Only texts of our own schemas: valibot's quote the received value. */
export function wording({ message }: v.BaseIssue<unknown>): string {
  return /^(must|is) /.test(message) ? message : "has a wrong type or value";
}

/** Of a union's complaints, the one that got furthest into the value is the one the caller means. */
function deepest(issue: v.BaseIssue<unknown>): { path: string[]; found: v.BaseIssue<unknown> } {
  const own = (issue.path ?? []).map(({ key }) => String(key));
  const [furthest] =
    issue.type === "union"
      ? (issue.issues ?? []).map(deepest).sort((a, b) => b.path.length - a.path.length)
      : [];
  return furthest === undefined || furthest.path.length === 0
    ? { path: own, found: issue }
    : { path: [...own, ...furthest.path], found: furthest.found };
}
