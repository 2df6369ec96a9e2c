import { describe, expect, test } from "vitest";
import { clock, MOST_BYTES, refusalOf, subtitles } from "../audio/transcript.ts";
import { familyOf, fileName, pictureAddress, within } from "../images/drawing.ts";

describe("pictures", () => {
  test.each([
    ["iVBORw0KGgo=", "data:image/png;base64,iVBORw0KGgo="],
    ["/9j/4AAQ", "data:image/jpeg;base64,/9j/4AAQ"],
    ["UklGRgAA", "data:image/webp;base64,UklGRgAA"],
    ["PHN2Zz4=", null],
    ['iVBOR" onload="x', null],
    ["iVBOR,evil", null],
    ["", null],
  ])("%j has the address %j", (base64, address) => {
    expect(pictureAddress(base64)).toBe(address);
  });

  test("a form asks each family for what it knows", () => {
    const { sizes, most, streams } = familyOf("dall-e-3");
    expect([within("auto", sizes), most, streams]).toEqual(["1024x1024", 1, false]);
    expect(within("1024x1536", familyOf("gpt-image-1").sizes)).toBe("1024x1536");
    expect(familyOf("my-pictures").streams).toBe(true);
  });

  test.each([
    ["A quiet harbour, at dawn!", "data:image/png;base64,", "a-quiet-harbour-at-dawn.png"],
    ["../../etc", "data:image/jpeg;base64,", "etc.jpg"],
    ["Ein Schlo\u00df", "data:image/webp;base64,", "ein-schlo\u00df.webp"],
    ["\u2026", "data:image/png;base64,", "picture.png"],
  ])("%j is saved as %j", (prompt, address, name) => {
    expect(fileName(prompt, address)).toBe(name);
  });
});

describe("recordings", () => {
  test.each([
    [{ name: "a.wav", size: 1 }, null],
    [{ name: "A.MP3", size: MOST_BYTES }, null],
    [{ name: "a.wav", size: MOST_BYTES + 1 }, "large"],
    [{ name: "a.wav", size: 0 }, "empty"],
    [{ name: "a.txt", size: 1 }, "kind"],
    [{ name: "wav", size: 1 }, null],
    [{ name: "", size: 1 }, "kind"],
  ])("%j is refused as %j", (file, why) => {
    expect(refusalOf(file)?.why ?? null).toBe(why);
  });

  test.each([
    [0, "0:00"],
    [65.9, "1:05"],
    [3723, "1:02:03"],
  ])("%d seconds are %s", (seconds, text) => {
    expect(clock(seconds)).toBe(text);
  });

  test("subtitles in both forms, whatever is said", () => {
    const lines = [
      { start: 0, end: 1.5, text: " Hello " },
      { start: 3599.9996, end: 3601, text: "a --> b" },
    ];
    expect(subtitles(lines, "srt")).toBe(
      "1\n00:00:00,000 --> 00:00:01,500\nHello\n\n2\n01:00:00,000 --> 01:00:01,000\na \u2192 b\n",
    );
    expect(subtitles(lines, "vtt")).toBe(
      "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nHello\n\n01:00:00.000 --> 01:00:01.000\na \u2192 b\n",
    );
  });
});
