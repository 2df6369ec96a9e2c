// The text of a file that is to be searched, or why there is none, in the codes the service has for it. By extension
// first, as the service decides, then by what the bytes are.

import type { StoredFile } from "./files.ts";
import { htmlText } from "./html-text.ts";
import type { ResolvedOptions } from "./options.ts";
import { pdfText } from "./pdf-text.ts";

export type Extraction =
  | { readonly ok: true; readonly text: string }
  | {
      readonly ok: false;
      readonly code: "server_error" | "invalid_file" | "unsupported_file";
      readonly message: string;
    };

const HTML = /^html?$/;
const PLAIN = /^(?:c|cpp|cs|css|go|java|js|json|md|php|py|rb|sh|tex|ts|txt)$/;
/** The service reads these, the emulator does not. */
const OFFICE = /^(?:docx?|pptx)$/;

function extensionOf(filename: string): string {
  return /\.([^./\\]{1,16})$/.exec(filename)?.[1]?.toLowerCase() ?? "";
}

function failed(code: "server_error" | "invalid_file" | "unsupported_file", message: string): Extraction {
  return { ok: false, code, message };
}

type Limits = Pick<ResolvedOptions, "searchFileBytes" | "pdfMs">;

/** What can only be read asynchronously, read when the file comes; undefined for every other file. */
export async function extractEarly(
  file: Pick<StoredFile, "filename" | "length" | "content">,
  { searchFileBytes, pdfMs }: Limits,
  readPdf: typeof pdfText = pdfText,
): Promise<Extraction | undefined> {
  const { filename, content, length } = file;
  if (extensionOf(filename) !== "pdf" || content === undefined || length > searchFileBytes) return undefined;
  const read = await readPdf(content.read(0, length), { maxMs: pdfMs, maxChars: searchFileBytes });
  if (read.ok) return read.text === "" ? failed("invalid_file", "The PDF has no text.") : read;
  switch (read.reason) {
    case "no-reader":
      return failed(
        "server_error",
        "The emulator reads PDF files with the package 'unpdf', which is not installed: npm install unpdf.",
      );
    case "broken":
      return failed("invalid_file", "The file could not be read as PDF.");
    case "too-slow":
      return failed("invalid_file", `Reading the PDF took longer than ${pdfMs} ms ('pdfMs').`);
    case "too-large":
      return failed("invalid_file", "Reading the PDF took too much memory.");
    case "too-long":
      return failed("invalid_file", `The PDF has more text than 'searchFileBytes' (${searchFileBytes}).`);
  }
}

export function extractText(file: StoredFile, { searchFileBytes }: Limits): Extraction {
  const { filename, content, length, extracted } = file;
  if (extracted !== undefined) return extracted;
  const extension = extensionOf(filename);
  if (OFFICE.test(extension)) {
    return failed("unsupported_file", `The emulator does not read .${extension} files, unlike the service.`);
  }
  if (extension !== "pdf" && !HTML.test(extension) && !PLAIN.test(extension)) {
    return failed("unsupported_file", "Files with this extension are not supported for retrieval.");
  }
  if (length > searchFileBytes) {
    return failed("invalid_file", `The file is longer than 'searchFileBytes' (${searchFileBytes}).`);
  }
  if (content === undefined) {
    return failed("invalid_file", "The emulator did not keep the content of this file ('keepFileBytes').");
  }
  // Read when it came, unless it came where nobody searches.
  if (extension === "pdf") return failed("invalid_file", "The PDF was not uploaded for searching.");
  const isHtml = HTML.test(extension);
  const decoded = decode(content.read(0, length), isHtml);
  if (decoded === undefined) return failed("invalid_file", "The file is not text in a known encoding.");
  const text = isHtml ? htmlText(decoded) : decoded;
  return text.trim() === "" ? failed("invalid_file", "The file has no text.") : { ok: true, text };
}

const META_CHARSET = /<meta[^>]{0,200}charset\s{0,9}=\s{0,9}["']?([\w-]{1,40})/i;
const META_BYTES = 1_024;

function decode(bytes: Uint8Array, isHtml: boolean): string | undefined {
  const [first, second] = bytes;
  const utf16 =
    first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : "";
  if (utf16 !== "") return readable(bytes, utf16);
  const head = isHtml ? new TextDecoder("latin1").decode(bytes.subarray(0, META_BYTES)) : "";
  return readable(bytes, "utf-8") ?? readable(bytes, META_CHARSET.exec(head)?.[1] ?? "utf-8");
}

/** A text has no NUL; what has one is something else. */
function readable(bytes: Uint8Array, encoding: string): string | undefined {
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}
