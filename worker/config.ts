// What an operator may set: one typed object, checked once at start. Every problem is found in one go and
// named by its option. The options themselves, with defaults, are in config-schema.ts.
import * as v from "valibot";
import type { AnonymousRules, BackendRules, TurnstileRules } from "./caller-schema.ts";
import { callerProblems } from "./config-callers.ts";
import { isProject, type Secret, schema, secret } from "./config-schema.ts";
import type { EntraCallers } from "./entra-schema.ts";
import type { LedgerLimits } from "./ledger.ts";
import type { OperatorKey } from "./operator.ts";
import type { PolicyGroup } from "./policy-schema.ts";
import type { Price } from "./prices.ts";

export type ConfigInput = v.InferInput<typeof schema>;
type Checked = v.InferOutput<typeof schema>;

export type Upstream = Checked["upstreams"][string] & { readonly name: string };
/** A model at one of its upstreams. */
export interface ModelPlace {
  readonly upstream: Upstream;
  readonly deployment: string;
  readonly priority: number;
  readonly weight: number;
}
export interface Model {
  readonly name: string;
  /** Of the first place. */
  readonly upstream: Upstream;
  readonly deployment: string;
  /** By priority. Never empty. */
  readonly places: readonly ModelPlace[];
  readonly outputMember: Checked["models"][string]["outputMember"];
  readonly type: Checked["models"][string]["type"];
  /** Undefined: not told. */
  readonly capabilities: Checked["models"][string]["capabilities"];
  /** Undefined: its use is counted in tokens only. */
  readonly price: Price | undefined;
}
export type Limits = Checked["limits"];
export type Deadlines = Checked["deadlines"];
export interface CallerKey {
  readonly name: string;
  readonly sha256: Uint8Array;
  readonly models: ReadonlySet<string> | undefined;
  readonly agents: ReadonlySet<string> | undefined;
}
export interface SessionConfig {
  /** The first one signs, all of them verify. */
  readonly secrets: readonly [Secret, ...Secret[]];
  readonly turnstile: TurnstileRules | undefined;
  readonly backend: BackendRules | undefined;
  readonly lifetimeSeconds: number;
  readonly renewSeconds: number;
  readonly perMinute: number;
  readonly models: ReadonlySet<string> | undefined;
  readonly agents: ReadonlySet<string> | undefined;
}

/** The checked configuration, with every default filled in. */
export interface Config {
  /** A Map, so that a model named `constructor` is simply unknown. */
  readonly models: ReadonlyMap<string, Model>;
  readonly origins: ReadonlySet<string>;
  readonly session: SessionConfig | undefined;
  readonly callerKeys: readonly CallerKey[];
  readonly entra: EntraCallers | undefined;
  readonly anonymous: AnonymousRules | undefined;
  /** Without any, all callers may do what the rest allows. */
  readonly policy: readonly PolicyGroup[];
  /** Of all callers together. */
  readonly everyone: LedgerLimits;
  /** Of each caller. */
  readonly perCaller: LedgerLimits;
  readonly upstreams: ReadonlyMap<string, Upstream>;
  /** Where objects are kept that belong to no model. Undefined: no upstream can. */
  readonly objectsUpstream: Upstream | undefined;
  readonly imageHosts: ReadonlySet<string>;
  readonly fileHosts: ReadonlySet<string>;
  readonly mcpHosts: ReadonlySet<string>;
  readonly dataSourceHosts: ReadonlySet<string>;
  readonly openApiHosts: ReadonlySet<string>;
  readonly queueHosts: ReadonlySet<string>;
  readonly dataAssets: ReadonlySet<string>;
  readonly vectorStores: ReadonlySet<string>;
  readonly serverTools: ReadonlySet<string>;
  readonly extraMembers: ReadonlySet<string>;
  readonly operatorKeys: readonly OperatorKey[];
  readonly failover: Checked["failover"];
  readonly bridge: Checked["bridge"];
  readonly heartbeats: Checked["heartbeats"];
  readonly streamErrors: Checked["streamErrors"];
  readonly idempotencyKeys: Checked["idempotencyKeys"];
  readonly limits: Limits;
  readonly deadlines: Deadlines;
}

export interface ConfigProblem {
  /** Dotted path of the option, such as `upstreams.default.url`. */
  readonly option: string;
  readonly message: string;
}

export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(({ option, message }) => `${option} ${message}`).join("; "));
    this.problems = problems;
  }
}

