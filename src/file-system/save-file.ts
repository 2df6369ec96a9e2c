/** What is in a file of the service -> a file of the disk: whole, or not at all. */
import { mkdir, open, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { MalformedResponseError } from "../http/errors.ts";

/** Where the content comes from: `client.agents`, an `AgentsClient`, or `client.files` of `latchkey/openai` by its `content`. */
export interface FileContents {
  getFileContent(fileId: string, options?: { signal?: AbortSignal | undefined }): PromiseLike<Response>;
}

/** What {@link saveFile} may be told. */
export interface SaveFileOptions {
  /** Ends the download; nothing is left on the disk. */
  signal?: AbortSignal | undefined;
}

/**
 * Saves a file of the service, as one that the code interpreter wrote. It's written under another name beside its place and
 * renamed when it's whole, so that nobody ever sees half of it; a file that is there by that name is replaced.
 *
 * @param fileName a name without a path: what a model or a service calls a file must not choose its directory.
 * @param targetDir made, if it isn't there. Default: the current directory.
 * @returns where it is, as an absolute path.
 * @throws {TypeError} for a name with a path in it or none, and when `targetDir` is no directory.
 * @throws {StreamTruncatedError} and what else the download throws; `MalformedResponseError` when there is no content; the
 *   runtime's own error when the disk fails.
 *
 * @example
 * ```ts
 * import { saveFile } from "latchkey/file-system";
 * import { AgentsClient } from "latchkey/projects";
 *
 * const agents = new AgentsClient("https://example.services.ai.azure.com/api/projects/p", async () => "a token");
 * console.log(await saveFile(agents, "file-1", "chart.png", "./charts"));
 * ```
 */
export async function saveFile(
  agents: FileContents,
  fileId: string,
  fileName: string,
  targetDir: string = ".",
  { signal }: SaveFileOptions = {},
): Promise<string> {
  if (!isName(fileName)) throw new TypeError("fileName must be a name without a path.");
  const directory = resolve(targetDir);
  await makeDirectory(directory);
  const { body } = await agents.getFileContent(fileId, signal ? { signal } : {});
  if (!body) throw new MalformedResponseError("The service sent a file without content.");
  const place = join(directory, fileName);
  const before = join(directory, `.latchkey-${crypto.randomUUID()}`);
  try {
    await write(before, body);
    await rename(before, place);
  } catch (error) {
    await rm(before, { force: true });
    throw error;
  }
  return place;
}

/** Neither a path on any system, nor one that stands for a directory, nor a device or a second stream of Windows. */
function isName(name: unknown): name is string {
  return (
    typeof name === "string" &&
    name.trim() !== "" &&
    !/[\\/:\0]/.test(name) &&
    !/^\.{1,2}$/.test(name) &&
    !/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(name)
  );
}

async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (cause) {
    if (!/^(EEXIST|ENOTDIR)$/.test((cause as { code?: string }).code ?? "")) throw cause;
    throw new TypeError("targetDir is no directory.", { cause });
  }
}

/** Piece by piece: a file may be larger than memory. `wx`: never through a link that somebody else put there. */
async function write(path: string, body: ReadableStream<Uint8Array>): Promise<void> {
  const reader = body.getReader();
  try {
    const file = await open(path, "wx");
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        await file.writeFile(value);
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    reader.cancel().catch(() => {});
    throw error;
  }
}
