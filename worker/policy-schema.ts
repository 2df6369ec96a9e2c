// The shape of `policy` in a configuration: groups of callers, in order, each with who is in it and what it may do.
// The first group that matches a caller decides, with all of its rules and nothing of another's. Messages are fixed
// texts. What the rules do to a request is in policy.ts.
import * as v from "valibot";
import { IDENTITY_KINDS } from "./identity.ts";
import { limits } from "./limit-schema.ts";
import { FAMILIES } from "./operation-family.ts";

const DIALECTS = ["inference", "azure-openai", "openai", "agents"] as const;
const MiB = 1024 * 1024;
const MAX_PROMPT_CHARS = 65_536;

const count = (min: number, max: number) =>
  v.optional(
    v.pipe(
      v.number("must be a number"),
      v.integer("must be a whole number"),
      v.minValue(min, `must be at least ${min}`),
      v.maxValue(max, `must be at most ${max}`),
    ),
  );
const words = (what: string) =>
  v.optional(
    v.pipe(
      v.array(
        v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,256}$/, `must be ${what}: printable, without spaces`)),
      ),
      v.minLength(1, "must not be empty: leave it out, or name something"),
    ),
  );
const members = v.optional(
  v.array(v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_]{0,63}$/, "must be member names in lower case"))),
);
const oneOf = <const T extends readonly string[]>(values: T) =>
  v.picklist(values, `must be ${values.slice(0, -1).join(", ")} or ${values.at(-1)}`);

/** All that are given must fit; of a list, one. `{}` fits everybody, so it belongs at the end. */
const match = v.strictObject({
  kinds: v.optional(
    v.pipe(
      v.array(oneOf(IDENTITY_KINDS)),
      v.minLength(1, "must not be empty: leave it out, or name something"),
    ),
  ),
  /** Names of caller keys. */
  keys: words("names of caller keys"),
  /** The page that calls. Scripts can say any origin: beside a key or a token it proves nothing. */
  origins: words("origins"),
  /** Of callers with a token of Entra ID: ids of directories, applications and groups, and names of roles and scopes. */
  tenants: words("ids of directories"),
  apps: words("ids of applications"),
  roles: words("roles"),
  scopes: words("scopes"),
  groups: words("ids of groups"),
});

const tools = v.pipe(
  v.union(
    [
      v.picklist(["none", "functions"]),
      v.strictObject({
        /** Functions and custom tools, which run at the caller's. Default true. */
        functions: v.optional(v.boolean("must be true or false"), true),
        /** Types of tools that run at the service; `data_sources` counts as one. Default none. */
        hosted: v.optional(
          v.array(v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_]{0,63}$/, "must be types of tools"))),
          [],
        ),
      }),
    ],
    "must be none, functions, or an object with functions and hosted",
  ),
  v.transform((given) =>
    typeof given === "string"
      ? { functions: given === "functions", hosted: [] }
      : { functions: given.functions, hosted: given.hosted },
  ),
);

const system = v.strictObject({
  text: v.pipe(
    v.string(),
    v.nonEmpty("is missing"),
    v.maxLength(MAX_PROMPT_CHARS, `must be at most ${MAX_PROMPT_CHARS} characters`),
  ),
  /** prepend: it is put before what the caller sends. require: the caller must send it first. Default prepend. */
  mode: v.optional(oneOf(["prepend", "require"]), "prepend"),
  /** What becomes of the caller's own system and developer messages. Default allow: they follow. */
  others: v.optional(oneOf(["allow", "refuse"]), "allow"),
});

const group = v.pipe(
  v.strictObject({
    name: v.pipe(
      v.string(),
      v.regex(/^[A-Za-z0-9][\w.-]{0,63}$/, "must be a short name of letters, digits and . _ -"),
    ),
    match,
    /** Default: all that the caller may use anyway. */
    models: words("names of models"),
    /** Ids of the operator's agents that may be run. Default: all that the caller may run anyway. */
    agents: v.optional(
      v.array(v.pipe(v.string(), v.regex(/^[A-Za-z0-9][\w.:-]{0,127}$/, "must be ids of agents"))),
    ),
    dialects: v.optional(v.array(oneOf(DIALECTS))),
    /** Families of operations. Default: all. */
    operations: v.optional(v.array(oneOf(FAMILIES))),
    /** Files, batches, jobs, stored responses, conversations and agents. Default true; never for anonymous callers. */
    objects: v.optional(v.boolean("must be true or false"), true),
    /** Tokens of one answer: what is set where the caller sets nothing, and the most that it may set. More is cut to it. */
    maxTokens: v.optional(
      v.pipe(
        v.strictObject({ default: count(1, 10_000_000), most: count(1, 10_000_000) }),
        v.check(
          ({ default: usual, most }) => usual === undefined || most === undefined || usual <= most,
          "must have a default that is not above most",
        ),
      ),
    ),
    /** Most answers of one call: `n`, `best_of`, times prompts. More is refused. */
    choices: count(1, 128),
    tools: v.optional(tools),
    /** Longest JSON body in bytes. `limits.bodyBytes` holds, too. */
    bodyBytes: count(1024, 64 * MiB),
    /** Images in one JSON body: how many, and the bytes of those inside it. */
    images: v.optional(v.strictObject({ most: count(0, 10_000), bytes: count(0, 64 * MiB) })),
    /** Begins every conversation. It is no secret: a model can be talked into telling it. */
    system: v.optional(system),
    /** Members of a body that runs a model, and fields of such a form. What another rule of the group governs need not be listed. */
    parameters: v.optional(v.strictObject({ allowed: members, forbidden: members })),
    /** Of each caller. Default none. */
    limits: v.optional(limits, {}),
    /** Of all callers of the group together. Default none. */
    together: v.optional(limits, {}),
  }),
  v.transform(({ name, match: who, ...rules }) => ({ name, match: who, rules })),
);

export const policy = v.pipe(
  v.array(group),
  v.maxLength(200, "must be at most 200 groups"),
  v.check(
    (groups) => new Set(groups.map(({ name }) => name)).size === groups.length,
    "must not name a group twice",
  ),
  v.check(
    (groups) => groups.slice(0, -1).every(({ match: who }) => Object.keys(who).length > 0),
    "must not have a group after one that fits everybody: it would never be reached",
  ),
  v.check(
    (groups) => groups.every(({ match: who }) => isPossible(who)),
    "must not ask for two kinds of callers at once: keys are of kind key; tenants, apps, roles, scopes and groups of kind entra",
  ),
);

export type PolicyGroup = v.InferOutput<typeof policy>[number];
export type Rules = PolicyGroup["rules"];
export type Match = v.InferOutput<typeof match>;

function isPossible({ kinds, keys, tenants, apps, roles, scopes, groups }: Match): boolean {
  const needsEntra = [tenants, apps, roles, scopes, groups].some((list) => list !== undefined);
  if (keys !== undefined && needsEntra) return false;
  const needed = keys !== undefined ? "key" : needsEntra ? "entra" : undefined;
  return needed === undefined || kinds === undefined || kinds.includes(needed);
}
