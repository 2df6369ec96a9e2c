// Speech to text and text to speech, over the package's client. Loaded when somebody asks for either.
import { audio, connectOpenAI } from "latchkey/openai";
import type { Connection } from "../connection.ts";
import type { Line } from "./transcript.ts";

const service = ({ workerUrl, session }: Connection) =>
  audio(connectOpenAI({ baseURL: new URL("/v1", workerUrl), credential: session }));

export interface Transcript {
  readonly text: string;
  /** Empty where the model tells no times. */
  readonly lines: readonly Line[];
  readonly language: string | null;
}

interface TranscribeWish {
  readonly model: string;
  readonly file: File;
  readonly english: boolean;
  readonly signal: AbortSignal;
  onProgress(part: number): void;
}

export async function transcribe(
  connection: Connection,
  { model, file, english, signal, onProgress }: TranscribeWish,
): Promise<Transcript> {
  const { transcriptions, translations } = service(connection);
  const options = {
    signal,
    onUploadProgress: ({ percent }: { percent: number }) => onProgress(percent),
  };
  // Only whisper tells times, and only it translates.
  if (!/whisper/i.test(model)) {
    const { text } = await transcriptions.create({ model, file }, options);
    return { text: text.trim(), lines: [], language: null };
  }
  const body = { model, file, response_format: "verbose_json" } as const;
  const {
    text,
    segments = [],
    language,
  } = await (english ? translations : transcriptions).create(body, options);
  const lines = segments.map(({ start, end, text: words }) => ({ start, end, text: words.trim() }));
  return { text: text.trim(), lines, language: language ?? null };
}

interface SpeakWish {
  readonly model: string;
  readonly voice: string;
  readonly speed: number;
  readonly text: string;
  readonly signal: AbortSignal;
}

/** WAV: every service makes it, and every browser plays it. */
export async function speak(connection: Connection, { text, signal, ...wish }: SpeakWish): Promise<Blob> {
  const body = { ...wish, input: text, response_format: "wav" } as const;
  const response = await service(connection).speech.create(body, { signal });
  return new Blob([await response.arrayBuffer()], { type: "audio/wav" });
}
