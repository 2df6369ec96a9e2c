/**
 * Schemas of the caller's choice: a JSON schema to send and a check of what comes back. Any library that speaks
 * Standard Schema (https://standardschema.dev) fits, and a plain JSON schema, which is sent and not checked.
 */

/** What a schema has against a value. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

type Checked<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** A schema of valibot, zod, arktype or any other library with the Standard Schema interface, version 1. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Checked<Output> | Promise<Checked<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    /** Standard JSON Schema: zod 4.2 and arktype 2.1.28 have it, valibot by `toStandardJsonSchema`. */
    readonly jsonSchema?: {
      readonly input: (options: { readonly target: "draft-2020-12" }) => Record<string, unknown>;
    };
  };
}

/** A JSON schema as it goes over the wire. */
export type JsonSchema = Record<string, unknown> & { readonly "~standard"?: never };

/** What describes a value: its form for the model, and a check for us. */
export type Schema = StandardSchema | JsonSchema;

/** What a schema lets through; of a plain JSON schema nothing is known. */
export type OutputOf<S> = S extends {
  readonly "~standard": { readonly types?: { readonly output: infer Output } | undefined };
}
  ? Output
  : unknown;

/** Makes a JSON schema of a schema that can't do it itself, as `toJsonSchema` of `@valibot/to-json-schema`. */
export type ToJsonSchema<S> = (schema: S) => object;

/**
 * A schema as JSON schema.
 *
 * @throws {TypeError} when it is no schema, or can't be made one.
 */
export function jsonSchema<S extends Schema>(
  schema: S,
  toJsonSchema?: ToJsonSchema<S>,
): Record<string, unknown> {
  // Schemas of arktype are functions.
  const standard = Object(schema)["~standard"] as StandardSchema["~standard"] | undefined;
  if (toJsonSchema) return toJsonSchema(schema) as Record<string, unknown>;
  if (standard?.jsonSchema) return standard.jsonSchema.input({ target: "draft-2020-12" });
  if (standard || typeof schema !== "object" || schema === null) {
    throw new TypeError(
      `A schema${standard ? ` of ${standard.vendor}` : ""} that can't describe itself: pass toJsonSchema, or for valibot toStandardJsonSchema(schema).`,
    );
  }
  return schema as JsonSchema;
}

/** Checks a value; a plain JSON schema lets everything through. */
export async function check<S extends Schema>(schema: S, value: unknown): Promise<Checked<OutputOf<S>>> {
  const standard = (schema as StandardSchema)["~standard"];
  return (standard ? standard.validate(value) : { value }) as Checked<OutputOf<S>>;
}

/** Issues as text, with the place of each: for the model, who wrote the value. */
export function describeIssues(issues: readonly SchemaIssue[]): string {
  return issues
    .map(({ message, path = [] }) => {
      const place = path.map((part) => String(typeof part === "object" ? part.key : part)).join(".");
      return place ? `${place}: ${message}` : message;
    })
    .join("; ");
}

/** Keywords that strict mode takes on every service; others, as `minLength` or `default`, are refused by some. */
const STRICT =
  /^(\$schema|\$id|\$ref|\$defs|definitions|type|title|description|properties|required|additionalProperties|items|enum|const|anyOf)$/;

/** A schema in the form strict mode wants, and whether it may be used there. */
export interface StrictForm {
  /** Objects that say nothing of other members are closed. */
  schema: Record<string, unknown>;
  /** Strict mode has no optional members, no open objects and few keywords. */
  fits: boolean;
}

/** Closes every object of a schema, and finds out whether strict mode would take it. */
export function strictForm(schema: Record<string, unknown>): StrictForm {
  let fits = true;
  const map = (members: unknown) =>
    Object.fromEntries(Object.entries(Object(members)).map(([name, part]) => [name, close(part)]));

  function close(node: unknown): unknown {
    if (Array.isArray(node)) return node.map(close);
    if (typeof node !== "object" || node === null) return node;
    const { properties, required, additionalProperties = false } = node as Record<string, unknown>;
    const isObject = "properties" in node || (node as JsonSchema).type === "object";
    const names = Object.keys(Object(properties));
    fits &&=
      Object.keys(node).every((name) => STRICT.test(name)) &&
      (!isObject ||
        (additionalProperties === false &&
          names.every((name) => Array.isArray(required) && required.includes(name))));
    const entries = Object.entries(node).map(([name, part]) => {
      if (/^(properties|\$defs|definitions)$/.test(name)) return [name, map(part)];
      // The rest holds schemas or plain values; a value that looks like a schema isn't one.
      return [name, /^(items|anyOf|additionalProperties)$/.test(name) ? close(part) : part];
    });
    return Object.fromEntries(
      isObject ? [...entries, ["additionalProperties", additionalProperties]] : entries,
    );
  }

  return { schema: close(schema) as Record<string, unknown>, fits };
}
