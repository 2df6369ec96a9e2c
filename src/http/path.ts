/** Values -> paths and queries. Each value stays in its place, whatever it holds. Pure. */
import { fields } from "./fields.ts";

/**
 * Fills values into a path, each as exactly one segment.
 *
 * @throws {TypeError} for a value that is no text, is empty, or is `"."` or `".."`, which would leave its place.
 */
export function path(texts: TemplateStringsArray, ...values: string[]): string {
  return texts.reduce((joined, text, index) => joined + segment(values[index - 1]) + text);
}

function segment(value: unknown): string {
  if (typeof value !== "string" || /^\.{0,2}$|\p{Cs}/u.test(value))
    throw new TypeError('A name or id in a path must be text, and not empty, "." or "..".');
  return encodeURIComponent(value);
}

/** Adds a query to a path: lists as `name[]=…`, objects as `name[key]=…`, `null` and `undefined` left out. */
export function withQuery(path: string, query: object): string {
  const search = new URLSearchParams(fields(query).map(([name, value]) => [name, String(value)]));
  return search.size ? `${path}?${search}` : path;
}
