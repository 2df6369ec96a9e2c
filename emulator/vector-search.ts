// Searching vector stores, as runs of agents do.

import type { Exchange } from "./exchange.ts";
import { findFile } from "./files.ts";
import { type PassageIndex, rank } from "./passages.ts";
import { nowSeconds } from "./state.ts";
import { addToStore, filesOf, findStore, isExpired, openStore, passagesOf } from "./vector-store.ts";

export { quoteOf } from "./passages.ts";

export interface SearchResult {
  readonly fileId: string;
  readonly fileName: string;
  /** 0 to 1. */
  readonly score: number;
  /** The piece of the file that fits. */
  readonly text: string;
}

export interface SearchOptions {
  /** Default 20, as the service's. */
  readonly maxResults?: number;
  /** Default 0. */
  readonly scoreThreshold?: number;
  /** There is one here, whatever its name. */
  readonly ranker?: string;
}

/**
 * Best first; nothing where the stores have nothing. Does not wait for `completed`: the service's runs do that, and what
 * has been put into a store is known here at once. A question that shares no word with the files gets their
 * beginnings, with score 0.
 */
export function searchVectorStores(
  exchange: Exchange,
  ids: readonly string[],
  query: string,
  { maxResults = 20, scoreThreshold = 0 }: SearchOptions = {},
): readonly SearchResult[] {
  const files = new Map<string, { readonly name: string; readonly index: PassageIndex }>();
  for (const id of ids) {
    const store = findStore(exchange, id);
    if (store === undefined || isExpired(exchange, store)) continue;
    store.lastActiveAt = nowSeconds(exchange);
    for (const file of filesOf(exchange, store)) {
      const stored = findFile(exchange, file.id);
      if (stored === undefined || file.cancelled || files.has(file.id)) continue;
      const index = passagesOf(exchange, file, stored);
      if ("chunks" in index) files.set(file.id, { name: stored.filename, index });
    }
  }
  const searched = [...files];
  const found = rank(
    searched.map(([, { index }]) => index),
    query,
    maxResults,
  );
  return found.flatMap(({ index: position, chunk, score }) => {
    const [fileId, { name, index }] = searched[position] as (typeof searched)[number];
    const place = index.chunks[chunk];
    if (place === undefined || score < scoreThreshold) return [];
    return [{ fileId, fileName: name, score, text: index.text.slice(place.start, place.end) }];
  });
}

/** An expired store still has its id. */
export function vectorStoreExists(exchange: Exchange, id: string): boolean {
  return findStore(exchange, id) !== undefined;
}

/** Makes a store of the files and returns its id; `part` tells several of one request apart. */
export function createVectorStoreOf(
  exchange: Exchange,
  { fileIds, name }: { readonly fileIds: readonly string[]; readonly name?: string },
  part = 0,
): string {
  const store = openStore(exchange, name === undefined ? {} : { name }, part);
  for (const id of fileIds) addToStore(exchange, store, id, undefined);
  return store.id;
}
