// What the body of POST /session may ask for. There need not be one: then the session is as the configuration says.
import * as v from "valibot";
import { readJson } from "./body.ts";
import { explain } from "./body-check.ts";
import type { Config } from "./config.ts";
import { type Refusal, refuse } from "./refusals.ts";

const MAX_BYTES = 8 * 1024;
const MAX_MODELS = 32;

const name = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][\w.:@/-]{0,127}$/, "must be a name"));

const wish = v.pipe(
  v.custom<object>((value) => !Array.isArray(value)), // an empty list has no wrong member
  v.strictObject({
    /** Only these of the models. */
    models: v.optional(v.pipe(v.array(name), v.maxLength(MAX_MODELS, `must be at most ${MAX_MODELS}`))),
    /** Seconds; longer than the configuration's is cut to it. */
    expires_in: v.optional(
      v.pipe(
        v.number(),
        v.integer("must be a whole number"),
        v.minValue(30, "must be at least 30"),
        v.maxValue(86_400, "must be at most 86400"),
      ),
    ),
    /** The answer of the page's Turnstile widget. */
    turnstile: v.optional(v.pipe(v.string(), v.maxLength(2048, "is too long"))),
    /** Of an app's backend alone: the page that the session is for, */
    origin: v.optional(v.pipe(v.string(), v.maxLength(512, "is too long"))),
    /** the group whose rules and limits it has, */
    group: v.optional(name),
    /** and who it is for: any text that stays the same for the same person. Only its hash is kept. */
    user: v.optional(
      v.pipe(v.string(), v.nonEmpty("must not be empty"), v.maxLength(256, "must be at most 256 characters")),
    ),
  }),
);

export type SessionWish = v.InferOutput<typeof wish>;

export async function readWish(
  request: Request,
  { limits, deadlines }: Pick<Config, "limits" | "deadlines">,
): Promise<{ ok: true; wish: SessionWish } | Refusal> {
  // What has no type asks for nothing; clients that send no body may still say a type, or its length.
  const { headers, body } = request;
  if (body === null || headers.get("content-length") === "0" || !headers.has("content-type")) {
    body?.cancel().catch(() => {});
    return { ok: true, wish: {} };
  }
  const read = await readJson(request, { deadlines, limits: { ...limits, bodyBytes: MAX_BYTES } });
  if (!read.ok) return read;
  const result = v.safeParse(wish, read.value, { abortEarly: true });
  return result.success
    ? { ok: true, wish: result.output }
    : refuse("body_invalid", explain(result.issues[0]));
}
