// The shape of `entra` in a configuration: whose access tokens of Entra ID let a caller in. Messages are fixed texts.
import * as v from "valibot";
import { upstreamUrlProblem } from "./upstream-url.ts";

const PUBLIC_AUTHORITY = "https://login.microsoftonline.com";
/** Tokens in the format of version 1 name this issuer, whichever authority gave them. */
const FIRST_ISSUER = "https://sts.windows.net/{tenantid}/";

const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"] as const;

const address = v.pipe(
  v.string(),
  v.rawCheck(({ dataset, addIssue }) => {
    const problem = dataset.typed ? upstreamUrlProblem(dataset.value) : undefined;
    if (problem !== undefined) addIssue({ message: problem });
  }),
);
const directoryId = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, "must be ids of directories"),
  v.toLowerCase(),
);
const names = (what: string) =>
  v.array(v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,256}$/, `must be ${what}: printable, without spaces`)));
const seconds = (fallback: number, min: number, max: number) =>
  v.optional(
    v.pipe(
      v.number("must be a number"),
      v.integer("must be a whole number"),
      v.minValue(min, `must be at least ${min}`),
      v.maxValue(max, `must be at most ${max}`),
    ),
    fallback,
  );

const page = v.strictObject({
  /** Id of the page's own application, a single-page one. Public, as all of this. */
  clientId: v.pipe(v.string(), v.regex(/^[\w.-]{1,128}$/, "must be the id of an application")),
  /** What the page asks for, such as `api://<application id>/Models.Use`. */
  scopes: v.pipe(names("scopes"), v.minLength(1, "must name at least one scope")),
  /** Where people sign in. Default: the authority above, for the one directory, or for any where there are several. */
  authority: v.optional(
    v.pipe(address, v.startsWith("https://", "must be https, also on this machine: MSAL takes nothing else")),
  ),
  /** `oidc` for an address that is not of the form of Entra ID's, such as External ID at a name of your own. Default entra. */
  protocol: v.optional(v.picklist(["entra", "oidc"], "must be entra or oidc"), "entra"),
});

export const entraCallers = v.pipe(
  v.strictObject({
    /** Ids of the directories whose people and applications may call. Personal accounts have one, too. */
    tenants: v.pipe(v.array(directoryId), v.minLength(1, "must name at least one directory")),
    /** What `aud` may be: the application's id, `api://<id>`. */
    audiences: v.pipe(names("audiences"), v.minLength(1, "must name at least one audience")),
    /** Of a person's token, one of these in `scp`. None: no people. */
    scopes: v.optional(names("scopes"), []),
    /** Of an application's own token, one of these in `roles`. None: no applications. */
    roles: v.optional(names("roles"), []),
    /** What a page is told by which people sign in there. Default: it is told nothing, and offers no signing in. */
    page: v.optional(page),
    /** Who issues tokens. Default https://login.microsoftonline.com. */
    authority: v.optional(address, PUBLIC_AUTHORITY),
    /** Where the public keys are. Default: where the authority's discovery document says, at the authority's own address. */
    jwksUrl: v.optional(address),
    /** What `iss` may be; `{tenantid}` stands for the token's tenant. Default: both forms of the authority. */
    issuers: v.optional(v.pipe(names("issuers"), v.minLength(1, "must name at least one issuer"))),
    /** Default RS256, as Entra ID signs. Symmetric ones and `none` are not to be had. */
    algorithms: v.optional(
      v.pipe(
        v.array(v.picklist(ALGORITHMS, "must be RS256, PS256, ES256 or a longer one of these")),
        v.minLength(1, "must name at least one algorithm"),
      ),
      ["RS256"],
    ),
    /** Longest life of a token, from `iat` to `exp`, in seconds. Default a day. */
    maxLifetimeSeconds: seconds(86_400, 60, 604_800),
    /** What the clocks may differ by, in seconds. Default 60. */
    clockSeconds: seconds(60, 0, 300),
    /** Keys older than this are fetched anew, in the background. Default an hour. */
    keysFreshSeconds: seconds(3600, 60, 86_400),
    /** Keys older than this are not used: 503 until the authority answers. Default a day. */
    keysStaleSeconds: seconds(86_400, 60, 604_800),
  }),
  v.forward(
    v.check(
      ({ scopes, roles }) => scopes.length + roles.length > 0,
      "or `roles` must name at least one: without, every token of the directory would do",
    ),
    ["scopes"],
  ),
  v.forward(
    v.check(
      ({ keysFreshSeconds, keysStaleSeconds }) => keysFreshSeconds <= keysStaleSeconds,
      "must not be shorter than keysFreshSeconds",
    ),
    ["keysStaleSeconds"],
  ),
  v.forward(
    v.check(
      ({ page, scopes }) => page === undefined || scopes.length > 0,
      "lets people sign in of whom `scopes` lets in none",
    ),
    ["page"],
  ),
  v.transform(({ authority, page, jwksUrl, issuers, keysFreshSeconds, keysStaleSeconds, ...rest }) => {
    const base = authority.replace(/\/+$/, "");
    const where = rest.tenants.length === 1 ? rest.tenants[0] : "common";
    const inPlace = rest.tenants.length === 1 ? where : "organizations";
    return {
      ...rest,
      page: page && { ...page, authority: page.authority ?? `${base}/${inPlace}` },
      tenants: new Set(rest.tenants),
      audiences: new Set(rest.audiences),
      issuers: issuers ?? [`${base}/{tenantid}/v2.0`, FIRST_ISSUER],
      keys: {
        at: jwksUrl
          ? { keys: jwksUrl }
          : { discovery: `${base}/${where}/v2.0/.well-known/openid-configuration` },
        algorithms: rest.algorithms,
        freshMs: keysFreshSeconds * 1000,
        staleMs: keysStaleSeconds * 1000,
      },
    };
  }),
);

export type EntraCallers = v.InferOutput<typeof entraCallers>;
