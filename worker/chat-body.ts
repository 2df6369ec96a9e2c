// JSON value -> checked chat request. An unknown member is refused by name; what passes is rebuilt, so no
// byte of the caller's JSON goes on as it came. The members themselves are in chat-schema.ts.
import * as v from "valibot";
import { chatMembers, shortText } from "./chat-schema.ts";
import type { Config } from "./config.ts";
import { type Refusal, refuse } from "./refusals.ts";

/** A chat request that passed. `model` is what the caller asked for, not what is sent. */
export interface ChatRequest {
  readonly model: string | undefined;
  readonly stream: boolean;
  /** Everything but `model`, checked and rebuilt. */
  readonly members: Readonly<Record<string, unknown>>;
}

/** Makes the check for one configuration, so that the schema is built once. */
export function createChatCheck(config: Pick<Config, "limits" | "imageHosts" | "extraMembers">) {
  const entries = chatMembers(config);
  const extra = v.nullish(v.union([v.boolean(), v.number(), shortText], "must be a single value"));
  const extras = Object.fromEntries([...config.extraMembers].map((member) => [member, extra]));
  const schema = v.strictObject({ ...extras, ...entries });
  const known = new Set(Object.keys(schema.entries));

  /** `extraParameters` is the caller's header: `drop` takes unknown members away where `error` refuses them. */
  return (value: unknown, extraParameters: string | null): { ok: true; chat: ChatRequest } | Refusal => {
    const dropped = /^(drop|ignore)$/i.test(extraParameters ?? "") ? withoutUnknown(value, known) : value;
    const result = v.safeParse(schema, dropped, { abortEarly: true });
    if (!result.success) return refuse("body_invalid", explain(result.issues[0]));
    const { model, stream, messages, ...rest } = result.output;
    return {
      ok: true,
      chat: {
        model: model ?? undefined,
        stream: stream ?? false,
        members: {
          messages: messages.map(withoutNulls),
          ...(stream == null ? {} : { stream }),
          ...withoutNulls(rest),
        },
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

const NEVER_SENT = new Set(["reasoning_content", "content_filter_results", "annotations", "context"]);

/** `null` and absent mean the same to every service but not to every version of it. An assistant's `content` stays. */
function withoutNulls(value: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).filter(
      ([member, one]) =>
        !NEVER_SENT.has(member) && one !== undefined && (one !== null || member === "content"),
    ),
  );
}

/** The one refused member in words for the caller. Holds member names, never values. */
function explain(issue: v.BaseIssue<unknown>): { param?: string; message: string } {
  const found = deepest(issue);
  const path = [...(issue.path ?? []), ...(found === issue ? [] : (found.path ?? []))];
  const param = path
    .map(({ key }) => String(key).slice(0, 64))
    .join(".")
    .slice(0, 200);
  if (param === "") return { message: "The request body must be a JSON object." };
  if (found.type === "strict_object" && found.expected === "never") {
    return { param, message: `The member "${param}" is not taken here.` };
  }
  if (found.input === undefined) return { param, message: `The member "${param}" is missing.` };
  const ours = /^(must|is) /.test(found.message);
  return { param, message: `The member "${param}" ${ours ? found.message : "has a wrong type or value"}.` };
}

/** Of a union's complaints, the one that got furthest into the value is the one the caller means. */
function deepest(issue: v.BaseIssue<unknown>): v.BaseIssue<unknown> {
  const nested = issue.issues ?? [];
  if (issue.type !== "union" || nested.length === 0) return issue;
  const furthest = [...nested].sort((a, b) => (b.path?.length ?? 0) - (a.path?.length ?? 0))[0]!;
  return (furthest.path?.length ?? 0) > 0 ? furthest : issue;
}
