// Every operation of a project but its agents', and exactly what it sends: method, host, path, query, headers, body and
// token. The table of rows.ts, which fails when an operation has no row; agents have theirs in test/agents. That
// @azure/ai-projects sends the same is compared in interop/wire.
import type { AIProjectClient } from "latchkey/projects";
import { describe, expect, test } from "vitest";
import { current, era, MANAGEMENT, recorder } from "./recorder.ts";
import { ROWS } from "./rows.ts";

const AI_SCOPE = "https://ai.azure.com/.default";

/** Every method of the members that aren't the agents'. */
function methods(client: AIProjectClient): string[] {
  return Object.entries(client)
    .filter(([group]) => group !== "agents" && group !== "scope")
    .flatMap(([group, members]) => Object.keys(members as object).map((name) => `${group}.${name}`));
}

test("every operation has a row", () => {
  for (const client of [era(recorder()), current(recorder())])
    expect(methods(client).sort()).toEqual(Object.keys(ROWS).sort());
});

test("every operation of the document is there", () => {
  const document = {
    connections: ["get", "get_default", "list"],
    evaluations: [
      "create",
      "create_or_replace_schedule",
      "disable_schedule",
      "get",
      "get_schedule",
      "list",
      "list_schedule",
      "update",
    ],
    inference: [
      "get_azure_openai_client",
      "get_chat_completions_client",
      "get_embeddings_client",
      "get_image_embeddings_client",
    ],
    telemetry: ["enable", "get_connection_string"],
  };
  const camel = (name: string) =>
    name.replace(/_openai/, "_openAI").replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  const names = Object.entries(document).flatMap(([group, all]) =>
    all.map((name) => `${group}.${camel(name)}`),
  );
  expect(names).toHaveLength(17);
  for (const name of names) expect(Object.keys(ROWS)).toContain(name);
});

const CASES = Object.entries(ROWS).flatMap(([name, rows]) =>
  rows.map((row, index) => ({ name: rows.length > 1 ? `${name} (${index + 1})` : name, row })),
);

describe.each([
  { kind: "era" as const, clientOf: era },
  { kind: "current" as const, clientOf: current },
])("what goes over the wire: $kind", ({ kind, clientOf }) => {
  const scopeOf = (request: string) => {
    if (kind === "current") return AI_SCOPE;
    return request.includes(MANAGEMENT) ? `${MANAGEMENT}/.default` : "https://ml.azure.com/.default";
  };

  test.each(CASES)("$name", async ({ row }) => {
    const target = recorder(row.answer);
    const wires = row[kind];
    const call = async () => row.call(clientOf(target));
    if (wires === undefined) await expect(call()).rejects.toThrow(TypeError);
    else await call();
    expect(target.seen.map(({ request }) => request)).toEqual((wires ?? []).map(({ request }) => request));
    for (const [index, { headers, body, request }] of target.seen.entries()) {
      const { body: wanted, type = "application/json" } = wires![index]!;
      expect(body ? JSON.parse(body) : undefined).toEqual(wanted);
      expect(headers.get("content-type")).toBe(wanted === undefined ? null : type);
      expect(headers.get("accept")).toBe("application/json");
      expect(headers.get("authorization")).toBe(`Bearer for-${scopeOf(request)}`);
      expect(headers.has("api-key")).toBe(false);
    }
  });
});
