/** Nested members -> flat fields, the way forms and queries spell them: `a[]` for lists, `a[b]` for objects. Pure. */

/** The fields of a value in order; `null` and `undefined` have none. Instances of classes are values of their own. */
export function fields(value: unknown, name = ""): [string, unknown][] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item) => fields(item, `${name}[]`));
  if (typeof value !== "object" || !isPlain(value)) return [[name, value]];
  return Object.entries(value).flatMap(([key, item]) => fields(item, name ? `${name}[${key}]` : key));
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  // By name too, for an object of another realm has another prototype.
  return prototype === null || (prototype as object).constructor?.name === "Object";
}
