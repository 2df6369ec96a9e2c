// F18: what one caller created does not exist for another. Every kind of object, every way of naming one: in the
// path, in a body, in a list, in the lines of a batch; by keys and by sessions; in memory and in SQLite.
import { beforeEach, describe, expect, test } from "vitest";
import { createMemoryOwnership } from "../ownership.ts";
import { ownershipIn } from "../ownership-object.ts";
import { addresses } from "../routes.ts";
import { FORM_TYPE, formBody, type ObjectService, objectService } from "./object-service.ts";
import { describeRemembering } from "./remembering.ts";
import { createRig, errorOf, ORIGIN, OTHER_KEY, OTHER_ORIGIN, type Rig } from "./setup.ts";

const JSON_TYPE = { "content-type": "application/json" };
const other = { authorization: `Bearer ${OTHER_KEY}` };
const kinds = ["file", "batch", "job", "response", "conversation"] as const;
type Ids = Record<(typeof kinds)[number], string>;

let service: ObjectService;
let rig: Rig;

beforeEach(async () => {
  service = objectService();
  rig = await createRig({ objectsUpstream: "openai" }, { fetch: service.fetch });
});

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  rig.fetch(path, { method: "POST", headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) });

async function idOf(response: Response): Promise<string> {
  expect(response.status).toBeLessThan(300);
  return ((await response.json()) as { id: string }).id;
}

const upload = (headers: Record<string, string> = {}, purpose = "batch", text = "") =>
  rig.fetch("/v1/files", {
    method: "POST",
    headers: { "content-type": FORM_TYPE, ...headers },
    body: formBody([
      { name: "file", value: text, filename: "a.jsonl" },
      { name: "purpose", value: purpose },
    ]),
  });

async function createAll(headers: Record<string, string> = {}): Promise<Ids> {
  const file = await idOf(await upload(headers));
  service.contents.set(file, "");
  return {
    file,
    batch: await idOf(
      await post(
        "/v1/batches",
        { input_file_id: file, endpoint: "/v1/chat/completions", completion_window: "24h" },
        headers,
      ),
    ),
    job: await idOf(
      await post("/v1/fine_tuning/jobs", { model: "via-openai", training_file: file }, headers),
    ),
    response: await idOf(await post("/v1/responses", { model: "via-openai", input: "i" }, headers)),
    conversation: await idOf(await post("/v1/conversations", {}, headers)),
  };
}

