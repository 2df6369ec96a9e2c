// The shape of one upstream: where it is, and how this proxy shows who it is. A key for the services that take one;
// an identity of Entra ID for projects, which take no key. Messages are fixed texts: none may quote a value.
import * as v from "valibot";
import { upstreamUrlProblem } from "./upstream-url.ts";

/** A value that neither JSON.stringify nor console.log can show. */
export interface Secret {
  reveal(): string;
}

export function secret(value: string): Secret {
  return { reveal: () => value };
}

/** Projects and their agents, by today's project endpoint and by the connection string of the preview. */
export const PROJECT_KINDS = ["projects", "workspace"] as const;
const KINDS = ["inference", "azure-openai", "openai", ...PROJECT_KINDS] as const;

const API_VERSIONS = {
  inference: "2024-05-01-preview",
  "azure-openai": "2024-10-21",
  openai: undefined,
  projects: "v1",
  workspace: "2024-12-01-preview",
} as const;
const SCOPES = {
  projects: "https://ai.azure.com/.default",
  workspace: "https://ml.azure.com/.default",
} as const;
const PATHS = {
  projects: /^\/api\/projects\/[^/]+$/,
  workspace:
    /^\/agents\/v1\.0\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.MachineLearningServices\/workspaces\/[^/]+$/i,
} as const;

const text = (most: number) => v.pipe(v.string(), v.nonEmpty("is missing"), v.maxLength(most, "is too long"));
const address = v.pipe(
  v.string(),
  v.rawCheck(({ dataset, addIssue }) => {
    const problem = dataset.typed ? upstreamUrlProblem(dataset.value) : undefined;
    if (problem !== undefined) addIssue({ message: problem });
  }),
);

const entra = v.pipe(
  v.strictObject({
    /** The directory: its id or one of its domains. */
    tenantId: v.pipe(v.string(), v.regex(/^[\w-]+(\.[\w-]+)*$/, "must be an id or a domain")),
    /** The application's id. */
    clientId: text(256),
    /** One of three proofs: a secret of the application, */
    clientSecret: v.optional(text(4096)),
    /** its certificate with the private key (both PEM, the key in PKCS #8), */
    certificate: v.optional(text(65_536)),
    privateKey: v.optional(text(65_536)),
    /** Sends the certificates too (`x5c`). Default false. */
    sendCertificateChain: v.optional(v.boolean("must be true or false"), false),
    /** or a token by which another issuer vouches for the application: as text, or a function asked for each token. */
    assertion: v.optional(
      v.union([
        text(65_536),
        v.custom<() => string | Promise<string>>((value) => typeof value === "function"),
      ]),
    ),
    /** Who issues tokens. Default https://login.microsoftonline.com. */
    authority: v.optional(address),
    /** Default: what the kind of upstream asks for. */
    scope: v.optional(v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,512}$/, "must be one scope"))),
  }),
  v.check(
    ({ clientSecret, certificate, assertion }) =>
      [clientSecret, certificate, assertion].filter((proof) => proof !== undefined).length === 1,
    "must have exactly one of clientSecret, certificate and assertion",
  ),
  v.check(
    ({ certificate, privateKey }) => (certificate === undefined) === (privateKey === undefined),
    "must have certificate and privateKey together",
  ),
  v.transform(({ clientSecret, certificate, privateKey, assertion, ...rest }) => ({
    ...rest,
    clientSecret: clientSecret === undefined ? undefined : secret(clientSecret),
    certificate,
    privateKey: privateKey === undefined ? undefined : secret(privateKey),
    assertion:
      assertion === undefined ? undefined : typeof assertion === "string" ? () => assertion : assertion,
  })),
);

const objectId = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][\w.:-]{0,127}$/, "must be ids"));
const modelName = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,127}$/, "must be names"));

