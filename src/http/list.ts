/** Operations whose answer is a list: a promise of its first page, and an iterator of all items. */

import type { ApiPromise } from "./api-promise.ts";
import type { Call, RequestOptions } from "./caller.ts";
import { Page, type PageBody } from "./page.ts";
import { readWhole } from "./response.ts";

/** What every list may be asked for. */
export interface CursorPageParams {
  /** Begins after the item with this id. */
  after?: string;
  /** Items of a page. */
  limit?: number;
}

/** `await` gives the first {@link Page}; `for await` goes through every item, asking for page after page. */
export interface PagePromise<T> extends ApiPromise<Page<T>>, AsyncIterable<T> {}

/** @param single the service knows no cursors: the page is the list. */
export function list<T>(
  call: Call,
  path: string,
  query: object | null | undefined,
  options: RequestOptions | undefined,
  single = false,
): PagePromise<T> {
  const fetchPage = (cursors: string[] = []): PagePromise<T> => {
    const after = cursors.at(-1);
    const promise = call("GET", path, options, {
      query: { ...query, ...(after && { after }) },
      read: async (sent) =>
        new Page(await readWhole<PageBody<T>>(sent), single ? undefined : fetchPage, cursors),
    });
    return pagePromise(promise);
  };
  return fetchPage();
}

/** Lets the promise of a page be gone through, item after item. */
export function pagePromise<T>(promise: ApiPromise<Page<T>>): PagePromise<T> {
  return Object.assign(promise, {
    async *[Symbol.asyncIterator]() {
      yield* await promise;
    },
  });
}
