/** Lists whose pages name the next one by a link. Contract: `{ value, nextLink? }` of Azure's services. */
import type { Call, RequestOptions } from "../http/caller.ts";
import { MalformedResponseError } from "../http/errors.ts";
import { type PagePromise, pagePromise } from "../http/list.ts";
import { Page } from "../http/page.ts";
import { readObject, readWhole } from "../http/response.ts";

/** What a service sends for a page. */
interface LinkedBody<W> {
  value: W[];
  nextLink?: string | null;
}

/**
 * Lists items, page after page. Of a link the query alone is used: the next page is asked for where the first one was,
 * with the same api-version, so that no credential goes where a link says, and a proxy may stand in between.
 *
 * @param make turns what is sent into an item.
 */
export function linkedList<T, W = T>(
  call: Call,
  at: string,
  query: object | null | undefined,
  options: RequestOptions | undefined,
  make = (sent: W) => sent as unknown as T,
): PagePromise<T> {
  const fetchPage = (links: string[] = []): PagePromise<T> => {
    const link = links.at(-1);
    return pagePromise(
      // A link says all of its query: what the first call said would win over it.
      call("GET", at, link ? { ...options, query: undefined } : options, {
        query: link ? Object.fromEntries(new URLSearchParams(link)) : query,
        read: (sent) =>
          readWhole(sent, async () => {
            const { value, nextLink } = await readObject<LinkedBody<W>>(sent);
            const next = nextLink ? queryOf(nextLink, at) : undefined;
            const data = Array.isArray(value) ? value.map(make) : value;
            return new Page<T>({ data, has_more: next !== undefined }, fetchPage, links, next);
          }),
      }),
    );
  };
  return fetchPage();
}

/** The query of a link to another page of the same list. */
function queryOf(link: string, at: string): string {
  try {
    const { pathname, searchParams } = new URL(link, "https://service.invalid");
    searchParams.delete("api-version");
    const query = `${searchParams}`;
    if (query && decodeURIComponent(pathname).endsWith(decodeURIComponent(at))) return query;
  } catch {}
  throw new MalformedResponseError("The service's link to the next page leads elsewhere.");
}
