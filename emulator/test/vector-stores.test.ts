import { describe, expect, test } from "vitest";
import type { Emulator } from "../index.ts";
import { emulatorOf } from "./asking.ts";
import { fileOf, formOf, type Json } from "./calling.ts";
import { expectValid } from "./openapi.ts";
import {
  AGENT_BASES,
  answerOf,
  callProject,
  good,
  type ProjectBase,
  pdfOf,
  projectUrl,
  uploadTo,
} from "./project-calls.ts";

const NOTES = "# Orrin\n\nThe lighthouse was built in 1872.\n\nIts keeper was called Mara Venn.\n";
const PAGE = "<html><body><p>Tides at <b>Orrin</b> rise &amp; fall.</p></body></html>";

async function storeOf(emulator: Emulator, base: ProjectBase, json: Record<string, unknown>): Promise<Json> {
  return good(emulator, base, "/vector_stores", { json });
}

describe.each(AGENT_BASES)("files of agents: %s", (base) => {
  test("are uploaded, listed, retrieved, downloaded and deleted", async () => {
    const emulator = emulatorOf();
    const form = formOf({ purpose: "assistants", file: fileOf(NOTES, "x.md"), filename: "notes.md" });
    const file = await good(emulator, base, "/files", { form });
    expectValid("projects", "OpenAIFileOutput", file);
    expect(file).toMatchObject({ filename: "notes.md", status: "processed", bytes: NOTES.length });
    const picture = await uploadTo(emulator, base, "a.png", "x", "vision");
    const all = await good(emulator, base, "/files");
    expectValid("projects", "FileListResponseOutput", all);
    expect(Object.keys(all)).toEqual(["object", "data"]);
    expect(all.data.map(({ id }: Json) => id)).toEqual([picture.id, file.id]);
    expect((await good(emulator, base, "/files?purpose=vision")).data).toMatchObject([{ id: picture.id }]);
    expect(await good(emulator, base, `/files/${file.id}`)).toEqual(file);
    const content = await callProject(emulator, base, `/files/${file.id}/content`);
    expect(await content.text()).toBe(NOTES);
    const deleted = await good(emulator, base, `/files/${file.id}`, { method: "DELETE" });
    expectValid("projects", "FileDeletionStatusOutput", deleted);
    expect((await answerOf(emulator, base, `/files/${file.id}`)).status).toBe(404);
  });

  test.each([
    ["nothing in it", { purpose: "assistants", file: fileOf("", "a.txt") }, "file"],
    ["no file", { purpose: "assistants" }, "file"],
    ["no purpose", { file: fileOf("x", "a.txt") }, "purpose"],
    ["a purpose of other services", { purpose: "user_data", file: fileOf("x", "a.txt") }, "purpose"],
    ["a field that there is not", { purpose: "vision", file: fileOf("x", "a"), other: "x" }, "other"],
  ])("are refused: %s", async (_, fields, param) => {
    const { status, body } = await answerOf(emulatorOf(), base, "/files", { form: formOf(fields) });
    expect([status, body.error.param]).toEqual([400, param]);
    expect(Object.keys(body.error)).toEqual(["message", "type", "param", "code"]);
  });

  test("belong to their project", async () => {
    const emulator = emulatorOf();
    const { id } = await uploadTo(emulator, base, "a.txt", "x");
    for (const other of AGENT_BASES.filter((each) => each !== base)) {
      expect((await answerOf(emulator, other, `/files/${id}`)).status).toBe(404);
      expect((await good(emulator, other, "/files")).data).toEqual([]);
    }
  });
});