export const upstream = v.pipe(
  v.strictObject({
    /** Which service it is: decides URL shape and credential. */
    kind: v.picklist(KINDS, `must be ${KINDS.slice(0, -1).join(", ")} or ${KINDS.at(-1)}`),
    /**
     * https, or http to this machine. inference: the endpoint including `/models`; azure-openai: the resource's origin;
     * openai: the base including `/v1`; projects: the project endpoint, `https://…/api/projects/<project>`; workspace:
     * the agents' base of a connection string, `https://<host>/agents/v1.0/subscriptions/…/workspaces/<project>`.
     */
    url: address,
    /** The key that callers never see. May be empty for kind openai on this machine; projects and workspace take none. */
    key: v.optional(
      v.pipe(v.string(), v.regex(/^[\x21-\x7e]{0,4096}$/, "must be printable ASCII without spaces")),
      "",
    ),
    /** For projects and workspace: who this proxy is to Entra ID, which gives it tokens for the service. */
    entra: v.optional(entra),
    /** Default: 2024-05-01-preview for inference, 2024-10-21 for azure-openai, v1 for projects, 2024-12-01-preview for workspace; openai takes none. */
    apiVersion: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9.-]{1,40}$/, "must look like 2024-10-21"))),
    /** For a server that never sends [DONE]: an answer is then whole when every choice has a finish reason. Default false. */
    endsWithoutDone: v.optional(v.boolean("must be true or false"), false),
    /** For projects: what the project calls the models that agents may run, by their names in `models`. Default: those of `models` that are at this upstream. */
    deployments: v.optional(
      v.record(
        modelName,
        v.pipe(v.string(), v.regex(/^(?!\.+$)[\x21-\x7e]{1,256}$/, "must be printable ASCII")),
      ),
      {},
    ),
    /** For projects: ids of agents that callers may run and not change. What they are told to do is not shown. Default none. */
    agents: v.optional(v.array(objectId), []),
    /** For projects: connections that tools of callers' agents may use: the name that callers say, and the service's id. Default none. */
    connections: v.optional(v.record(modelName, text(1024)), {}),
  }),
  v.forward(
    v.check(
      ({ kind, url, key }) => isProject(kind) || key !== "" || (kind === "openai" && /^http:/i.test(url)),
      "is missing: only an openai-compatible server on this machine may go without a key",
    ),
    ["key"],
  ),
  v.forward(
    v.check(({ kind, key }) => !isProject(kind) || key === "", "is not taken by a project: give `entra`"),
    ["key"],
  ),
  v.forward(
    v.check(
      ({ kind, entra }) => isProject(kind) === (entra !== undefined),
      "is for projects, and needed there",
    ),
    ["entra"],
  ),
  v.forward(
    v.check(
      ({ kind, url }) => kind !== "azure-openai" || !URL.canParse(url) || new URL(url).pathname === "/",
      "must be the bare address of the resource for azure-openai, without a path",
    ),
    ["url"],
  ),
  v.forward(
    v.check(
      ({ kind, url }) =>
        !isProject(kind) || !URL.canParse(url) || PATHS[kind].test(new URL(url).pathname.replace(/\/+$/, "")),
      "must be a project endpoint (projects) or the agents' base of a workspace (workspace)",
    ),
    ["url"],
  ),
  v.transform(({ kind, url, key, apiVersion, entra, agents, deployments, connections, endsWithoutDone }) => ({
    kind,
    url: url.replace(/\/+$/, ""),
    key: secret(key),
    apiVersion: kind === "openai" ? undefined : (apiVersion ?? API_VERSIONS[kind]),
    endsWithoutDone,
    entra: entra && { ...entra, scope: entra.scope ?? (isProject(kind) ? SCOPES[kind] : "") },
    agents: new Set(agents),
    deployments: new Map(Object.entries(deployments)),
    connections: new Map(Object.entries(connections)),
  })),
);

export type ProjectKind = (typeof PROJECT_KINDS)[number];

export function isProject(kind: string): kind is ProjectKind {
  return (PROJECT_KINDS as readonly string[]).includes(kind);
}
