// What a file is, by its first bytes: names and types are what somebody says. Pure.

export type FileKind =
  | {
      readonly kind: "image";
      readonly mediaType: "image/png" | "image/jpeg" | "image/gif" | "image/webp";
      /** Null where the head does not tell. */
      readonly width: number | null;
      readonly height: number | null;
    }
  | { readonly kind: "audio"; readonly mediaType: "audio/wav" | "audio/mpeg" }
  | { readonly kind: "text" }
  | { readonly kind: "unknown" };

/** Enough for the size of a JPEG, which comes after its metadata. */
export const HEAD_BYTES = 256 * 1024;

const ascii = (head: Uint8Array, at: number, text: string) =>
  [...text].every((character, index) => head[at + index] === character.charCodeAt(0));

export function fileKind(head: Uint8Array): FileKind {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head[0] === 0x89 && ascii(head, 1, "PNG\r\n")) {
    return head.length < 24
      ? image("image/png", null)
      : image("image/png", [view.getUint32(16), view.getUint32(20)]);
  }
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return image("image/jpeg", jpegSize(view));
  if (ascii(head, 0, "GIF8")) {
    return image("image/gif", head.length < 10 ? null : [view.getUint16(6, true), view.getUint16(8, true)]);
  }
  if (ascii(head, 0, "RIFF") && ascii(head, 8, "WEBP")) return image("image/webp", webpSize(head, view));
  if (ascii(head, 0, "RIFF") && ascii(head, 8, "WAVE")) return { kind: "audio", mediaType: "audio/wav" };
  const isFrame = head[0] === 0xff && ((head[1] ?? 0) & 0xe6) === 0xe2;
  if (ascii(head, 0, "ID3") || isFrame) return { kind: "audio", mediaType: "audio/mpeg" };
  return looksLikeText(head) ? { kind: "text" } : { kind: "unknown" };
}

function image(
  mediaType: Extract<FileKind, { kind: "image" }>["mediaType"],
  size: readonly [number, number] | null,
): FileKind {
  return { kind: "image", mediaType, width: size?.[0] ?? null, height: size?.[1] ?? null };
}

/** Walks from segment to segment up to the one that begins a frame. */
function jpegSize(view: DataView): [number, number] | null {
  for (let at = 2; at + 9 < view.byteLength; ) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return [view.getUint16(at + 7), view.getUint16(at + 5)];
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}

function webpSize(head: Uint8Array, view: DataView): [number, number] | null {
  if (head.length < 30) return null;
  if (ascii(head, 12, "VP8X")) {
    const length = (at: number) => 1 + view.getUint16(at, true) + (view.getUint8(at + 2) << 16);
    return [length(24), length(27)];
  }
  if (ascii(head, 12, "VP8L")) {
    const bits = view.getUint32(21, true);
    return [1 + (bits & 0x3fff), 1 + ((bits >> 14) & 0x3fff)];
  }
  return ascii(head, 12, "VP8 ")
    ? [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff]
    : null;
}

/** UTF-8 without control characters; a character that the end of the head cuts is no mistake. */
function looksLikeText(head: Uint8Array): boolean {
  if (ascii(head, 0, "%PDF")) return false;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what tells other files from text
    return !/[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/.test(text);
  } catch {
    return false;
  }
}
