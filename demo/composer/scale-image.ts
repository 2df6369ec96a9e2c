// A photo as large as models look at: decoded, scaled and encoded by the browser beside the page's work. What is encoded
// anew has no metadata, so no photo tells where it was taken: JPEG always is.
import { KEPT_IMAGE_BYTES, MAX_IMAGE_SIDE_PX } from "./attachment-limits.ts";
import type { FileKind } from "./file-kind.ts";

const QUALITIES = [0.85, 0.7, 0.5];

type ImageKind = Extract<FileKind, { kind: "image" }>;

/** The file itself where it is fine as it is. Rejects when the browser can't decode it. */
export async function scaleImage(file: File, { mediaType, width, height }: ImageKind): Promise<Blob> {
  const longest = Math.max(width ?? Number.POSITIVE_INFINITY, height ?? Number.POSITIVE_INFINITY);
  const isFine = longest <= MAX_IMAGE_SIDE_PX && file.size <= KEPT_IMAGE_BYTES;
  if (isFine && mediaType !== "image/jpeg") return new Blob([file], { type: mediaType });
  const bitmap = await createImageBitmap(new Blob([file], { type: mediaType }));
  try {
    const scale = Math.min(1, MAX_IMAGE_SIDE_PX / Math.max(bitmap.width, bitmap.height));
    const canvas = new OffscreenCanvas(
      Math.max(1, Math.round(bitmap.width * scale)),
      Math.max(1, Math.round(bitmap.height * scale)),
    );
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("no canvas");
    context.imageSmoothingQuality = "high";
    // JPEG knows no transparency, and black is not what anybody meant.
    context.fillStyle = "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return await encoded(canvas);
  } finally {
    bitmap.close();
  }
}

async function encoded(canvas: OffscreenCanvas): Promise<Blob> {
  let smallest = new Blob();
  for (const quality of QUALITIES) {
    smallest = await canvas.convertToBlob({ type: "image/jpeg", quality });
    if (smallest.size <= KEPT_IMAGE_BYTES) break;
  }
  return smallest;
}