describe.each(AGENT_BASES)("vector stores: %s", (base) => {
  test("move on by being looked at, and count their files", async () => {
    const emulator = emulatorOf();
    const files = [
      await uploadTo(emulator, base, "notes.md", NOTES),
      await uploadTo(emulator, base, "page.html", PAGE),
      await uploadTo(emulator, base, "book.pdf", pdfOf([["Mara kept bees."]])),
      await uploadTo(emulator, base, "table.csv", "a,b"),
      await uploadTo(emulator, base, "bytes.txt", new Uint8Array([0, 1, 2, 255])),
      await uploadTo(emulator, base, "broken.pdf", "no PDF"),
      await uploadTo(emulator, base, "empty.html", "<p></p>"),
      await uploadTo(emulator, base, "letter.docx", "PK"),
    ];
    const store = await storeOf(emulator, base, { name: "n", file_ids: files.map(({ id }) => id) });
    expectValid("projects", "VectorStoreOutput", store);
    expect(store).toMatchObject({
      name: "n",
      status: "in_progress",
      usage_bytes: 0,
      file_counts: { in_progress: 8, total: 8 },
    });
    const done = await good(emulator, base, `/vector_stores/${store.id}`);
    expectValid("projects", "VectorStoreOutput", done);
    expect(done).toMatchObject({ status: "completed", file_counts: { completed: 3, failed: 5, total: 8 } });
    expect(done.usage_bytes).toBeGreaterThan(NOTES.length);
    const listed = await good(emulator, base, `/vector_stores/${store.id}/files?order=asc`);
    expectValid("projects", "OpenAIPageableListOfVectorStoreFileOutput", listed);
    expect(listed.data.map(({ last_error: error }: Json) => error?.code ?? "fine")).toEqual([
      "fine",
      "fine",
      "fine",
      "unsupported_file",
      "invalid_file",
      "invalid_file",
      "invalid_file",
      "unsupported_file",
    ]);
    for (const file of listed.data) {
      expectValid("projects", "VectorStoreFileOutput", file);
      expect(file.attributes).toBeUndefined();
    }
    const failed = await good(emulator, base, `/vector_stores/${store.id}/files?filter=failed&limit=2`);
    expect([failed.data.length, failed.has_more, failed.last_id]).toEqual([2, true, failed.data[1].id]);
    // A file that is deleted is in no store any more.
    await good(emulator, base, `/files/${files[0].id}`, { method: "DELETE" });
    expect((await good(emulator, base, `/vector_stores/${store.id}`)).file_counts.total).toBe(7);
  });

  test("move on by the clock", async () => {
    let now = 1_750_000_000_000;
    const emulator = emulatorOf({ clock: () => now });
    const { id } = await uploadTo(emulator, base, "notes.md", NOTES);
    await storeOf(emulator, base, { file_ids: [id] });
    const status = async (): Promise<string> => (await good(emulator, base, "/vector_stores")).data[0].status;
    expect(await status()).toBe("in_progress");
    now += 1_000;
    expect(await status()).toBe("completed");
  });

  test("are modified, listed, expire and are deleted", async () => {
    let now = 1_750_000_000_000;
    const emulator = emulatorOf({ clock: () => now });
    const expires_after = { anchor: "last_active_at", days: 2 };
    const store = await storeOf(emulator, base, { expires_after, metadata: { a: "b" } });
    expect(store).toMatchObject({ status: "completed", expires_at: 1_750_000_000 + 172_800 });
    const path = `/vector_stores/${store.id}`;
    const renamed = await good(emulator, base, path, { json: { name: "new" } });
    expect(renamed).toMatchObject({ name: "new", metadata: { a: "b" }, expires_after });
    const second = await storeOf(emulator, base, {});
    const listed = await good(emulator, base, "/vector_stores?limit=1");
    expectValid("projects", "OpenAIPageableListOfVectorStoreOutput", listed);
    expect([listed.data[0].id, listed.has_more]).toEqual([second.id, true]);
    const next = await good(emulator, base, `/vector_stores?after=${listed.last_id}`);
    expect(next.data.map(({ id }: Json) => id)).toEqual([store.id]);
    now += 172_800_000;
    const file = await uploadTo(emulator, base, "notes.md", NOTES);
    expect((await good(emulator, base, path)).status).toBe("expired");
    const added = await answerOf(emulator, base, `${path}/files`, { json: { file_id: file.id } });
    expect([added.status, added.body.error.code]).toEqual([400, "vector_store_expired"]);
    const cleared = await good(emulator, base, path, { json: { expires_after: null, metadata: null } });
    expect(cleared).toMatchObject({ status: "completed", expires_at: null, metadata: {} });
    const deleted = await good(emulator, base, path, { method: "DELETE" });
    expectValid("projects", "VectorStoreDeletionStatusOutput", deleted);
    expect((await answerOf(emulator, base, path)).body.error.param).toBe("vector_store_id");
  });

  test("get files one by one, and lose them", async () => {
    const emulator = emulatorOf();
    const { id } = await uploadTo(emulator, base, "notes.md", NOTES);
    const store = await storeOf(emulator, base, {});
    const fixed = { max_chunk_size_tokens: 100, chunk_overlap_tokens: 50 };
    const path = `/vector_stores/${store.id}/files`;
    const json = { file_id: id, chunking_strategy: { type: "static", static: fixed } };
    const added = await good(emulator, base, path, { json });
    expectValid("projects", "VectorStoreFileOutput", added);
    expect(added).toMatchObject({ id, status: "in_progress", chunking_strategy: { static: fixed } });
    expect((await good(emulator, base, `${path}/${id}`)).status).toBe("completed");
    const deleted = await good(emulator, base, `${path}/${id}`, { method: "DELETE" });
    expectValid("projects", "VectorStoreFileDeletionStatusOutput", deleted);
    expect((await answerOf(emulator, base, `${path}/${id}`)).status).toBe(404);
    expect((await good(emulator, base, `/files/${id}`)).id).toBe(id);
  });

  test("get files in batches, which can be cancelled", async () => {
    const emulator = emulatorOf();
    const file_ids = [
      (await uploadTo(emulator, base, "a.md", NOTES)).id,
      (await uploadTo(emulator, base, "b.csv", "a")).id,
    ];
    const store = await storeOf(emulator, base, {});
    const path = `/vector_stores/${store.id}/file_batches`;
    const batch = await good(emulator, base, path, { json: { file_ids } });
    expectValid("projects", "VectorStoreFileBatchOutput", batch);
    expect(batch).toMatchObject({ status: "in_progress", file_counts: { in_progress: 2, total: 2 } });
    const done = await good(emulator, base, `${path}/${batch.id}`);
    expect(done).toMatchObject({ status: "completed", file_counts: { completed: 1, failed: 1 } });
    const same = await good(emulator, base, `${path}/${batch.id}/cancel`, { method: "POST" });
    expect(same).toEqual(done);
    const failed = await good(emulator, base, `${path}/${batch.id}/files?filter=failed`);
    expectValid("projects", "OpenAIPageableListOfVectorStoreFileOutput", failed);
    expect(failed.data.map(({ id }: Json) => id)).toEqual([file_ids[1]]);
    const second = await good(emulator, base, path, { json: { file_ids } });
    const cancelled = await good(emulator, base, `${path}/${second.id}/cancel`, { method: "POST" });
    expect(cancelled).toMatchObject({ status: "cancelled", file_counts: { cancelled: 2 } });
    expectValid("projects", "VectorStoreFileBatchOutput", cancelled);
    expect((await good(emulator, base, `${path}/${second.id}`)).status).toBe("cancelled");
    expect((await answerOf(emulator, base, `${path}/vsfb_none`)).status).toBe(404);
  });

  test.each([
    [{ file_ids: ["assistant-none"] }, 404, "file_ids[0]"],
    [{ file_ids: "x" }, 400, "file_ids"],
    [{ file_ids: Array.from({ length: 501 }, () => "x") }, 400, "file_ids"],
    [{ expires_after: { anchor: "created_at", days: 1 } }, 400, "expires_after.anchor"],
    [{ expires_after: { anchor: "last_active_at", days: 366 } }, 400, "expires_after.days"],
    [{ expires_after: { anchor: "last_active_at", days: 0 } }, 400, "expires_after.days"],
    [{ chunking_strategy: { type: "other" } }, 400, "chunking_strategy.type"],
    [{ chunking_strategy: { type: "static" } }, 400, "chunking_strategy.static"],
    [{ chunking_strategy: strategy(99, 0) }, 400, "chunking_strategy.static.max_chunk_size_tokens"],
    [{ chunking_strategy: strategy(4097, 0) }, 400, "chunking_strategy.static.max_chunk_size_tokens"],
    [{ chunking_strategy: strategy(100, 51) }, 400, "chunking_strategy.static.chunk_overlap_tokens"],
    [{ chunking_strategy: strategy(100, -1) }, 400, "chunking_strategy.static.chunk_overlap_tokens"],
    [{ metadata: { a: 1 } }, 400, "metadata.a"],
    [{ configuration: { data_sources: [{ uri: "x" }] } }, 400, "configuration.data_sources[0].type"],
    [{ colour: "red" }, 400, "colour"],
  ])("refuse %j", async (json, status, param) => {
    const answer = await answerOf(emulatorOf(), base, "/vector_stores", { json });
    expect([answer.status, answer.body.error.param]).toEqual([status, param]);
  });

  test.each([
    ["/files", {}, "file_id"],
    ["/file_batches", {}, "file_ids"],
    ["/files?filter=ready", undefined, "filter"],
  ])("refuse at %s: %j", async (path, json, param) => {
    const emulator = emulatorOf();
    const { id } = await storeOf(emulator, base, {});
    const { status, body } = await answerOf(emulator, base, `/vector_stores/${id}${path}`, { json });
    expect([status, body.error.param]).toEqual([400, param]);
  });

  test("fail a source that is not here", async () => {
    const emulator = emulatorOf();
    const source = { uri: "azureml://datastores/d/paths/notes.md", type: "uri_asset" };
    const store = await storeOf(emulator, base, { configuration: { data_sources: [source] } });
    for (const json of [{ data_source: source }, { data_sources: [source] }]) {
      await good(emulator, base, `/vector_stores/${store.id}/files`, { json });
    }
    const { file_counts: counts } = await good(emulator, base, `/vector_stores/${store.id}`);
    expect(counts).toMatchObject({ failed: 3, total: 3 });
  });

  test("take no key", async () => {
    const headers = { "api-key": "emulator-key" };
    const response = await emulatorOf().fetch(projectUrl(base, "/vector_stores"), { headers });
    expect(response.status).toBe(401);
  });
});

