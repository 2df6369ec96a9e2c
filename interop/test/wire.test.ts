// The comparison of requests: what it finds, and what makes the run fail.
import { describe, expect, test } from "vitest";
import { differencesOf } from "../wire/compare.ts";
import { explain, findings } from "../wire/explain.ts";
import type { Group, Row } from "../wire/group.ts";
import type { Arrival } from "../wire/recorder.ts";

const arrival = (more: Partial<Arrival> = {}): Arrival => ({
  method: "POST",
  host: "service.example",
  path: "/chat",
  query: ["api-version=v1"],
  headers: { accept: "application/json", "content-type": "application/json", "content-length": "7" },
  body: { model: "m", options: { a: 1, b: 2 } },
  ...more,
});
const partsOf = (theirs: Partial<Arrival>) =>
  differencesOf([arrival()], [arrival(theirs)]).map(({ part }) => part);

describe("differences", () => {
  test("none where only order and transport differ", () => {
    const headers: Record<string, string> = {
      ...arrival().headers,
      "content-length": "9",
      "accept-encoding": "gzip",
    };
    headers["content-type"] += "; charset=utf-8";
    expect(partsOf({ headers, body: { options: { b: 2, a: 1 }, model: "m" } })).toEqual([]);
  });

  test.each<[string, Partial<Arrival>, string[]]>([
    ["method", { method: "PUT" }, ["method"]],
    ["host", { host: "other.example" }, ["host"]],
    ["path", { path: "/Chat" }, ["path"]],
    ["version", { query: ["api-version=v2"] }, ["query api-version"]],
    ["a query of one side", { query: ["api-version=v1", "top=1"] }, ["query top"]],
    ["a member", { body: { model: "n", options: { a: 1, b: 2 } } }, ["body.model"]],
    ["a member's member", { body: { model: "m", options: { a: 1 } } }, ["body.options"]],
    ["no body", { body: undefined }, ["body", "body.model", "body.options"]],
    ["a header", { headers: { ...arrival().headers, accept: "*/*" } }, ["header accept"]],
  ])("%s", (_, theirs, expected) => {
    expect(partsOf(theirs)).toEqual(expected);
  });

  test("parts of a form", () => {
    const form = (type: string) =>
      arrival({ body: { form: [`["file","a","${type}","x"]`, '["purpose","b"]'] } });
    expect(differencesOf([form("text/plain")], [form("text/html")]).map(({ part }) => part)).toEqual([
      "form file",
    ]);
  });

  test("how many requests there are, and those after the first", () => {
    expect(
      differencesOf([arrival(), arrival()], [arrival(), arrival({ path: "/b" })]).map(({ part }) => part),
    ).toEqual(["request 2: path"]);
    expect(differencesOf([arrival()], [arrival(), arrival()])[0]).toEqual({
      part: "requests",
      ours: "1",
      theirs: "2",
    });
  });

  test("random ids and versions are none", () => {
    const headers = (id: string, agent: string) => ({ headers: { "request-id": id, "user-agent": agent } });
    const [one, two] = [crypto.randomUUID(), crypto.randomUUID()];
    expect(differencesOf([arrival(headers(one, "sdk/1.2.3"))], [arrival(headers(two, "sdk/1.3.0"))])).toEqual(
      [],
    );
  });
});

describe("explanations", () => {
  const judge = (because: Row<never, never>["because"], everywhere: Group["everywhere"], official = true) => {
    const row: Row<never, never> = { name: "chat", ours: () => {}, because };
    const group = { title: "", ours: "", sdk: "", theirs: "", clients: () => ({}), everywhere, rows: [row] };
    const differences = official ? differencesOf([arrival()], [arrival({ query: ["api-version=v2"] })]) : [];
    const value = group as unknown as Group;
    return findings(value, [explain(value, row, [arrival()], differences, official)]);
  };
  const KNOWN = { "query api-version": "the document says so" };

  test("of the row, or of all rows, are enough", () => {
    expect(judge(KNOWN, {})).toEqual([]);
    expect(judge({}, KNOWN)).toEqual([]);
    expect(judge({}, { "query *": "the document says so" })).toEqual([]);
  });

  test("a difference without one fails", () => {
    expect(judge({}, {})).toEqual(["chat: query api-version is v1 here and v2 there"]);
  });

  test("one without a difference fails", () => {
    expect(judge({ ...KNOWN, path: "gone" }, {})).toEqual([
      "chat: path no longer differs, its explanation must go",
    ]);
    expect(judge(KNOWN, { "header x": "gone" })).toEqual([
      "header x differs nowhere, its explanation must go",
    ]);
  });

  test("a call that the official client hasn't needs a reason", () => {
    expect(judge({}, {}, false)).toEqual(["chat has no call of the official client, and no reason for that"]);
  });
});
