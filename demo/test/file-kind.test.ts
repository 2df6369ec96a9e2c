import { describe, expect, test } from "vitest";
import { fileKind } from "../composer/file-kind.ts";

const bytes = (...parts: (string | number[])[]) =>
  new Uint8Array(
    parts.flatMap((part) => (typeof part === "string" ? [...new TextEncoder().encode(part)] : part)),
  );

describe("fileKind", () => {
  test.each([
    [
      "a PNG",
      bytes([0x89], "PNG\r\n\u001a\n", [0, 0, 0, 13], "IHDR", [0, 0, 4, 0, 0, 0, 3, 0]),
      "image/png",
      1024,
      768,
    ],
    ["a GIF", bytes("GIF89a", [0, 1, 128, 0]), "image/gif", 256, 128],
    [
      "a JPEG behind its metadata",
      bytes([0xff, 0xd8, 0xff, 0xe1, 0, 6, 1, 2, 3, 4, 0xff, 0xc0, 0, 17, 8, 0, 100, 0, 200, 3, 1, 1]),
      "image/jpeg",
      200,
      100,
    ],
    ["a JPEG that is cut", bytes([0xff, 0xd8, 0xff, 0xe1, 0xff, 0xff, 1]), "image/jpeg", null, null],
    [
      "a WebP",
      bytes("RIFF", [0, 0, 0, 0], "WEBPVP8X", [10, 0, 0, 0, 0, 0, 0, 0, 0xff, 0x03, 0, 0xff, 0x01, 0]),
      "image/webp",
      1024,
      512,
    ],
  ])("knows %s", (_, head, mediaType, width, height) => {
    expect(fileKind(head)).toEqual({ kind: "image", mediaType, width, height });
  });

  test.each([
    ["WAV", bytes("RIFF", [0, 0, 0, 0], "WAVEfmt "), "audio/wav"],
    ["MP3 with a tag", bytes("ID3", [4, 0]), "audio/mpeg"],
    ["MP3 without", bytes([0xff, 0xfb, 0x90, 0]), "audio/mpeg"],
  ])("knows %s", (_, head, mediaType) => {
    expect(fileKind(head)).toEqual({ kind: "audio", mediaType });
  });

  test.each([
    ["text", bytes("const a = 1;\n\tä 日本\n")],
    ["text whose last character is cut", bytes("ab", [0xe6, 0x97])],
    ["an SVG, which is text and stays that", bytes("<svg onload=alert(1)>")],
  ])("knows %s", (_, head) => {
    expect(fileKind(head)).toEqual({ kind: "text" });
  });

  test.each([
    ["a PDF", bytes("%PDF-1.7\n")],
    ["a ZIP", bytes("PK", [3, 4, 0, 0])],
    ["Latin-1", bytes("caf", [0xe9], " au lait")],
    ["a program", bytes([0x7f], "ELF", [2, 1, 1, 0])],
    ["an image of a kind that models don't read", bytes("II*", [0, 8, 0, 0, 0])],
  ])("does not know %s", (_, head) => {
    expect(fileKind(head)).toEqual({ kind: "unknown" });
  });
});
