// Lists that name their next page by a link: all items, and no request to anywhere else.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { drain, failureOf, json } from "../service.ts";
import { current, ENDPOINT, era, recorder } from "./recorder.ts";

/** A service that gives these bodies in turn. */
const pages = (...bodies: object[]) => {
  let index = 0;
  return recorder(() => json(bodies[index++]!));
};
const item = (name: string) => ({ name });
const LINK = `${ENDPOINT}/datasets`;

describe("pages", () => {
  test("all items, one page after the other, empty ones included", async () => {
    const target = pages(
      { value: [item("a"), item("b")], nextLink: `${LINK}?api-version=v1&skip=2` },
      { value: [], nextLink: `${LINK}?skip=2&token=a%26b` },
      { value: [item("c")] },
    );
    const { items } = await drain(current(target).datasets.list());
    expect(items.map(({ name }) => name)).toEqual(["a", "b", "c"]);
    expect(target.seen.map(({ request }) => request)).toEqual([
      `GET ${LINK}?api-version=v1`,
      `GET ${LINK}?api-version=v1&skip=2`,
      `GET ${LINK}?api-version=v1&skip=2&token=a%26b`,
    ]);
  });

  test("single pages", async () => {
    const target = pages({ value: [item("a")], nextLink: `${LINK}?skip=1` }, { value: [item("b")] });
    const first = await current(target).datasets.list();
    expect([first.data, first.hasNextPage()]).toEqual([[item("a")], true]);
    const second = await first.getNextPage();
    expect([second.data, second.hasNextPage()]).toEqual([[item("b")], false]);
    expect(target.seen).toHaveLength(2);
  });

  test.each(["", null])("no link: %j", async (nextLink) => {
    const first = await current(pages({ value: [item("a")], nextLink })).datasets.list();
    expect(first.hasNextPage()).toBe(false);
  });

  test("what the first call asked for isn't asked again over what the link says", async () => {
    const target = pages({ value: [item("a")], nextLink: "/x/evaluations/runs?skip=9&top=1" }, { value: [] });
    await drain(era(target).evaluations.list({ skip: 1 }, { query: { skip: 8 }, headers: { "x-a": "b" } }));
    const [first, second] = target.seen;
    expect(new URL(first!.request.slice(4)).searchParams.get("skip")).toBe("8");
    expect(new URL(second!.request.slice(4)).searchParams.get("skip")).toBe("9");
    expect(second!.headers.get("x-a")).toBe("b");
  });
});

describe("a link", () => {
  test("of another api-version or host is asked for at the client's own", async () => {
    const target = pages(
      { value: [item("a")], nextLink: "https://evil.example/any/datasets?api-version=evil&skip=1" },
      { value: [] },
    );
    await drain(current(target).datasets.list());
    expect(target.seen[1]!.request).toBe(`GET ${LINK}?api-version=v1&skip=1`);
  });

  test("to a name with spaces is the same list in any spelling", async () => {
    const target = pages(
      { value: [item("a")], nextLink: "https://x.example/datasets/my%20%73et/versions?skip=1" },
      { value: [] },
    );
    await drain(current(target).datasets.listVersions("my set"));
    expect(target.seen).toHaveLength(2);
  });

  test.each([
    "https://evil.example/other?skip=1",
    `${LINK}/versions?skip=1`,
    LINK,
    "https://",
    "https://x.example/%ff/datasets?skip=1",
    7,
  ])("that leads elsewhere is refused: %j", async (nextLink) => {
    const target = pages({ value: [item("a")], nextLink }, { value: [] });
    expect(await failureOf(current(target).datasets.list())).toMatchObject({ kind: "malformed" });
    expect(target.seen).toHaveLength(1);
  });

  test("that leads back ends in an error, not in a loop", async () => {
    const target = recorder(() => json({ value: [item("a")], nextLink: `${LINK}?skip=1` }));
    const { items, error } = await drain(current(target).datasets.list());
    expect(items.length).toBeLessThan(3);
    expect(error).toMatchObject({ kind: "malformed" });
  });

  test.each([{}, { value: null }, { value: {} }, []])("a list without items is none: %j", async (body) => {
    expect(await failureOf(current(recorder(() => json(body))).datasets.list())).toMatchObject({
      kind: "malformed",
    });
  });

  test("whatever it is, nothing is asked of another host, path or version", async () => {
    const links = fc.oneof(fc.webUrl({ withQueryParameters: true }), fc.string(), fc.json());
    await fc.assert(
      fc.asyncProperty(links, fc.boolean(), async (link, isList) => {
        const nextLink = isList ? `${link.split(/[?#]/)[0]}/datasets?${link}` : link;
        const target = recorder(({ request }) =>
          json(
            request.includes(`${LINK}?api-version=v1`) && target.seen.length === 1
              ? { value: [1], nextLink }
              : { value: [] },
          ),
        );
        await drain(current(target).datasets.list());
        for (const { request } of target.seen) {
          const url = new URL(request.slice("GET ".length));
          expect(url.origin + url.pathname).toBe(LINK);
          expect(url.searchParams.getAll("api-version")).toEqual(["v1"]);
        }
      }),
    );
  });
});
