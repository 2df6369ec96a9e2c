// The parts of a form written anew: our boundary, our header lines, a file name that is only a name. Pure.
import type { FormEvent } from "./multipart-reader.ts";
import type { Refusal } from "./refusals.ts";

const encoder = new TextEncoder();
// Made anew each time: a stream may take the buffer of what it is given.
const text = (value: string) => encoder.encode(value);

/** What is sent in place of the caller's `model`, undefined for nothing, or why it is refused. */
export type ModelField = (named: string) => string | Refusal | undefined;

export const lineEnd = () => text("\r\n");
export const closing = (boundary: string) => text(`--${boundary}--\r\n`);
export const fieldPart = (boundary: string, name: string, value: string) =>
  text(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);

/** One event of the reader as bytes. A file's part has no end yet: its bytes follow. */
export function writePart(event: FormEvent, boundary: string, model: ModelField): Uint8Array | Refusal {
  if (event.type === "bytes") return event.bytes;
  if (event.type === "file") {
    const name = fileName(event.filename);
    return text(
      `--${boundary}\r\ncontent-disposition: form-data; name="${event.name}"; filename="${name}"\r\ncontent-type: ${event.media}\r\n\r\n`,
    );
  }
  const value = event.name === "model" ? model(event.value) : event.value;
  if (value === undefined) return new Uint8Array();
  return typeof value === "string" ? fieldPart(boundary, event.name, value) : value;
}

const MAX_FILE_NAME = 200;

/** The last step of a path, without anything that could end the header or turn the text around. */
export function fileName(given: string): string {
  const last = given.split(/[\\/]/).at(-1)!;
  const plain = last
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, "")
    .replace(/"/g, "%22")
    .trim();
  const cut = plain.length > MAX_FILE_NAME ? plain.slice(-MAX_FILE_NAME) : plain;
  return /^\.*$/.test(cut) ? "file" : cut;
}
