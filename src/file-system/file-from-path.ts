/** A file of the disk as something to upload, without holding it in memory. */
import { openAsBlob } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";

/** What {@link fileFromPath} may be told. */
export interface FileFromPathOptions {
  /** The name that the service should see. Default: the last part of the path. */
  name?: string | undefined;
  /** Media type. Default: none, which goes out as `application/octet-stream`. */
  type?: string | undefined;
}

/**
 * Opens a file to upload. It's read from the disk while it goes out, once for each try; that a retry doesn't send something
 * else, it must not change until then.
 *
 * @throws {TypeError} when there is no file at the path, it can't be read, or it's a directory. The message has no path.
 *
 * @example
 * ```ts
 * import { fileFromPath } from "latchkey/file-system";
 * import { AgentsClient } from "latchkey/projects";
 *
 * const agents = new AgentsClient("https://example.services.ai.azure.com/api/projects/p", async () => "a token");
 * const { id } = await agents.uploadFile({ file: await fileFromPath("./prices.md"), purpose: "assistants" });
 * console.log(id);
 * ```
 */
export async function fileFromPath(
  path: string | URL,
  { name, type = "" }: FileFromPathOptions = {},
): Promise<File> {
  let blob: Blob;
  try {
    if (!(await stat(path)).isFile()) throw new TypeError("It's no file.");
    blob = await openAsBlob(path, { type });
  } catch (cause) {
    throw new TypeError("There is no file at the path (a folder is none), or it can't be read.", { cause });
  }
  const own = basename(path instanceof URL ? decodeURIComponent(path.pathname) : path);
  return new File([blob], name ?? own, { type });
}
