/** Lists that come in pages: one page, the next one, or every item. The wire's cursors: `after` is the last item's id. */
import { MalformedResponseError } from "./errors.ts";

/** What a service sends for a page. */
export interface PageBody<T> {
  object?: string;
  data: T[];
  has_more?: boolean;
  first_id?: string | null;
  last_id?: string | null;
}

/** Gets the page after the last of the cursors that led there. */
export type FetchPage<T> = (cursors: string[]) => PromiseLike<Page<T>>;

/**
 * One page of a list, and the way to the next: `for await` over it goes through its items and those of all pages after
 * it, asking for each page when its first item is wanted.
 */
export class Page<T> implements AsyncIterable<T> {
  /** The items of this page. */
  readonly data: T[];
  readonly object: string;
  readonly has_more: boolean;
  readonly first_id?: string | null;
  readonly last_id?: string | null;
  readonly #cursors: string[];
  readonly #fetchPage: FetchPage<T> | undefined;

  /**
   * @param next what leads to the next page, where that isn't the last item's id.
   * @internal
   */
  constructor(
    { object = "list", data, has_more, ...ids }: PageBody<T>,
    fetchPage?: FetchPage<T>,
    before: string[] = [],
    next?: string,
  ) {
    if (!Array.isArray(data)) throw new MalformedResponseError("The service sent a list without data.");
    const last = (data.at(-1) as { id?: unknown } | undefined)?.id;
    const cursor = next ?? (typeof last === "string" ? last : undefined);
    // A service that knows no cursors answers every time with the same page: that is no next page.
    const again = !next && cursor !== undefined && cursor === before.at(-1);
    if (!again && cursor !== undefined && before.includes(cursor))
      throw new MalformedResponseError("The service's list goes in a circle.");
    this.data = again ? [] : data;
    this.object = object;
    Object.assign(this, { first_id: ids.first_id, last_id: ids.last_id });
    this.has_more = fetchPage !== undefined && !again && has_more !== false && cursor !== undefined;
    this.#cursors = this.has_more ? [...before, cursor!] : [];
    this.#fetchPage = fetchPage;
  }

  hasNextPage(): boolean {
    return this.has_more;
  }

  /**
   * The page after this one.
   *
   * @throws {RangeError} when there is none; ask {@link hasNextPage} first.
   */
  async getNextPage(): Promise<Page<T>> {
    if (!this.has_more) throw new RangeError("This is the last page.");
    return this.#fetchPage!(this.#cursors);
  }

  /** This page and all after it. */
  async *iterPages(): AsyncGenerator<Page<T>> {
    let page: Page<T> = this;
    yield page;
    while (page.hasNextPage()) {
      page = await page.getNextPage();
      yield page;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for await (const page of this.iterPages()) yield* page.data;
  }
}
