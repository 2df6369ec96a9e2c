import { describe, expect, test } from "vitest";
import { emulatorOf } from "./asking.ts";
import { call, eventsOf, fileOf, formOf, ok, refused, SURFACES, type Surface } from "./calling.ts";

const TEXT = "Hello there. The naïve café costs 5 €, doesn't it? 你好！";

async function speak(
  more: Record<string, unknown> = {},
  on: Surface = "openai",
): Promise<Uint8Array<ArrayBuffer>> {
  const json = { model: "tts-1", voice: "nova", input: TEXT, ...more };
  const response = await call(emulatorOf(), "/audio/speech", { on, json });
  expect(response.status).toBe(200);
  return new Uint8Array(await response.arrayBuffer());
}

function heard(
  sound: Uint8Array<ArrayBuffer>,
  fields: Record<string, string> = {},
  name = "a.wav",
): FormData {
  return formOf({ file: fileOf(sound, name), model: "whisper", ...fields });
}

async function transcribe(form: FormData): Promise<string> {
  return (await call(emulatorOf(), "/audio/transcriptions", { form })).text();
}

describe("speech", () => {
  test.each(SURFACES)("is a real WAV file on %s", async (on) => {
    const sound = await speak({}, on);
    const view = new DataView(sound.buffer);
    const tag = (at: number): string => String.fromCharCode(...sound.slice(at, at + 4));
    expect([tag(0), tag(8), tag(12), tag(36)]).toEqual(["RIFF", "WAVE", "fmt ", "data"]);
    expect(view.getUint32(4, true)).toBe(sound.byteLength - 8);
    expect(view.getUint32(24, true)).toBe(24_000);
    expect(view.getUint32(40, true)).toBe(sound.byteLength - 44);
    expect(Math.max(...new Int16Array(sound.buffer, 44))).toBeGreaterThan(5_000);
  });

  test("as pcm is the same without its head", async () => {
    expect(await speak({ response_format: "pcm" })).toEqual((await speak()).slice(44));
  });

  test("says what it is", async () => {
    for (const [response_format, type] of [
      ["wav", "audio/wav"],
      ["pcm", "audio/pcm"],
    ] as const) {
      const json = { model: "tts-1", voice: "nova", input: "x", response_format };
      const response = await call(emulatorOf(), "/audio/speech", { json });
      expect(response.headers.get("content-type")).toBe(type);
    }
  });

  test.each(["mp3", "opus", "aac", "flac"])("is not called %s when it isn't", async (response_format) => {
    const json = { model: "tts-1", voice: "nova", input: "x", response_format };
    const { status, error } = await refused(emulatorOf(), "/audio/speech", { json });
    expect(status).toBe(400);
    expect(error.message).toContain("'wav' and 'pcm' only");
  });

  test.each([
    ["an unknown voice", { voice: "frog" }, "voice"],
    ["no voice", { voice: undefined }, "voice"],
    ["no input", { input: undefined }, "input"],
    ["input past 4096 characters", { input: "x".repeat(4097) }, "input"],
    ["a speed past 4", { speed: 5 }, "speed"],
    ["events of a model without them", { stream_format: "sse" }, "stream_format"],
  ])("refuses %s", async (_name, more, param) => {
    const json = { model: "tts-1", voice: "nova", input: "x", ...more };
    const { status, error } = await refused(emulatorOf(), "/audio/speech", { json });
    expect({ status, param: error.param }).toEqual({ status: 400, param });
  });

  test("as events is the same sound", async () => {
    const json = { model: "gpt-4o-mini-tts", voice: "nova", input: TEXT, stream_format: "sse" };
    const events = eventsOf(await (await call(emulatorOf(), "/audio/speech", { json })).text());
    const done = events.pop()?.data;
    expect(done).toMatchObject({ type: "speech.audio.done", usage: { total_tokens: expect.any(Number) } });
    expect(events.map(({ data }) => atob(data.audio)).join("").length).toBe((await speak()).byteLength);
  });

  test("can be cut", async () => {
    const json = { model: "tts-1", voice: "nova", input: TEXT };
    const response = await call(emulatorOf(), "/audio/speech", { json, scenario: "cut;after=2" });
    expect((await response.arrayBuffer()).byteLength).toBeLessThan((await speak()).byteLength);
  });
});

