// Files of the disk: uploaded without being held in memory, and saved whole or not at all.
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { fileFromPath, saveFile } from "latchkey/file-system";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { agentsOf } from "../agents/agents-service.ts";
import { recorder } from "../openai/recorder.ts";
import { body, failureOf, json, thrownBy } from "../service.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "latchkey-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const serving = (answer: () => Response) => agentsOf(recorder(answer));

describe("saveFile", () => {
  test("makes the directory, writes the content, tells where", async () => {
    const target = join(folder, "a", "b");
    const agents = serving(() => new Response(body(["byt", "es"])));
    const place = await saveFile(agents, "file_1", "chart.png", target);
    expect(place).toBe(join(target, "chart.png"));
    expect(await readFile(place, "utf8")).toBe("bytes");
    expect(await readdir(target)).toEqual(["chart.png"]);
  });

  test("replaces what is there", async () => {
    await writeFile(join(folder, "a.txt"), "something much longer");
    await saveFile(
      serving(() => new Response("new")),
      "f",
      "a.txt",
      folder,
    );
    expect(await readFile(join(folder, "a.txt"), "utf8")).toBe("new");
  });

  test("replaces a link, and never writes through it", async () => {
    await writeFile(join(folder, "precious"), "old");
    await symlink(join(folder, "precious"), join(folder, "a.txt"));
    await saveFile(
      serving(() => new Response("new")),
      "f",
      "a.txt",
      folder,
    );
    expect(await readFile(join(folder, "precious"), "utf8")).toBe("old");
    expect(await readFile(join(folder, "a.txt"), "utf8")).toBe("new");
  });

  test.each([
    "",
    " ",
    ".",
    "..",
    "../a.txt",
    "a/b.txt",
    "a\\b.txt",
    "/etc/passwd",
    "C:a.txt",
    "a.txt:stream",
    "a\0.txt",
    "NUL",
    "com1.txt",
    undefined,
    7,
  ])("refuses the name %j before anything is asked or made", async (name) => {
    const service = recorder();
    const target = join(folder, "new");
    const error = await thrownBy(saveFile(agentsOf(service), "f", name as string, target));
    expect(error).toMatchObject({ name: "TypeError", message: "fileName must be a name without a path." });
    expect(service.seen).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  test("refuses a target that is a file", async () => {
    await writeFile(join(folder, "file"), "");
    for (const target of ["file", "file/below"]) {
      const error = await thrownBy(
        saveFile(
          serving(() => new Response("x")),
          "f",
          "a.txt",
          join(folder, target),
        ),
      );
      expect(error).toMatchObject({ name: "TypeError", message: "targetDir is no directory." });
    }
  });

  test.each<[string, () => Response, object]>([
    [
      "a short download",
      () => new Response("byt", { headers: { "content-length": "5" } }),
      { kind: "truncated" },
    ],
    [
      "a lost connection",
      () => new Response(body(["byt"], { error: new Error("reset") })),
      { kind: "truncated" },
    ],
    ["no content", () => new Response(null), { kind: "malformed" }],
    [
      "an unknown file",
      () => json({ error: { message: "No such file" } }, 404),
      { kind: "api", status: 404 },
    ],
  ])("%s leaves nothing, and what was there stays", async (_, answer, fault) => {
    await writeFile(join(folder, "a.txt"), "old");
    expect(await failureOf(saveFile(serving(answer), "f", "a.txt", folder))).toMatchObject(fault);
    expect(await readdir(folder)).toEqual(["a.txt"]);
    expect(await readFile(join(folder, "a.txt"), "utf8")).toBe("old");
  });

  test("an abort leaves nothing", async () => {
    const controller = new AbortController();
    const agents = serving(() => new Response(body(["byt"], "open")));
    setTimeout(() => controller.abort("enough"), 30);
    const saved = saveFile(agents, "f", "a.txt", folder, { signal: controller.signal });
    expect(await failureOf(saved)).toMatchObject({ kind: "aborted", cause: "enough" });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("fileFromPath", () => {
  test("is a file with the path's last part for a name", async () => {
    const path = join(folder, "prices 1.md");
    await writeFile(path, "# Prices");
    for (const given of [path, pathToFileURL(path)]) {
      const file = await fileFromPath(given);
      expect(file).toMatchObject({ name: "prices 1.md", size: 8, type: "" });
      expect(await file.text()).toBe("# Prices");
    }
    expect(await fileFromPath(path, { name: "a.md", type: "text/markdown" })).toMatchObject({
      name: "a.md",
      type: "text/markdown",
    });
  });

  test("uploads", async () => {
    const path = join(folder, "prices.md");
    await writeFile(path, "# Prices");
    const service = recorder(() => json({ id: "file_1" }));
    await agentsOf(service).uploadFile({ file: await fileFromPath(path), purpose: "assistants" });
    expect(service.seen[0]!.body).toEqual([
      ["file", "prices.md", "application/octet-stream", "# Prices"],
      ["purpose", "assistants"],
    ]);
  });

  test("0 bytes are refused where they would be sent", async () => {
    const path = join(folder, "empty");
    await writeFile(path, "");
    const file = await fileFromPath(path);
    expect(() => agentsOf(recorder()).uploadFile({ file, purpose: "assistants" })).toThrow("0 bytes");
  });

  test.each(["nothing", ""])("a path with %j at its end is refused, without naming it", async (name) => {
    const error = (await thrownBy(fileFromPath(join(folder, name)))) as Error;
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).not.toContain(folder);
  });
});