describe("by the path", () => {
  for (const { method, pattern, name } of addresses) {
    const kind = kinds.find((one) => pattern.includes(`{${one}}`));
    if (kind === undefined || pattern.startsWith("/api/")) continue;
    test(`F18 ${method} ${pattern}: another caller gets 404 and the service is not asked`, async () => {
      const ids = await createAll();
      const path = pattern.replace(`{${kind}}`, ids[kind]).replace("{item}", "item-1");
      const body =
        name === "item_create"
          ? { items: [{ role: "user", content: "c" }] }
          : name === "conversation_update"
            ? { metadata: { a: "b" } }
            : undefined;
      const send = (headers: Record<string, string>) =>
        rig.fetch(path, {
          method,
          headers: { ...JSON_TYPE, ...headers },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
      service.seen.length = 0;
      const refused = await send(other);
      expect(refused.status).toBe(404);
      expect(service.seen).toHaveLength(0);
      const unknown = await rig.fetch(path.replace(ids[kind], "file-unknown"), {
        method,
        headers: JSON_TYPE,
        ...(body && { body: JSON.stringify(body) }),
      });
      // The two read the same: nobody learns which ids exist.
      const { request_id: _, ...first } = await errorOf(refused);
      const { request_id: __, ...second } = await errorOf(unknown);
      expect(first).toEqual(second);
      expect((await send({})).status).toBe(200);
    });
  }
});

describe("by a body", () => {
  const rows: [string, (ids: Ids) => [string, unknown]][] = [
    [
      "a batch of its file",
      ({ file }) => [
        "/v1/batches",
        { input_file_id: file, endpoint: "/v1/embeddings", completion_window: "24h" },
      ],
    ],
    [
      "a job of its training file",
      ({ file }) => ["/v1/fine_tuning/jobs", { model: "via-openai", training_file: file }],
    ],
    [
      "a response after its response",
      ({ response }) => [
        "/v1/responses",
        { model: "via-openai", input: "i", previous_response_id: response },
      ],
    ],
    [
      "a response in its conversation",
      ({ conversation }) => ["/v1/responses", { model: "via-openai", input: "i", conversation }],
    ],
    [
      "the same, as an object",
      ({ conversation }) => [
        "/v1/responses",
        { model: "via-openai", input: "i", conversation: { id: conversation } },
      ],
    ],
    [
      "a file in a message",
      ({ file }) => [
        "/v1/responses",
        { model: "via-openai", input: [{ role: "user", content: [{ type: "input_file", file_id: file }] }] },
      ],
    ],
    [
      "an image in a message",
      ({ file }) => [
        "/v1/responses",
        { model: "via-openai", input: [{ role: "user", content: [{ type: "input_image", file_id: file }] }] },
      ],
    ],
    [
      "a file in a tool's output",
      ({ file }) => [
        "/v1/responses",
        {
          model: "via-openai",
          input: [
            { type: "function_call_output", call_id: "c", output: [{ type: "input_file", file_id: file }] },
          ],
        },
      ],
    ],
    [
      "a file in a conversation",
      ({ file }) => [
        "/v1/conversations",
        { items: [{ role: "user", content: [{ type: "input_file", file_id: file }] }] },
      ],
    ],
  ];
  for (const [name, request] of rows) {
    test(`F18 ${name}: its owner may, another caller gets 404 and the service is not asked`, async () => {
      const ids = await createAll();
      service.seen.length = 0;
      const [path, body] = request(ids);
      const refused = await post(path, body, other);
      expect(refused.status).toBe(404);
      expect(service.seen).toHaveLength(0);
      expect((await post(path, body)).status).toBeLessThan(300);
    });
  }

  test("a validation file of another caller, beside a training file of one's own", async () => {
    const theirs = await idOf(await upload(other));
    const mine = await idOf(await upload());
    const body = { model: "via-openai", training_file: mine, validation_file: theirs };
    expect((await post("/v1/fine_tuning/jobs", body)).status).toBe(404);
  });

  test("an item by reference is not taken: whose it is can't be told", async () => {
    for (const item of [
      { type: "item_reference", id: "msg_1" },
      { type: "item_reference", id: "rs_1" },
    ]) {
      expect((await post("/v1/responses", { model: "via-openai", input: [item] })).status).toBe(400);
    }
  });
});

describe("lists", () => {
  for (const [path, kind] of [
    ["/v1/files", "file"],
    ["/v1/batches", "batch"],
    ["/openai/v1/fine_tuning/jobs", "job"],
    ["/openai/files", "file"],
  ] as const) {
    test(`${path} shows only the caller's own`, async () => {
      const mine = await createAll();
      const theirs = await createAll(other);
      const list = async (headers: Record<string, string>) =>
        ((await (await rig.fetch(path, { headers })).json()) as { data: { id: string }[] }).data.map(
          ({ id }) => id,
        );
      expect(await list({})).toContain(mine[kind]);
      expect(await list({})).not.toContain(theirs[kind]);
      expect(await list(other)).toContain(theirs[kind]);
      expect(await list(other)).not.toContain(mine[kind]);
      // The service's own list, which holds everybody's, was never asked for.
      expect(
        service.seen.filter(
          ({ method, path: seen }) => method === "GET" && /^\/(files|batches|fine_tuning\/jobs)$/.test(seen),
        ),
      ).toEqual([]);
    });
  }

  test("page by page, newest first, or the other way, or by purpose", async () => {
    const ids: string[] = [];
    for (let i = 0; i < 7; i += 1)
      ids.push(await idOf(await upload({}, i % 2 === 0 ? "batch" : "fine-tune")));
    const list = async (query: string) =>
      (await (await rig.fetch(`/v1/files?${query}`)).json()) as {
        data: { id: string }[];
        has_more: boolean;
        last_id: string;
      };
    const pages: string[] = [];
    for (let after = ""; ; ) {
      const page = await list(`limit=3${after}`);
      pages.push(...page.data.map(({ id }) => id));
      if (!page.has_more) break;
      after = `&after=${page.last_id}`;
    }
    expect(pages).toEqual([...ids].reverse());
    expect((await list("order=asc&limit=2")).data.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    const tuning = await list("purpose=fine-tune");
    expect(tuning.data.map(({ id }) => id)).toEqual([ids[5], ids[3], ids[1]]);
    expect((await list("after=file-of-nobody")).data).toEqual([]);
    for (const bad of ["limit=0", "limit=x", "limit=1&limit=2", "order=up", "after=a%2fb", "purpose=%00"]) {
      expect((await rig.fetch(`/v1/files?${bad}`)).status).toBe(400);
    }
  });

  test("what the service no longer has is left out, and forgotten", async () => {
    const gone = await idOf(await upload());
    const kept = await idOf(await upload());
    await service.fetch(`https://openai.example.com/v1/files/${gone}`, { method: "DELETE" });
    const list = async () =>
      ((await (await rig.fetch("/v1/files")).json()) as { data: { id: string }[] }).data;
    expect((await list()).map(({ id }) => id)).toEqual([kept]);
    service.seen.length = 0;
    await list();
    expect(service.seen.map(({ path }) => path)).toEqual([`/files/${kept}`]);
  });
});

describe("what belongs to whom", () => {
  test("files that a batch or a job made belong to the caller of it", async () => {
    const ids = await createAll();
    const batch = (await (await rig.fetch(`/v1/batches/${ids.batch}`)).json()) as { output_file_id: string };
    const job = (await (await rig.fetch(`/v1/fine_tuning/jobs/${ids.job}`)).json()) as {
      result_files: string[];
    };
    for (const file of [batch.output_file_id, ...job.result_files]) {
      expect((await rig.fetch(`/v1/files/${file}/content`)).status).toBe(200);
      expect((await rig.fetch(`/v1/files/${file}/content`, { headers: other })).status).toBe(404);
    }
  });

  test("a deleted object is nobody's", async () => {
    const { file } = await createAll();
    expect((await rig.fetch(`/v1/files/${file}`, { method: "DELETE" })).status).toBe(200);
    service.seen.length = 0;
    expect((await rig.fetch(`/v1/files/${file}`)).status).toBe(404);
    expect(service.seen).toHaveLength(0);
  });

  test("a deletion answered with 204 is told as one", async () => {
    rig = await createRig(
      { objectsUpstream: "openai" },
      {
        fetch: objectService(({ method }) =>
          method === "DELETE" ? new Response(null, { status: 204 }) : undefined,
        ).fetch,
      },
    );
    const file = await idOf(await upload());
    const deleted = await rig.fetch(`/openai/files/${file}`, { method: "DELETE" });
    expect(await deleted.json()).toEqual({ id: file, object: "file", deleted: true });
    expect((await rig.fetch(`/v1/files/${file}`)).status).toBe(404);
  });

  test("an answer that is not stored is not remembered", async () => {
    const id = await idOf(await post("/v1/responses", { model: "via-openai", input: "i", store: false }));
    expect((await rig.fetch(`/v1/responses/${id}`)).status).toBe(404);
  });

  test("a model of another service can't be used with a file", async () => {
    const file = await idOf(await upload());
    const response = await post("/v1/fine_tuning/jobs", { model: "via-azure", training_file: file });
    expect(response.status).toBe(400);
    expect(rig.log.at(-1)).toMatchObject({ reason: "object_elsewhere" });
  });

  test("there is an end to how many", async () => {
    rig = await createRig({ objectsUpstream: "openai", limits: { objects: 2 } }, { fetch: service.fetch });
    for (const status of [201, 201, 429]) expect((await upload()).status).toBe(status);
    expect((await upload(other)).status).toBe(201);
  });
});

describe("sessions", () => {
  const open = async (headers: Record<string, string | null> = {}, origin = ORIGIN) => {
    const response = await rig.fetch("/session", {
      method: "POST",
      headers: { authorization: null, ...headers, origin },
    });
    return { status: response.status, token: ((await response.json()) as { token?: string }).token ?? "" };
  };
  const as = (token: string) => ({ authorization: `Bearer ${token}`, origin: ORIGIN });

  test("each session has its own objects", async () => {
    const [first, second] = [await open(), await open()];
    const file = await idOf(await upload(as(first.token)));
    expect((await rig.fetch(`/v1/files/${file}`, { headers: as(first.token) })).status).toBe(200);
    expect((await rig.fetch(`/v1/files/${file}`, { headers: as(second.token) })).status).toBe(404);
    expect((await rig.fetch(`/v1/files/${file}`)).status).toBe(404);
  });

  test("a renewed session keeps them, by its token in either header", async () => {
    const first = await open();
    const file = await idOf(await upload(as(first.token)));
    for (const headers of [as(first.token), { "api-key": first.token }]) {
      const second = await open(headers);
      expect(second.status).toBe(200);
      expect((await rig.fetch(`/v1/files/${file}`, { headers: as(second.token) })).status).toBe(200);
    }
  });

  test("a token renews for an hour after its end, then a new session begins", async () => {
    let now = Date.UTC(2026, 10, 20);
    rig = await createRig({ objectsUpstream: "openai" }, { fetch: service.fetch, now: () => now });
    const first = await open();
    const file = await idOf(await upload(as(first.token)));
    now += (900 + 3000) * 1000;
    expect((await rig.fetch(`/v1/files/${file}`, { headers: as(first.token) })).status).toBe(401);
    const second = await open(as(first.token));
    expect((await rig.fetch(`/v1/files/${file}`, { headers: as(second.token) })).status).toBe(200);
    now += (900 + 3700) * 1000;
    const third = await open(as(second.token));
    expect(third.status).toBe(200);
    expect((await rig.fetch(`/v1/files/${file}`, { headers: as(third.token) })).status).toBe(404);
  });

  test("a forged token, or one of another page, renews nothing", async () => {
    const { token } = await open();
    expect((await open(as(`${token.slice(0, -3)}AAA`))).status).toBe(401);
    expect((await open(as(token), OTHER_ORIGIN)).status).toBe(403);
    expect((await open(as("lk_any-key"))).status).toBe(200);
    expect((await open({ authorization: "Basic x" })).status).toBe(401);
  });
});

describe("remembered in memory", () => describeRemembering(createMemoryOwnership));

test("H07 the name of a store is a hash, and no id or name of a caller is in it", async () => {
  const names: string[] = [];
  const memory = createMemoryOwnership();
  rig = await createRig(
    { objectsUpstream: "openai" },
    {
      fetch: service.fetch,
      ownership: (principal) => {
        names.push(principal);
        return memory(principal);
      },
    },
  );
  await upload();
  expect(names.every((name) => /^[0-9a-f]{64}$/.test(name))).toBe(true);
});

test("F15 when the store can't be asked, nothing is assumed: 503, and no call", async () => {
  const broken = ownershipIn({
    idFromName: (name) => name,
    get: () => ({ fetch: () => Promise.reject(new Error("canary-of-the-store")) }),
  });
  rig = await createRig({ objectsUpstream: "openai" }, { fetch: service.fetch, ownership: broken });
  const response = await rig.fetch("/v1/files/file-1");
  expect(response.status).toBe(503);
  expect(response.headers.get("x-should-retry")).toBe("false");
  expect(await response.text()).not.toContain("canary");
  expect(rig.log).toMatchObject([{ reason: "objects_unavailable", failure: "OwnershipUnavailable" }]);
  expect(service.seen).toHaveLength(0);
});