function strategy(max_chunk_size_tokens: number, chunk_overlap_tokens: number): Json {
  return { type: "static", static: { max_chunk_size_tokens, chunk_overlap_tokens } };
}

describe("vector stores of OpenAI's surface", () => {
  const base = "project-v1";

  test("are searched: real passages of text, Markdown, HTML and PDF", async () => {
    const emulator = emulatorOf();
    const files = [
      await uploadTo(emulator, base, "notes.md", NOTES),
      await uploadTo(emulator, base, "page.html", PAGE),
      await uploadTo(emulator, base, "book.pdf", pdfOf([["Mara kept bees."], ["Honey in July."]])),
      await uploadTo(emulator, base, "plain.txt", "\ufeffThe ferry leaves at noon."),
    ];
    const create = { name: "n", file_ids: files.map(({ id }) => id) };
    expectValid("openai", "CreateVectorStoreRequest", create);
    const store = await storeOf(emulator, base, create);
    expectValid("openai", "VectorStoreObject", store);
    const search = async (query: string, options = {}): Promise<Json> => {
      const json = { query, ...options };
      expectValid("openai", "VectorStoreSearchRequest", json);
      const page = await good(emulator, base, `/vector_stores/${store.id}/search`, { json });
      expectValid("openai", "VectorStoreSearchResultsPage", page);
      return page.data;
    };
    const best = async (query: string): Promise<string> => (await search(query))[0].content[0].text;
    expect(await best("Who was the keeper of the lighthouse?")).toBe(NOTES);
    expect(await best("when do tides rise")).toBe("Tides at Orrin rise & fall.");
    expect(await best("honey")).toBe("Mara kept bees.\n\nHoney in July.");
    expect(await best("ferry at noon")).toBe("The ferry leaves at noon.");
    expect((await search("Mara", { max_num_results: 1 })).length).toBe(1);
    expect(await search("zebra", { ranking_options: { score_threshold: 0.1 } })).toEqual([]);
    expect((await search("zebra")).every(({ score }: Json) => score === 0)).toBe(true);
  });

  test("have attributes of files", async () => {
    const emulator = emulatorOf();
    const { id } = await uploadTo(emulator, base, "notes.md", NOTES);
    const store = await storeOf(emulator, base, {});
    const path = `/vector_stores/${store.id}/files`;
    const json = { file_id: id, attributes: { lang: "en", year: 1872, kept: true } };
    expectValid("openai", "CreateVectorStoreFileRequest", json);
    const added = await good(emulator, base, path, { json });
    expectValid("openai", "VectorStoreFileObject", added);
    expect(added.attributes).toEqual(json.attributes);
    const changed = await good(emulator, base, `${path}/${id}`, { json: { attributes: { lang: "de" } } });
    expect(changed.attributes).toEqual({ lang: "de" });
    for (const attributes of [{ a: {} }, { a: "x".repeat(513) }, { ["k".repeat(65)]: "" }]) {
      const refused = await answerOf(emulator, base, path, { json: { file_id: id, attributes } });
      expect(refused.status).toBe(400);
    }
  });
});

