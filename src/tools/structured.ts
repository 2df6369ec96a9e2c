/** Answers of a form: a schema -> what asks for it, a check of what comes, and the value while it comes. */
import type { ChatCompletions, JsonSchemaFormat } from "../chat/types.ts";
import { type Answer, type ResponseAnswer, readAnswer, toAnswer } from "./answer.ts";
import { OutputError } from "./errors.ts";
import { partialJson } from "./partial-json.ts";
import { Progress } from "./progress.ts";
import { check, jsonSchema, type OutputOf, type Schema, strictForm, type ToJsonSchema } from "./schema.ts";

/** A value of which not everything has come. */
export type Partially<T> = T extends readonly (infer Item)[]
  ? Partially<Item>[]
  : T extends object
    ? { [Key in keyof T]?: Partially<T[Key]> }
    : T;

/** Options of {@link structured}. */
export interface StructuredOptions<S> {
  /** Letters, digits, `_` and `-`, 64 at most. */
  name: string;
  /** Tells the model what the value is for. */
  description?: string | undefined;
  /**
   * Asks the service to hold the model to the schema. Default: whether strict mode can express it on every service
   * (no optional members, no open objects, no bounds). Either way the answer is checked here.
   */
  strict?: boolean | undefined;
  /** Makes a JSON schema of the schema, when it can't do it itself. */
  toJsonSchema?: ToJsonSchema<S> | undefined;
}

/** An answer that streams, as a client gives it or promises it. */
export type AnswerStream = AsyncIterable<object> | PromiseLike<AsyncIterable<object>>;

/** The parts of a form; each asks or checks for the same schema. */
export interface Structured<T> {
  /** For chat completions. */
  response_format: { type: "json_schema"; json_schema: JsonSchemaFormat };
  /** For responses. */
  text: { format: { type: "json_schema" } & JsonSchemaFormat };
  /**
   * Reads the value out of a whole answer, or of its text.
   *
   * @throws {OutputError} when the answer is refused, cut, filtered, no JSON, or not what the schema asks for.
   */
  parse(answer: ChatCompletions | ResponseAnswer | string): Promise<T>;
  /**
   * The value while it comes: after each piece one object that grows, unchecked, then the checked one as the result.
   * To keep what an earlier piece showed, copy it (`structuredClone`). Rejects as {@link parse} does, and as the stream.
   */
  stream(answer: AnswerStream): Progress<Partially<T>, T>;
}

/**
 * Asks for answers of a form.
 *
 * @param schema a Standard Schema (valibot by `toStandardJsonSchema` of `@valibot/to-json-schema`, zod, arktype, …), or
 *   a JSON schema, by which the service is asked but nothing is checked here.
 * @throws {TypeError} when the schema can't be told to a model, or the name is wrong.
 *
 * @example
 * ```ts
 * import { ChatCompletionsClient } from "latchkey";
 * import { structured } from "latchkey/tools";
 * import * as z from "zod";
 *
 * const client = new ChatCompletionsClient("https://example.services.ai.azure.com/models", { key: "…" }, { model: "gpt-4.1" });
 * const recipe = structured(z.object({ title: z.string(), steps: z.array(z.string()) }), { name: "recipe" });
 * const { response_format } = recipe;
 * const messages = [{ role: "user" as const, content: "Onion soup" }];
 * const soup = await recipe.parse(await client.complete({ messages, response_format }));
 *
 * const coming = recipe.stream(client.complete({ messages, response_format, stream: true }));
 * for await (const { title, steps = [] } of coming) console.log(title, steps.length);
 * console.log(soup.title, (await coming.final()).steps);
 * ```
 */
export function structured<S extends Schema>(
  schema: S,
  { name, description, strict, toJsonSchema }: StructuredOptions<S>,
): Structured<OutputOf<S>> {
  if (!/^[\w-]{1,64}$/.test(name))
    throw new TypeError("name must be 1 to 64 letters, digits, underscores or dashes.");
  const plain = jsonSchema(schema, toJsonSchema);
  const { schema: closed, fits } = strictForm(plain);
  const isStrict = strict ?? fits;
  const format = {
    name,
    ...(description && { description }),
    schema: isStrict ? closed : plain,
    strict: isStrict,
  };

  async function valueIn(answer: Pick<Answer, "text"> & Partial<Answer>): Promise<OutputOf<S>> {
    const { text, refusal, cut, whole: partial } = answer;
    if (cut === "content_filter") throw new OutputError(cut, { partial });
    if (refusal) throw new OutputError("refusal", { partial, refusal });
    if (cut) throw new OutputError(cut, { partial });
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      // Without its cause: that quotes the text.
      throw new OutputError("json", { partial });
    }
    const checked = await check(schema, value);
    if (checked.issues) throw new OutputError("schema", { issues: checked.issues, partial: value });
    return checked.value;
  }

  return {
    response_format: { type: "json_schema", json_schema: format },
    text: { format: { type: "json_schema", ...format } },
    parse: async (answer) => valueIn(typeof answer === "string" ? { text: answer } : toAnswer(answer)),
    stream: (source) =>
      new Progress(async function* (signal) {
        const json = partialJson();
        const answer = yield* readAnswer(source, signal, ({ type, delta }) => {
          if (type === "text-delta") json.feed(delta);
          return json.value as Partially<OutputOf<S>> | undefined;
        });
        return valueIn(answer);
      }),
  };
}
