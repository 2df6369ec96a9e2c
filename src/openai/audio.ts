/** `/audio`: speech to text, to English text, and text to speech. */

import type { ApiPromise } from "../http/api-promise.ts";
import type { Call, RequestOptions, UploadOptions } from "../http/caller.ts";
import { readPlain } from "../http/download.ts";
import { isJson, mediaType, readObject, readWith, settling, unexpected } from "../http/response.ts";
import type { ResultStream } from "../http/result-stream.ts";
import type { Sent } from "../http/send.ts";
import { formBody } from "../http/upload.ts";
import type {
  AudioResponseFormat,
  SpeechCreateParams,
  SpeechCreateParamsStreaming,
  SpeechStreamEvent,
  Transcription,
  TranscriptionCreateParamsNonStreaming,
  TranscriptionCreateParamsStreaming,
  TranscriptionOf,
  TranscriptionStreamEvent,
  TranslationCreateParams,
} from "./audio-types.ts";
import { readDownload } from "./files.ts";
import { assign, readStream } from "./typed-stream.ts";

/** The events of a transcript; `final()` is the whole of it. Ends with `transcript.text.done`. */
export type TranscriptionStream = ResultStream<TranscriptionStreamEvent, Transcription>;
/** The events of speech; `final()` is its usage. Ends with `speech.audio.done`. */
export type SpeechStream = ResultStream<SpeechStreamEvent, SpeechResult>;

export interface SpeechResult {
  usage?: { input_tokens: number; output_tokens: number; total_tokens: number };
}

export interface Transcriptions {
  /**
   * Writes down what is said: an object, or text for the formats `text`, `srt` and `vtt`, or with `stream: true` a
   * stream of events.
   *
   * @example
   * ```ts
   * import { AzureOpenAI } from "latchkey/openai";
   *
   * const client = new AzureOpenAI({ endpoint: "https://example.openai.azure.com", apiKey: "…" });
   * const recording = await fetch("https://example.com/talk.wav");
   * const { words } = await client.audio.transcriptions.create({
   *   model: "whisper",
   *   file: new File([await recording.blob()], "talk.wav"),
   *   response_format: "verbose_json",
   *   timestamp_granularities: ["word"],
   * });
   * console.log(words?.[0]?.start);
   * ```
   */
  create(body: TranscriptionCreateParamsStreaming, options?: UploadOptions): ApiPromise<TranscriptionStream>;
  create<F extends AudioResponseFormat | undefined = undefined>(
    body: TranscriptionCreateParamsNonStreaming<F>,
    options?: UploadOptions,
  ): ApiPromise<TranscriptionOf<F>>;
}

export interface Translations {
  /** Writes down in English what is said in another language. Formats as for transcriptions, but not diarized. */
  create<F extends AudioResponseFormat | undefined = undefined>(
    body: TranslationCreateParams<F>,
    options?: UploadOptions,
  ): ApiPromise<TranscriptionOf<F>>;
}

export interface Speech {
  /**
   * Speaks a text. The result is a `Response` to play or save: its `body` streams while the service speaks, and fails
   * when it's cut off. With `stream_format: "sse"` it's a stream of events.
   *
   * @example
   * ```ts
   * import { AzureOpenAI } from "latchkey/openai";
   *
   * const client = new AzureOpenAI({ endpoint: "https://example.openai.azure.com", apiKey: "…" });
   * const speech = await client.audio.speech.create({ model: "tts-1", voice: "alloy", input: "Hello" });
   * const url = URL.createObjectURL(await speech.blob());
   * console.log(url);
   * ```
   */
  create(body: SpeechCreateParams, options?: RequestOptions): ApiPromise<Response>;
  create(body: SpeechCreateParamsStreaming, options?: RequestOptions): ApiPromise<SpeechStream>;
}

export interface Audio {
  transcriptions: Transcriptions;
  translations: Translations;
  speech: Speech;
}

export const audio = (call: Call): Audio => {
  const write =
    (path: string) =>
    (body: { response_format?: AudioResponseFormat; stream?: boolean | null }, options?: UploadOptions) =>
      call<object | string>("POST", path, options, {
        body,
        encode: formBody,
        stream: body.stream === true,
        read: body.stream
          ? readTranscriptStream
          : /^(text|srt|vtt)$/.test(body.response_format ?? "")
            ? readText
            : readWith<Transcription>("text"),
      });
  return {
    transcriptions: { create: write("/audio/transcriptions") as Transcriptions["create"] },
    translations: { create: write("/audio/translations") as Translations["create"] },
    speech: {
      create: ((body: SpeechCreateParams | SpeechCreateParamsStreaming, options) => {
        const stream = body.stream_format === "sse";
        const accept = stream ? "text/event-stream" : "application/octet-stream";
        const read = stream ? readSpeechStream : readSpeech;
        return call<Response | SpeechStream>("POST", "/audio/speech", options, {
          body,
          stream,
          accept,
          read,
        });
      }) as Speech["create"],
    },
  };
};

/** Any type is a text or a sound but a page (a login, a wrong endpoint) and an object (an error, whatever its status). */
async function refuseOthers(sent: Sent, wanted: string): Promise<void> {
  const type = mediaType(sent.response);
  if (isJson(type)) await readObject(sent);
  if (type === "text/html" || isJson(type) || !sent.response.body) throw unexpected(type, wanted);
}

function readText(sent: Sent): Promise<string> {
  return settling(sent, async () => {
    await refuseOthers(sent, "a transcript");
    return readPlain(sent);
  });
}

function readSpeech(sent: Sent): Promise<Response> {
  return settling(sent, async () => {
    await refuseOthers(sent, "speech");
    return readDownload(sent);
  });
}

function readTranscriptStream(sent: Sent): Promise<TranscriptionStream> {
  const result: Transcription = { text: "" };
  const add = ({ type, ...event }: TranscriptionStreamEvent): boolean => {
    if (type === "transcript.text.delta") result.text += (event as { delta: string }).delta;
    if (type !== "transcript.text.done") return false;
    assign(result, event);
    return true;
  };
  // An object that is no transcript gives no event, and a stream without its end is cut.
  return readStream(sent, { result, add }, (whole: { text?: unknown }) =>
    typeof whole.text === "string" ? [{ ...whole, type: "transcript.text.done" }] : [],
  );
}

function readSpeechStream(sent: Sent): Promise<SpeechStream> {
  const result: SpeechResult = {};
  const add = ({ type, ...event }: SpeechStreamEvent): boolean => {
    if (type !== "speech.audio.done") return false;
    assign(result, event);
    return true;
  };
  // There is no object that would be a whole speech.
  return readStream(sent, { result, add }, () => []);
}
