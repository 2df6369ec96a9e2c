// What a parameter may be: from the text somebody wrote to a value, or why it is none. Pure. The bounds are the worker's
// (chat-schema.ts), so that what the panel accepts is accepted there.
import { t } from "../i18n.ts";

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string };

export const MAX_TEMPERATURE = 2;
export const MAX_OUTPUT_TOKENS = 131_072;
export const MAX_SCHEMA_CHARS = 32_000;
export const MAX_SYSTEM_CHARS = 20_000;

const good = <T>(value: T): Checked<T> => ({ ok: true, value });
const bad = (problem: string): { readonly ok: false; readonly problem: string } => ({ ok: false, problem });

/** "" is null: the service's own default. A comma is a point, as in half of the world. */
export function checkTemperature(text: string): Checked<number | null> {
  const trimmed = text.trim();
  if (trimmed === "") return good(null);
  const value = Number(trimmed.replace(",", "."));
  return /^[\d.,]+$/.test(trimmed) && value >= 0 && value <= MAX_TEMPERATURE
    ? good(value)
    : bad(t("A number from 0 to {most}, or nothing for the model's own.", { most: MAX_TEMPERATURE }));
}

export function checkMaxTokens(text: string): Checked<number | null> {
  const trimmed = text.trim();
  if (trimmed === "") return good(null);
  const value = Number(trimmed);
  return /^\d+$/.test(trimmed) && value >= 1 && value <= MAX_OUTPUT_TOKENS
    ? good(value)
    : bad(t("A whole number from 1 to {most}, or nothing for the model's own.", { most: MAX_OUTPUT_TOKENS }));
}

export function checkSystemPrompt(text: string): Checked<string> {
  if (text.length <= MAX_SYSTEM_CHARS) return good(text);
  return bad(
    t("At most {most} characters; these are {count}.", { most: MAX_SYSTEM_CHARS, count: text.length }),
  );
}

/** JSON that can be a schema: an object. Whether the service takes each keyword is its own to say. */
export function checkSchema(text: string): Checked<string> {
  if (text.trim() === "") return good("");
  if (text.length > MAX_SCHEMA_CHARS) return bad(t("At most {most} characters.", { most: MAX_SCHEMA_CHARS }));
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch (error) {
    return bad(t("This is not JSON: {reason}", { reason: error instanceof Error ? error.message : "" }));
  }
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) {
    return bad(t('A JSON schema is an object, as {"type": "object", "properties": {}}.'));
  }
  const { type } = schema as { type?: unknown };
  if (type !== undefined && type !== "object") {
    return bad(t('The outermost "type" of an answer must be "object".'));
  }
  return good(text);
}
