// One page of a list, as Azure's own lists are asked for: top, skip, maxpagesize, and a link to the next page.

import { refuse } from "./json.ts";

export interface LinkedPage<T> {
  readonly value: readonly T[];
  readonly nextLink?: string;
}

const DEFAULT_PAGE = 100;

/** `items` in the order they are to be listed in. Throws Refused. */
export function linkedPageOf<T>(url: URL, items: readonly T[]): LinkedPage<T> {
  const skip = readCount(url, "skip", 0) ?? 0;
  const top = readCount(url, "top", 0);
  const size = readCount(url, "maxpagesize", 1) ?? DEFAULT_PAGE;
  const count = Math.min(size, top ?? size);
  const value = items.slice(skip, skip + count);
  const left = top === undefined ? undefined : top - value.length;
  if (skip + value.length >= items.length || left === 0) return { value };
  const next = new URL(url);
  next.searchParams.set("skip", String(skip + value.length));
  if (left !== undefined) next.searchParams.set("top", String(left));
  return { value, nextLink: next.href };
}

function readCount({ searchParams }: URL, name: string, least: number): number | undefined {
  const text = searchParams.get(name);
  if (text === null) return undefined;
  const count = Number(text);
  if (text === "" || !Number.isInteger(count)) refuse("invalid-type", name, text, "an integer");
  if (count < least) refuse("invalid-value", name, count, `an integer, ${least} or more`);
  return count;
}
