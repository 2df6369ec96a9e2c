// Files -> attachments: what each is, whether it may come along, and its content as it will be sent. A refusal names the
// limit. Loaded with the first file.
import type { Attachment } from "latchkey/react";
import { t } from "../i18n.ts";
import { wholeNumber } from "../meter/words.ts";
import * as limits from "./attachment-limits.ts";
import { type FileKind, fileKind, HEAD_BYTES } from "./file-kind.ts";
import { scaleImage } from "./scale-image.ts";
import type { ReadingFile } from "./use-incoming.ts";

export interface Reception {
  /** Those that are ready now. */
  attachments(): readonly Attachment[];
  onReading(change: (current: readonly ReadingFile[]) => readonly ReadingFile[]): void;
  onReady(attachment: Attachment): void;
  onRefused(reason: string): void;
}

/** A refusal in words. */
class Refused extends Error {}

export async function readFiles(files: readonly File[], reception: Reception): Promise<void> {
  const room = limits.MAX_ATTACHMENTS - reception.attachments().length;
  if (files.length > room) {
    reception.onRefused(
      t("One message can have {count} attachments. {left} more fit.", {
        count: limits.MAX_ATTACHMENTS,
        left: Math.max(0, room),
      }),
    );
  }
  // One after the other: several photos decoded at once are more memory than a phone has.
  for (const file of files.slice(0, Math.max(0, room))) await readFile(file, reception);
}

async function readFile(
  file: File,
  { attachments, onReading, onReady, onRefused }: Reception,
): Promise<void> {
  const abort = new AbortController();
  const { signal } = abort;
  const id = crypto.randomUUID();
  const name = file.name || t("pasted file");
  const entry: ReadingFile = { id, name, progress: 0, cancel: () => abort.abort() };
  const onProgress = (progress: number) =>
    onReading((current) => current.map((one) => (one.id === id ? { ...one, progress } : one)));
  onReading((current) => [...current, entry]);
  try {
    const attachment = await attachmentOf({ id, name }, file, onProgress, signal);
    signal.throwIfAborted();
    const together = [...attachments(), attachment].reduce((sum, { data }) => sum + data.length, 0);
    if (together > limits.MAX_TOGETHER_CHARS) {
      throw new Refused(
        t("{name}: the attachments of one message may have {limit} together, as they are sent.", {
          name,
          limit: megabytes(limits.MAX_TOGETHER_CHARS),
        }),
      );
    }
    onReady(attachment);
  } catch (error) {
    if (signal.aborted) return;
    onRefused(error instanceof Refused ? error.message : t("{name}: the file could not be read.", { name }));
  } finally {
    onReading((current) => current.filter((one) => one.id !== id));
  }
}

async function attachmentOf(
  { id, name }: { id: string; name: string },
  file: File,
  onProgress: (progress: number) => void,
  signal: AbortSignal,
): Promise<Attachment> {
  if (file.size === 0) throw new Refused(t("{name}: the file is empty.", { name }));
  const kind = fileKind(new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()));
  refuseTooLarge(name, file.size, kind);
  if (kind.kind === "text") {
    const data = await textOf(file, name);
    return { id, name, kind: "file", mediaType: file.type || "text/plain", size: file.size, data };
  }
  if (kind.kind === "unknown") {
    throw new Refused(
      t("{name}: only images (PNG, JPEG, GIF, WebP), audio (WAV, MP3) and text files can be attached.", {
        name,
      }),
    );
  }
  const content =
    kind.kind === "image" ? await scaled(file, kind, name) : new Blob([file], { type: kind.mediaType });
  signal.throwIfAborted();
  const data = await dataUrl(content, onProgress, signal);
  return { id, name, kind: kind.kind, mediaType: content.type, size: content.size, data };
}

function refuseTooLarge(name: string, size: number, kind: FileKind): void {
  const most = {
    image: limits.MAX_IMAGE_FILE_BYTES,
    audio: limits.MAX_AUDIO_BYTES,
    text: limits.MAX_TEXT_BYTES,
    unknown: Number.POSITIVE_INFINITY,
  }[kind.kind];
  if (size > most) {
    const words = {
      image: t("{name}: an image may have {limit} at most.", { name, limit: megabytes(most) }),
      audio: t("{name}: a recording may have {limit} at most.", { name, limit: megabytes(most) }),
      text: t("{name}: a text file may have {limit} at most.", { name, limit: megabytes(most) }),
      unknown: "",
    };
    throw new Refused(words[kind.kind]);
  }
  if (kind.kind === "image" && (kind.width ?? 0) * (kind.height ?? 0) > limits.MAX_IMAGE_PIXELS) {
    const limit = t("{count} megapixels", { count: wholeNumber(limits.MAX_IMAGE_PIXELS / 1_000_000) });
    throw new Refused(t("{name}: an image may have {limit} at most.", { name, limit }));
  }
}

async function scaled(file: File, kind: Extract<FileKind, { kind: "image" }>, name: string): Promise<Blob> {
  try {
    return await scaleImage(file, kind);
  } catch {
    throw new Refused(t("{name}: the browser cannot open this image.", { name }));
  }
}

async function textOf(file: File, name: string): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch {
    throw new Refused(t("{name}: the text is not in UTF-8.", { name }));
  }
}

function dataUrl(blob: Blob, onProgress: (progress: number) => void, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.onabort = () => reject(signal.reason);
    signal.addEventListener("abort", () => reader.abort(), { once: true });
    reader.readAsDataURL(blob);
  });
}

function megabytes(bytes: number): string {
  if (bytes < 1_000_000) return t("{count} kB", { count: wholeNumber(bytes / 1_000) });
  return t("{count} MB", { count: wholeNumber(bytes / 1_000_000) });
}
