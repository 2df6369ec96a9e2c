// The published schemas, and whether a body is what they say. The emulator knows nothing of these files: what it
// sends is written by hand, and checked by others' words here.

import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { expect } from "vitest";

export type Source = "openai" | "azure-openai-v1" | "azure-openai" | "inference" | "projects";

// The specifications have formats of their own, such as `unixtime`, which say nothing that can be checked.
const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: false });
const added = new Set<Source>();

function schemaOf(source: Source, name: string): ValidateFunction {
  if (!added.has(source)) {
    added.add(source);
    const lines = readFileSync(new URL(`openapi/${source}.jsonl`, import.meta.url), "utf8")
      .trimEnd()
      .split("\n");
    const $defs = Object.fromEntries(
      lines.map((line) => {
        const { name: key, schema } = JSON.parse(line) as { name: string; schema: unknown };
        return [key, schema];
      }),
    );
    ajv.addSchema({ $id: source, $defs });
  }
  const validate = ajv.getSchema(`${source}#/$defs/${name}`);
  if (validate === undefined) throw new Error(`${source} has no schema ${name}`);
  return validate;
}

export function expectValid(source: Source, name: string, body: unknown): void {
  const validate = schemaOf(source, name);
  const fits = validate(body);
  expect(fits ? [] : validate.errors, `${source} ${name}: ${JSON.stringify(body)?.slice(0, 2000)}`).toEqual(
    [],
  );
}
