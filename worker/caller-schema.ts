// The shapes of what a configuration says about sessions beyond their life, and about callers without a credential.
// Messages are fixed texts: none may quote a value, because values may be secrets.
import * as v from "valibot";
import { secret } from "./config-upstream.ts";
import { limits } from "./limit-schema.ts";
import { upstreamUrlProblem } from "./upstream-url.ts";

const SITEVERIFY = "https://challenges.cloudflare.com/turnstile/v0/siteverify";

export const whole = (fallback: number, min: number, max: number) =>
  v.optional(
    v.pipe(
      v.number("must be a number"),
      v.integer("must be a whole number"),
      v.minValue(min, `must be at least ${min}`),
      v.maxValue(max, `must be at most ${max}`),
    ),
    fallback,
  );
const signing = v.pipe(v.string(), v.minBytes(32, "must be at least 32 bytes long"));
const groupName = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][\w.-]{0,63}$/, "must be names of groups"));

/** A page proves by Cloudflare Turnstile that a person is there. */
export const turnstile = v.pipe(
  v.strictObject({
    secret: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,256}$/, "must be printable ASCII without spaces")),
    /** Hosts on which the widget stands. Default: the host of the page that asks. */
    hostnames: v.optional(
      v.array(v.pipe(v.string(), v.regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/, "must be host names in lower case"))),
    ),
    /** What the widget calls its purpose. Default: not looked at. */
    action: v.optional(v.pipe(v.string(), v.regex(/^[\w-]{1,32}$/, "must be a short name"))),
    /** For the answer, in ms. Default 5 s. Without one no session is given. */
    timeoutMs: whole(5000, 10, 30_000),
    url: v.optional(
      v.pipe(
        v.string(),
        v.rawCheck(({ dataset, addIssue }) => {
          const problem = dataset.typed ? upstreamUrlProblem(dataset.value) : undefined;
          if (problem !== undefined) addIssue({ message: problem });
        }),
      ),
      SITEVERIFY,
    ),
  }),
  v.transform((rules) => ({ ...rules, secret: secret(rules.secret) })),
);

/** The app's own backend asks for sessions on behalf of its people, with a secret in `x-latchkey-backend`. */
export const backend = v.pipe(
  v.strictObject({
    /** Several while they are changed: each counts. 32 bytes or more. */
    secrets: v.pipe(v.array(signing), v.minLength(1, "must name at least one secret")),
    /** Groups of the policy that it may choose for a session. Default none. */
    groups: v.optional(v.array(groupName), []),
    /** Sessions a minute. Default 600. */
    perMinute: whole(600, 1, 100_000),
  }),
  v.transform((rules) => ({ ...rules, secrets: rules.secrets.map(secret) })),
);

/** Callers without a credential. Leave it out and there are none. */
export const anonymous = v.pipe(
  v.strictObject({
    /** The pages whose visitors may call. Each must be one of `origins`, too. */
    origins: v.pipe(v.array(v.string()), v.minLength(1, "must name at least one origin")),
    /** Of each network. Default: 10 requests a minute, 2 streams. */
    limits: v.optional(limits, {}),
    /** Of all of them together; a cap a day on tokens or money is needed. */
    together: v.pipe(
      limits,
      v.check(
        ({ tokensPerDay, microsPerDay }) => tokensPerDay !== undefined || microsPerDay !== undefined,
        "must have tokensPerDay or moneyPerDay: whoever has many addresses meets nothing else",
      ),
    ),
    /** Bits of an address that make a network. Default 32 and 64. */
    ipv4Prefix: whole(32, 16, 32),
    ipv6Prefix: whole(64, 32, 64),
    /** Keys the hash by which a network is counted; 32 bytes or more. Default: the first secret of sessions. */
    secret: v.optional(signing),
  }),
  v.transform(({ ipv4Prefix, ipv6Prefix, limits: given, secret: key, origins, ...rest }) => ({
    ...rest,
    origins: new Set(origins),
    prefixes: { ipv4: ipv4Prefix, ipv6: ipv6Prefix },
    limits: { requestsPerMinute: 10, streams: 2, ...given },
    secret: key === undefined ? undefined : secret(key),
  })),
);

export type TurnstileRules = v.InferOutput<typeof turnstile>;
export type BackendRules = v.InferOutput<typeof backend>;
export type AnonymousRules = Omit<v.InferOutput<typeof anonymous>, "secret"> & {
  readonly secret: ReturnType<typeof secret>;
};