describe("a transcription", () => {
  test.each([0.25, 0.7, 1, 1.5, 2, 4])("of the emulator's own speech at speed %d is exact", async (speed) => {
    expect(JSON.parse(await transcribe(heard(await speak({ speed }))))).toMatchObject({ text: TEXT });
  });

  test("finds the text in bare samples under another head", async () => {
    const samples = await speak({ response_format: "pcm" });
    const wav = await speak();
    const other = new Uint8Array(wav.byteLength + 12);
    other.set(wav.subarray(0, 12));
    // A chunk that nobody knows comes first.
    other.set([...new TextEncoder().encode("LIST"), 4, 0, 0, 0, 1, 2, 3, 4], 12);
    other.set(wav.subarray(12, 44), 24);
    other.set(samples, 56);
    expect(JSON.parse(await transcribe(heard(other))).text).toBe(TEXT);
  });

  test("in every format", async () => {
    const sound = await speak({ input: "One two. Three four!" });
    expect(await transcribe(heard(sound, { response_format: "text" }))).toBe("One two. Three four!\n");
    const srt = await transcribe(heard(sound, { response_format: "srt" }));
    expect(srt).toMatch(
      /^1\n00:00:00,\d{3} --> 00:00:00,\d{3}\nOne two\.\n\n2\n00:00:00,\d{3} --> 00:00:0\d,\d{3}\nThree four!\n\n$/,
    );
    const vtt = await transcribe(heard(sound, { response_format: "vtt" }));
    expect(vtt).toMatch(/^WEBVTT\n\n00:00:00\.\d{3} --> /);
    const fields = { response_format: "verbose_json", "timestamp_granularities[]": "word" };
    const verbose = JSON.parse(await transcribe(heard(sound, fields)));
    expect(verbose.words.map(({ word }: { word: string }) => word)).toEqual(["One", "two", "Three", "four"]);
    expect(verbose.words[1].start).toBeGreaterThan(verbose.words[0].end);
    expect(verbose.words.at(-1).end).toBeLessThan(verbose.duration);
    expect(verbose).not.toHaveProperty("segments");
    const segments = JSON.parse(await transcribe(heard(sound, { response_format: "verbose_json" }))).segments;
    expect(segments).toMatchObject([
      { id: 0, text: "One two." },
      { id: 1, text: "Three four!" },
    ]);
  });

  test("streams where the model can, and not where it can't", async () => {
    const sound = await speak();
    const form = heard(sound, { model: "gpt-4o-transcribe", stream: "true" });
    const events = eventsOf(await transcribe(form));
    const done = events.pop()?.data;
    expect(done).toMatchObject({ type: "transcript.text.done", text: TEXT, usage: { type: "tokens" } });
    expect(events.map(({ data }) => data.delta).join("")).toBe(TEXT);
    expect(JSON.parse(await transcribe(heard(sound, { stream: "true" })))).toMatchObject({ text: TEXT });
  });

  test("of another sound tells its duration", async () => {
    const silence = (await speak()).slice(0, 44 + 24_000);
    silence.fill(0, 44);
    new DataView(silence.buffer).setUint32(40, 24_000, true);
    expect(JSON.parse(await transcribe(heard(silence))).text).toMatch(/0\.5 seconds, 24000 Hz/);
    const mp3 = new Uint8Array(32_000);
    expect(JSON.parse(await transcribe(heard(mp3, {}, "song.mp3"))).text).toContain(
      "mp3 file of 32000 bytes",
    );
  });

  test("of a speech with an end missing is no guess", async () => {
    const sound = (await speak()).slice(0, -5_000);
    expect(JSON.parse(await transcribe(heard(sound))).text).toContain("understands only its own speech");
  });

  test.each([
    ["no file", formOf({ model: "whisper" }), "file"],
    ["an unknown extension", heard(new Uint8Array(9), {}, "a.txt"), "file"],
    ["an empty file", heard(new Uint8Array(0)), "file"],
    ["an unknown format", heard(new Uint8Array(9), { response_format: "xml" }), "response_format"],
    [
      "a format the model lacks",
      heard(new Uint8Array(9), { model: "gpt-4o-transcribe", response_format: "srt" }),
      "response_format",
    ],
    [
      "times without verbose_json",
      heard(new Uint8Array(9), { "timestamp_granularities[]": "word" }),
      "timestamp_granularities",
    ],
    ["an unknown field", heard(new Uint8Array(9), { colour: "red" }), "colour"],
  ])("refuses %s", async (_name, form, param) => {
    // The last model given counts, as in any form.
    const { status, error } = await refused(emulatorOf(), "/audio/transcriptions", { form });
    expect({ status, param: error.param }).toEqual({ status: 400, param });
  });

  test("refuses a body that is no form", async () => {
    const { status, error } = await refused(emulatorOf(), "/audio/transcriptions", {
      json: { model: "whisper" },
    });
    expect(status).toBe(400);
    expect(error.message).toContain("multipart/form-data");
  });
});

test("a translation says task translate", async () => {
  const form = heard(await speak(), { response_format: "verbose_json" });
  expect(await ok(emulatorOf(), "/audio/translations", { form })).toMatchObject({
    task: "translate",
    text: TEXT,
  });
});
