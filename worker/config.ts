// What an operator may set: one typed object, checked once at start. Every problem is found in one go and
// named by its option. The options themselves, with defaults, are in config-schema.ts.
import * as v from "valibot";
import { isProject, type Secret, schema, secret } from "./config-schema.ts";

export type ConfigInput = v.InferInput<typeof schema>;
type Checked = v.InferOutput<typeof schema>;

export type Upstream = Checked["upstreams"][string] & { readonly name: string };
export interface Model {
  readonly name: string;
  readonly upstream: Upstream;
  readonly deployment: string;
  readonly type: Checked["models"][string]["type"];
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
  readonly secret: Secret;
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
  const { models, origins, session, callerKeys, limits, deadlines } = result.output;
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
      Object.entries(models).map(([name, { upstream, deployment = name, type }]) => [
        name,
        { name, deployment, type, upstream: upstreams.get(upstream)! },
      ]),
    ),
    origins: new Set(origins),
    session: session && {
      ...session,
      secret: secret(session.secret),
      models: session.models && new Set(session.models),
      agents: session.agents && new Set(session.agents),
    },
    callerKeys: callerKeys.map(({ name, sha256, models, agents }) => ({
      name,
      sha256: Uint8Array.from(sha256.match(/../g)!, (pair) => Number.parseInt(pair, 16)),
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
    limits,
    deadlines,
  });
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
