// A transcript with its times, and the formats it can be written in. Segments are sentences.

export interface Span {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface Transcript {
  readonly text: string;
  readonly seconds: number;
  readonly segments: readonly Span[];
  readonly words: readonly Span[];
}

const encoder = /* @__PURE__ */ new TextEncoder();

/** Without known times the text is spread evenly over the sound. */
export function timed(
  text: string,
  seconds: number,
  secondsAt: (byte: number) => number = (byte) =>
    (seconds * byte) / Math.max(1, encoder.encode(text).byteLength),
): Transcript {
  const spans = (pattern: RegExp): readonly Span[] => {
    let byte = 0;
    let character = 0;
    return [...text.matchAll(pattern)].map(({ 0: found, index }) => {
      byte += encoder.encode(text.slice(character, index)).byteLength;
      const start = byte;
      byte += encoder.encode(found).byteLength;
      character = index + found.length;
      return { text: found, start: rounded(secondsAt(start)), end: rounded(secondsAt(byte)) };
    });
  };
  return {
    text,
    seconds,
    segments: spans(/\S[^.!?。！？]*[.!?。！？]*/gu),
    words: spans(/[\p{L}\p{M}\p{N}'’-]+/gu),
  };
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

/** Segments unless only words are asked for. */
export function verbose(
  { text, seconds, segments, words }: Transcript,
  granularities: readonly string[],
): Record<string, unknown> {
  const wantsWords = granularities.includes("word");
  const wantsSegments = !wantsWords || granularities.includes("segment");
  return {
    duration: rounded(seconds),
    text,
    ...(wantsSegments && {
      segments: segments.map(({ text: said, start, end }, id) => ({
        id,
        seek: 0,
        start,
        end,
        text: said,
        tokens: [],
        temperature: 0,
        avg_logprob: -0.000_1,
        compression_ratio: 1,
        no_speech_prob: 0,
      })),
    }),
    ...(wantsWords && { words: words.map(({ text: word, start, end }) => ({ word, start, end })) }),
  };
}

export function asSrt({ segments }: Transcript): string {
  return segments
    .map(
      ({ text, start, end }, index) =>
        `${index + 1}\n${clock(start, ",")} --> ${clock(end, ",")}\n${text.trim()}\n\n`,
    )
    .join("");
}

export function asVtt({ segments }: Transcript): string {
  const cues = segments.map(
    ({ text, start, end }) => `${clock(start, ".")} --> ${clock(end, ".")}\n${text.trim()}\n\n`,
  );
  return `WEBVTT\n\n${cues.join("")}`;
}

function clock(seconds: number, point: string): string {
  const ms = Math.round(seconds * 1000);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}${point}${String(ms % 1000).padStart(3, "0")}`;
}
