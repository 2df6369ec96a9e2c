import { describe, expect, test } from "vitest";
import { type ReaderState, readTexts, type Sound } from "../answer/reader.ts";
import { cutSentences, MAX_SPOKEN_CHARS } from "../answer/sentences.ts";

const sentences = (text: string) => cutSentences(text).map(({ start, end }) => text.slice(start, end));

describe("cutSentences", () => {
  test("cuts where sentences end, and speaks short ones with the next", () => {
    expect(sentences("This is a first sentence. And here is the second one! Is it?")).toEqual([
      "This is a first sentence. ",
      "And here is the second one! ",
      "Is it?",
    ]);
    expect(sentences("Yes. This is what follows it.")).toEqual(["Yes. This is what follows it."]);
  });

  test("leaves out what has no words, and cuts what is too long for one call", () => {
    expect(sentences(" … --- ")).toEqual([]);
    const parts = sentences("a".repeat(2 * MAX_SPOKEN_CHARS + 5));
    expect(parts.map((part) => part.length)).toEqual([MAX_SPOKEN_CHARS, MAX_SPOKEN_CHARS, 5]);
  });
});

/** Sounds that end when the test says so. */
function rig(texts: readonly string[], fail?: string) {
  const changes: [ReaderState, number][] = [];
  const spoken: string[] = [];
  const sounds: (Sound & { closed: boolean; playing: boolean })[] = [];
  const reader = readTexts({
    texts,
    async speak(text) {
      spoken.push(text);
      if (text === fail) throw new Error("no voice");
      return new Blob([text]);
    },
    open() {
      const sound = {
        closed: false,
        playing: false,
        onEnd: null,
        onError: null,
        async play() {
          sound.playing = true;
        },
        pause() {
          sound.playing = false;
        },
        close() {
          sound.closed = true;
        },
      };
      sounds.push(sound);
      return sound;
    },
    onChange: (state, index) => changes.push([state, index]),
  });
  const settle = () => new Promise((resolve) => setTimeout(resolve));
  return { reader, changes, spoken, sounds, settle };
}

describe("readTexts", () => {
  test("plays one after the other and fetches one ahead", async () => {
    const { changes, spoken, sounds, settle } = rig(["a", "b", "c"]);
    await settle();
    expect(spoken).toEqual(["a", "b"]);
    expect(changes.at(-1)).toEqual(["playing", 0]);
    sounds[0]?.onEnd?.();
    await settle();
    expect(spoken).toEqual(["a", "b", "c"]);
    expect(changes.at(-1)).toEqual(["playing", 1]);
    sounds[1]?.onEnd?.();
    await settle();
    sounds[2]?.onEnd?.();
    await settle();
    expect(changes.at(-1)?.[0]).toBe("ended");
    expect(sounds.every(({ closed }) => closed)).toBe(true);
  });

  test("pauses and goes on where it was, also between two sentences", async () => {
    const { reader, changes, sounds, settle } = rig(["a", "b"]);
    await settle();
    reader.pause();
    expect(sounds[0]?.playing).toBe(false);
    expect(changes.at(-1)).toEqual(["paused", 0]);
    sounds[0]?.onEnd?.();
    await settle();
    expect(sounds[1]?.playing).toBe(false);
    reader.resume();
    await settle();
    expect(sounds[1]?.playing).toBe(true);
    expect(changes.at(-1)).toEqual(["playing", 1]);
  });

  test("stops at once and lets go of its sound", async () => {
    const { reader, changes, sounds, settle } = rig(["a", "b"]);
    await settle();
    reader.stop();
    expect(sounds[0]).toMatchObject({ playing: false, closed: true });
    expect(changes.at(-1)?.[0]).toBe("ended");
    const count = changes.length;
    reader.stop();
    await settle();
    expect(changes).toHaveLength(count);
  });

  test("says what failed, and when", async () => {
    const { changes, sounds, settle } = rig(["a", "b"], "b");
    await settle();
    sounds[0]?.onEnd?.();
    await settle();
    expect(changes.at(-1)).toEqual(["failed", 1]);
    const unplayable = rig(["a"]);
    await unplayable.settle();
    unplayable.sounds[0]?.onError?.();
    expect(unplayable.changes.at(-1)).toEqual(["failed", 0]);
  });

  test("ends at once when there is nothing to say", async () => {
    const { changes, settle } = rig([]);
    await settle();
    expect(changes).toEqual([["ended", 0]]);
  });
});
