// What a transcription gives -> lines with times, and files of subtitles. Pure.

export interface Line {
  /** Seconds from the beginning. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The limit of the services. */
export const MOST_BYTES = 25 * 1024 * 1024;
export const ENDINGS = ["wav", "mp3", "m4a", "mp4", "mpeg", "mpga", "ogg", "webm", "flac"] as const;

export type Refusal = { readonly why: "large" | "empty" | "kind"; readonly name: string };

/** Why a file can't be transcribed, or null. */
export function refusalOf({ name, size }: { name: string; size: number }): Refusal | null {
  if (size === 0) return { why: "empty", name };
  if (size > MOST_BYTES) return { why: "large", name };
  const ending = name.split(".").at(-1)?.toLowerCase() ?? "";
  return (ENDINGS as readonly string[]).includes(ending) ? null : { why: "kind", name };
}

/** `1:02:03` or `2:03` */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const end = String(whole % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${end}` : `${minutes}:${end}`;
}

export function subtitles(lines: readonly Line[], form: "srt" | "vtt"): string {
  const mark = form === "srt" ? "," : ".";
  const cues = lines.map(({ start, end, text }, index) => {
    // An arrow would end the cue's line of times.
    const words = text.trim().replaceAll("-->", "→");
    const number = form === "srt" ? `${index + 1}\n` : "";
    return `${number}${stamp(start, mark)} --> ${stamp(end, mark)}\n${words}\n`;
  });
  return `${form === "vtt" ? "WEBVTT\n\n" : ""}${cues.join("\n")}`;
}

function stamp(seconds: number, mark: "," | "."): string {
  const ms = Math.round(seconds * 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes, whole] = [
    Math.floor(ms / 3_600_000),
    Math.floor(ms / 60_000) % 60,
    Math.floor(ms / 1000) % 60,
  ];
  return `${two(hours)}:${two(minutes)}:${two(whole)}${mark}${String(ms % 1000).padStart(3, "0")}`;
}
