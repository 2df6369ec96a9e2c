/** Entry point `latchkey/file-system`: files of a disk, in Node, Deno and Bun. */
export { type FileFromPathOptions, fileFromPath } from "./file-from-path.ts";
export { type FileContents, type SaveFileOptions, saveFile } from "./save-file.ts";
