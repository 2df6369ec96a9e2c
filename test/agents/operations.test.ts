// Every operation of the document, and exactly what it sends: method, path, query, headers and body. One table, which
// fails when an operation has no row, or a row no operation.
import { AgentsClient, connectAgents, streamOperations } from "latchkey/projects";
import { describe, expect, test } from "vitest";
import { recorder, type Seen } from "../openai/recorder.ts";
import { failureOf, json } from "../service.ts";
import { agentsOf, PROJECT, TOKEN } from "./agents-service.ts";
import { ROWS, type Row } from "./rows.ts";

/** What the document names; sends nothing by itself. */
const SILENT = ["enableAutoFunctionCalls"];

async function arrival({ call, answer = () => json({ id: "x_1" }) }: Row): Promise<Seen> {
  const service = recorder(answer);
  await call(agentsOf(service));
  expect(service.seen).toHaveLength(1);
  return service.seen[0]!;
}

test("every operation has a row, and every row an operation", () => {
  const names = Object.keys(agentsOf(recorder()));
  expect(names.sort()).toEqual([...Object.keys(ROWS), ...SILENT].sort());
});

// document 004 in camelCase, and what later documents have more.
const DOCUMENT =
  "cancel_run cancel_vector_store_file_batch create_agent create_and_process_run create_message create_run create_stream create_thread create_thread_and_run create_vector_store create_vector_store_and_poll create_vector_store_file create_vector_store_file_and_poll create_vector_store_file_batch create_vector_store_file_batch_and_poll delete_agent delete_file delete_thread delete_vector_store delete_vector_store_file get_agent get_file get_file_content get_message get_run get_run_step get_thread get_vector_store get_vector_store_file get_vector_store_file_batch list_agents list_files list_messages list_run_steps list_runs list_vector_store_file_batch_files list_vector_store_files list_vector_stores modify_vector_store save_file submit_tool_outputs_to_run submit_tool_outputs_to_stream update_agent update_message update_run update_thread upload_file upload_file_and_poll";
const LATER = "list_threads create_thread_and_run_stream";

test("the rows are the document's operations", () => {
  const camel = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  const wanted = `${DOCUMENT} ${LATER}`.split(" ").map(camel);
  expect(Object.keys(ROWS).sort()).toEqual(wanted.sort());
});

describe("what goes over the wire", () => {
  test.each(Object.entries(ROWS))("%s", async (_, row) => {
    const seen = await arrival(row);
    const [method, path] = row.sends.split(" ");
    const query = [row.query, "api-version=v1"].filter(Boolean).join("&");
    expect(seen).toMatchObject({ method, path: `/api/projects/p${path}`, query: `?${query}` });
    expect(seen.body).toEqual(row.body);
    expect(seen.headers.get("authorization")).toBe(`Bearer ${TOKEN}`);
    expect(seen.headers.get("api-key")).toBeNull();
    expect(seen.headers.get("accept")).toBe(row.accept ?? "application/json");
    const type = seen.headers.get("content-type");
    if (row.body === undefined) expect(type).toBeNull();
    else if (Array.isArray(row.body)) expect(type).toMatch(/^multipart\/form-data; boundary=\S+$/);
    else expect(type).toBe("application/json");
  });

  test.each(["", ".", ".."])("an id that would leave its place is refused: %j", (id) => {
    const service = recorder();
    expect(() => agentsOf(service).getRun("t", id)).toThrow(TypeError);
    expect(service.seen).toEqual([]);
  });
});

test("an object without an id is no answer of this service", async () => {
  const client = agentsOf(recorder(() => json({ hello: 1 })));
  for (const call of [client.getRun("t", "r"), client.createAgent({ model: "m" }), client.deleteFile("f")])
    expect(await failureOf(call)).toMatchObject({ kind: "malformed" });
});

describe("lists", () => {
  const page = (ids: string[], has_more: boolean) =>
    json({
      object: "list",
      data: ids.map((id) => ({ id, object: "thread.message" })),
      first_id: ids[0],
      last_id: ids.at(-1),
      has_more,
    });

  test("follow the cursor with the same query, and give single pages", async () => {
    const service = recorder(({ query }) =>
      /after=b/.test(query) ? page(["c"], false) : page(["a", "b"], true),
    );
    const client = agentsOf(service);
    const ids: string[] = [];
    for await (const { id } of client.listMessages("t", { run_id: "r", limit: 2 })) ids.push(id);
    expect(ids).toEqual(["a", "b", "c"]);
    expect(service.seen.map(({ query }) => query)).toEqual([
      "?run_id=r&limit=2&api-version=v1",
      "?run_id=r&limit=2&after=b&api-version=v1",
    ]);
    const first = await client.listMessages("t");
    expect(first).toMatchObject({ has_more: true, first_id: "a", last_id: "b" });
    expect((await first.getNextPage()).data).toMatchObject([{ id: "c" }]);
  });

  test("files come in one page, whatever cursor they look like", async () => {
    const service = recorder(() => json({ object: "list", data: [{ id: "a" }, { id: "b" }] }));
    const ids: string[] = [];
    for await (const { id } of agentsOf(service).listFiles()) ids.push(id);
    expect(ids).toEqual(["a", "b"]);
    expect(service.seen).toHaveLength(1);
  });
});

describe("the client", () => {
  test("names what is missing or wrong", () => {
    expect(() => agentsOf(recorder(), { apiVersion: "" })).toThrow(/apiVersion/);
    expect(() => agentsOf(recorder(), { nonsense: 1 } as object)).toThrow("Unknown option: nonsense.");
  });

  test("asks for tokens of the project's scope, and sends another api-version when told", async () => {
    const scopes: unknown[] = [];
    const service = recorder(() => json({ id: "a" }));
    const credential = {
      async getToken(scope: unknown) {
        scopes.push(scope);
        return { token: TOKEN, expiresOnTimestamp: Date.now() + 3_600_000 };
      },
    };
    const client = new AgentsClient("https://account.example/api/projects/p/", credential, {
      fetch: service.fetch,
      apiVersion: "2025-05-01",
    });
    await client.getAgent("a");
    expect(scopes).toEqual(["https://ai.azure.com/.default"]);
    expect(service.seen[0]).toMatchObject({ query: "?api-version=2025-05-01" });
  });

  test("operations work without it", async () => {
    const { fetch, seen } = recorder(() => ROWS.createStream!.answer!());
    const call = connectAgents(PROJECT, async () => TOKEN, { fetch });
    await streamOperations(call).createStream("t", { assistant_id: "a" });
    expect(seen[0]).toMatchObject({ method: "POST", path: "/api/projects/p/threads/t/runs" });
  });

  test("a closed client refuses", async () => {
    const client = agentsOf(recorder());
    await client[Symbol.asyncDispose]();
    await expect(client.getAgent("a")).rejects.toMatchObject({ kind: "aborted" });
  });
});
