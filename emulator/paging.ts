// One page of a list, as all of the services' lists are asked for: limit, order, after, before.

import { Refused, refuse } from "./json.ts";

export interface Page<T> {
  readonly object: "list";
  readonly data: readonly T[];
  readonly first_id: string | null;
  readonly last_id: string | null;
  readonly has_more: boolean;
}

export interface PageRules {
  readonly limit: number;
  readonly mostItems: number;
  /** When the request does not say. */
  readonly order: "asc" | "desc";
}

/** `items` are oldest first. Throws Refused. */
export function pageOf<T extends { readonly id: string }>(
  { searchParams }: URL,
  items: readonly T[],
  rules: PageRules,
): Page<T> {
  const limit = readLimit(searchParams.get("limit"), rules);
  const order = searchParams.get("order") ?? rules.order;
  if (order !== "asc" && order !== "desc") refuse("invalid-value", "order", order, "'asc' or 'desc'");
  const ordered = order === "asc" ? items : items.toReversed();
  const from = positionOf(ordered, searchParams, "after") + 1;
  const before = positionOf(ordered, searchParams, "before");
  const rest = ordered.slice(from, before < 0 ? undefined : before);
  // What comes right before an item is the end of what is left.
  const data = before < 0 ? rest.slice(0, limit) : rest.slice(Math.max(0, rest.length - limit));
  return {
    object: "list",
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: data.length < rest.length,
  };
}

function readLimit(text: string | null, { limit, mostItems }: PageRules): number {
  if (text === null) return limit;
  const asked = Number(text);
  if (!Number.isInteger(asked)) refuse("invalid-type", "limit", text, "an integer");
  if (asked < 1 || asked > mostItems) refuse("invalid-value", "limit", asked, `1 to ${mostItems}`);
  return asked;
}

/** -1 when it is not asked for. */
function positionOf(items: readonly { readonly id: string }[], query: URLSearchParams, name: string): number {
  const id = query.get(name);
  if (id === null || id === "") return -1;
  const at = items.findIndex((item) => item.id === id);
  if (at >= 0) return at;
  throw new Refused({ reason: "invalid-value", param: name, message: `Invalid '${name}': no such object.` });
}
