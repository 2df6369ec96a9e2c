// Every operation, and exactly what it sends: method, path, query, headers and body. The table of rows.ts, which fails when
// an operation has no row. That npm `openai` sends the same is compared in interop/wire.
import { describe, expect, test } from "vitest";
import { azure, DATED, KEY, recorder, type Seen } from "./recorder.ts";
import { ROWS, type Row, whole } from "./rows.ts";

const CASES = Object.entries(ROWS).flatMap(([name, rows]) =>
  rows.map((row, index) => ({ name: rows.length > 1 ? `${name} (${index + 1})` : name, row })),
);

async function arrival(row: Row): Promise<Seen> {
  const target = recorder(row.answer ?? (() => whole()));
  await row.call(azure(target));
  expect(target.seen).toHaveLength(1);
  return target.seen[0]!;
}

/** Every method below a namespace, by its path. */
function methods(value: object, path: string[] = []): string[] {
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
    if (typeof member === "function") return [[...path, name].join(".")];
    return typeof member === "object" && member !== null ? methods(member, [...path, name]) : [];
  });
}

test("every operation has a row", () => {
  expect(methods(azure(recorder())).sort()).toEqual(Object.keys(ROWS).sort());
});

describe("what goes over the wire", () => {
  test.each(CASES)("$name", async ({ row }) => {
    const seen = await arrival(row);
    const [method, path] = row.sends.split(" ");
    const query = [row.query, `api-version=${DATED}`].filter(Boolean).join("&");
    expect(seen).toMatchObject({ method, path: `/openai${path}`, query: `?${query}` });
    expect(seen.body).toEqual(row.body);
    expect(seen.headers.get("api-key")).toBe(KEY);
    expect(seen.headers.get("authorization")).toBeNull();
    expect(seen.headers.get("accept")).toBe(row.accept ?? "application/json");
    const type = seen.headers.get("content-type");
    if (row.body === undefined) expect(type).toBeNull();
    else if (Array.isArray(row.body)) expect(type).toMatch(/^multipart\/form-data; boundary=\S+$/);
    else expect(type).toBe("application/json");
  });
});