test("what is kept ready for searching is bounded, and read again when it is needed", async () => {
  const emulator = emulatorOf({ searchIndexChars: 10 });
  const texts = ["alpha ".repeat(50), "beta ".repeat(50), "gamma ".repeat(50)];
  const file_ids: string[] = [];
  for (const text of texts) file_ids.push((await uploadTo(emulator, "project-v1", "a.txt", text)).id);
  const store = await storeOf(emulator, "project-v1", { file_ids });
  for (const [index, query] of ["alpha", "gamma", "beta"].entries()) {
    const json = { query, max_num_results: 1 };
    const { data } = await good(emulator, "project-v1", `/vector_stores/${store.id}/search`, { json });
    expect(data[0].file_id).toBe(file_ids[[0, 2, 1][index] as number]);
  }
});

test("a file that is too long to be searched fails", async () => {
  const emulator = emulatorOf({ searchFileBytes: 20 });
  const file_ids: string[] = [];
  for (const name of ["a.txt", "a.pdf"]) {
    file_ids.push((await uploadTo(emulator, "agents", name, pdfOf([["x"]]))).id);
  }
  const { id } = await storeOf(emulator, "agents", { file_ids });
  expect((await good(emulator, "agents", `/vector_stores/${id}`)).file_counts.failed).toBe(2);
  const { data } = await good(emulator, "agents", `/vector_stores/${id}/files`);
  for (const { last_error: error } of data) expect(error.message).toContain("searchFileBytes");
});
