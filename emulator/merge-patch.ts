// JSON merge patch, RFC 7396: what is given replaces, objects are merged, null takes away.

import { isObject, type JsonObject } from "./json.ts";

export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged = new Map(Object.entries(target));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else if (!isObject(value)) merged.set(name, value);
    else {
      const before = merged.get(name);
      merged.set(name, mergePatch(isObject(before) ? before : {}, value));
    }
  }
  // Object.fromEntries defines, so that a member named __proto__ is one like any other.
  return Object.fromEntries(merged);
}
