// Each part of a form as it comes: is its name one that is taken, is a field's value acceptable, are the files not too
// much? What is documented is in form-schema.ts. Holds member names in its refusals, never values.
import * as v from "valibot";
import { wording } from "./body-check.ts";
import type { FormEvent } from "./multipart-reader.ts";
import { type Refusal, refuse } from "./refusals.ts";

export interface FormSpec {
  readonly fields: ReadonlyMap<string, v.GenericSchema<unknown, string>>;
  /** Names that end in [] may come again and again; so may these files. Others once. */
  readonly files: ReadonlySet<string>;
  readonly required: readonly string[];
  /** All files of the form together. */
  readonly fileBytes: number;
  /** What the caller's group says of a field that is taken here. */
  readonly refuses?: ((field: string) => Refusal | undefined) | undefined;
}

export function createFormCheck({ fields: schemas, files, required, fileBytes, refuses }: FormSpec) {
  const fields = new Map<string, string>();
  const seen = new Set<string>();
  let bytes = 0;
  const wrong = (param: string, how: string) =>
    refuse("body_invalid", { param, message: `The field "${param}" ${how}.` });
  return {
    fields,
    event(event: FormEvent): Refusal | undefined {
      if (event.type === "bytes") {
        bytes += event.bytes.byteLength;
        return bytes > fileBytes ? refuse("body_too_large") : undefined;
      }
      const { name } = event;
      const param = /^[\w[\]-]{1,64}$/.test(name) ? name : "?";
      if (seen.has(name) && !name.endsWith("[]")) return wrong(param, "comes twice");
      seen.add(name);
      if (event.type === "file") {
        return files.has(name) ? undefined : wrong(param, "is not a file that is taken here");
      }
      const schema = schemas.get(name);
      if (schema === undefined) return wrong(param, "is not taken here");
      const refused = refuses?.(name);
      if (refused !== undefined) return refused;
      const result = v.safeParse(schema, event.value, { abortEarly: true });
      if (!result.success) return wrong(param, wording(result.issues[0]));
      if (!fields.has(name)) fields.set(name, result.output);
      return undefined;
    },
    missing(): Refusal | undefined {
      const absent = required.find((name) => !seen.has(name));
      if (absent !== undefined) return wrong(absent, "is missing");
      return [...files].some((name) => seen.has(name)) ? undefined : wrong("file", "is missing");
    },
  };
}