/** Checks a configuration and fills in the defaults. Throws `ConfigError` naming every wrong option, never a value. */
export function defineConfig(input: ConfigInput): Config {
  const result = v.safeParse(schema, input);
  if (!result.success) throw new ConfigError(result.issues.map(problemOf));
  const { models, origins, session, callerKeys, limits, deadlines, entra, anonymous, policy, everyone } =
    result.output;
  const problems = callerProblems({ ...result.output, entra, anonymous, session });
  if (problems.length > 0) throw new ConfigError(problems);
  const secrets: readonly Secret[] = session ? [session.secret, ...session.previousSecrets].map(secret) : [];
  const upstreams = new Map(
    Object.entries(result.output.upstreams).map(([name, upstream]) => [name, { ...upstream, name }]),
  );
  const { objectsUpstream, ...lists } = result.output;
  return Object.freeze({
    upstreams,
    objectsUpstream:
      objectsUpstream === undefined
        ? [...upstreams.values()].find(({ kind }) => kind !== "inference" && !isProject(kind))
        : upstreams.get(objectsUpstream),
    models: new Map(
      Object.entries(models).map(([name, model]) => {
        const places = placesOf(name, model, upstreams);
        const [{ upstream, deployment }] = places as [ModelPlace];
        const { type, capabilities, outputMember, price } = model;
        return [name, { name, upstream, deployment, places, type, capabilities, outputMember, price }];
      }),
    ),
    origins: new Set(origins),
    entra,
    anonymous: anonymous && { ...anonymous, secret: anonymous.secret ?? secrets[0]! },
    policy,
    everyone,
    perCaller: result.output.perCaller,
    session: session && {
      lifetimeSeconds: session.lifetimeSeconds,
      renewSeconds: session.renewSeconds,
      perMinute: session.perMinute,
      secrets: secrets as [Secret, ...Secret[]],
      turnstile: session.turnstile,
      backend: session.backend,
      models: session.models && new Set(session.models),
      agents: session.agents && new Set(session.agents),
    },
    callerKeys: callerKeys.map(({ name, sha256, models, agents }) => ({
      name,
      sha256: digest(sha256),
      models: models && new Set(models),
      agents: agents && new Set(agents),
    })),
    imageHosts: new Set(lists.imageHosts),
    fileHosts: new Set(lists.fileHosts),
    mcpHosts: new Set(lists.mcpHosts),
    dataSourceHosts: new Set(lists.dataSourceHosts),
    openApiHosts: new Set(lists.openApiHosts),
    queueHosts: new Set(lists.queueHosts),
    dataAssets: new Set(lists.dataAssets),
    vectorStores: new Set(lists.vectorStores),
    serverTools: new Set(lists.serverTools),
    extraMembers: new Set(lists.extraMembers),
    operatorKeys: lists.operatorKeys.map(({ name, sha256 }) => ({ name, sha256: digest(sha256) })),
    failover: lists.failover,
    bridge: lists.bridge,
    heartbeats: lists.heartbeats,
    streamErrors: lists.streamErrors,
    idempotencyKeys: lists.idempotencyKeys,
    limits,
    deadlines,
  });
}

const digest = (text: string) => Uint8Array.from(text.match(/../g)!, (pair) => Number.parseInt(pair, 16));

function placesOf(
  name: string,
  { upstream, upstreams: several, deployment }: Checked["models"][string],
  upstreams: ReadonlyMap<string, Upstream>,
): ModelPlace[] {
  const written = several ?? [{ upstream: upstream!, deployment, priority: 1, weight: 1 }];
  return written
    .map((one) => ({
      ...one,
      upstream: upstreams.get(one.upstream)!,
      deployment: one.deployment ?? name,
    }))
    .sort((a, b) => a.priority - b.priority);
}

function problemOf(issue: v.BaseIssue<unknown>): ConfigProblem {
  // Only texts written in this file may leave it: valibot's own messages quote the received value.
  const ours = issue.kind === "validation" || ["picklist", "number", "boolean"].includes(issue.type);
  const missing = issue.input === undefined;
  const unknown = issue.type === "strict_object" && issue.expected === "never";
  return {
    option: v.getDotPath(issue) ?? "configuration",
    message: missing
      ? "is missing"
      : unknown
        ? "is not an option"
        : ours
          ? issue.message
          : `must be ${article(issue.type)}`,
  };
}

function article(type: string): string {
  if (type === "string") return "a string";
  if (type === "array") return "a list";
  return "an object";
}
