/** Shapes of speech and transcription, under the wire's names. Contract: Azure OpenAI 2025-03-01-preview, v1; OpenAI. */
import type { Uploadable } from "../http/upload.ts";

/** How a transcript comes back. `text`, `srt` and `vtt` are text, the others objects. */
export type AudioResponseFormat = "json" | "text" | "srt" | "verbose_json" | "vtt" | "diarized_json";

export interface TranscriptionCreateParamsBase {
  /** The recording, with a name whose ending says its format. */
  file: Uploadable;
  /** The model; for Azure OpenAI the deployment. */
  model: string;
  /** ISO 639-1, as `"en"`. */
  language?: string;
  prompt?: string;
  /** 0 to 1. Service default 0. */
  temperature?: number;
  /** Only with `verbose_json`. Service default: segments. */
  timestamp_granularities?: ("word" | "segment")[];
  /** Newer models: log probabilities of the tokens. */
  include?: "logprobs"[];
  /** Newer models: how to cut the recording. */
  chunking_strategy?:
    | "auto"
    | { type: "server_vad"; prefix_padding_ms?: number; silence_duration_ms?: number; threshold?: number }
    | null;
  known_speaker_names?: string[];
  known_speaker_references?: string[];
}

export interface TranscriptionCreateParamsNonStreaming<F extends AudioResponseFormat | undefined = undefined>
  extends TranscriptionCreateParamsBase {
  response_format?: F;
  stream?: false | null;
}
export interface TranscriptionCreateParamsStreaming extends TranscriptionCreateParamsBase {
  response_format?: AudioResponseFormat;
  /** Newer models only; whisper answers whole, which then is one `transcript.text.done`. */
  stream: true;
}

export interface TranslationCreateParams<F extends AudioResponseFormat | undefined = undefined> {
  file: Uploadable;
  model: string;
  prompt?: string;
  response_format?: F;
  temperature?: number;
}

export interface TranscriptionLogprob {
  token?: string;
  logprob?: number;
  bytes?: number[];
}

export type TranscriptionUsage =
  | { type: "duration"; seconds: number }
  | {
      type: "tokens";
      input_tokens: number;
      input_token_details?: { text_tokens?: number; audio_tokens?: number };
      output_tokens: number;
      total_tokens: number;
    };

export interface Transcription {
  text: string;
  logprobs?: TranscriptionLogprob[];
  usage?: TranscriptionUsage;
}

export interface TranscriptionSegment {
  id: number;
  seek: number;
  start: number;
  end: number;
  text: string;
  tokens: number[];
  temperature: number;
  avg_logprob: number;
  compression_ratio: number;
  no_speech_prob: number;
}

export interface TranscriptionWord {
  word: string;
  /** Seconds from the beginning, as all times here. */
  start: number;
  end: number;
}

export interface TranscriptionVerbose {
  task?: "transcribe" | "translate";
  language: string;
  duration: number;
  text: string;
  segments?: TranscriptionSegment[];
  words?: TranscriptionWord[];
  usage?: TranscriptionUsage;
}

export interface TranscriptionDiarized {
  task: "transcribe";
  duration: number;
  text: string;
  segments: TranscriptionDiarizedSegment[];
  usage?: TranscriptionUsage;
}

export interface TranscriptionDiarizedSegment {
  id: string;
  type: "transcript.text.segment";
  start: number;
  end: number;
  text: string;
  speaker: string;
}

/** The result that belongs to a format; without one it's JSON. */
export type TranscriptionOf<F extends AudioResponseFormat | undefined> = F extends "text" | "srt" | "vtt"
  ? string
  : F extends "verbose_json"
    ? TranscriptionVerbose
    : F extends "diarized_json"
      ? TranscriptionDiarized
      : Transcription;

export type TranscriptionStreamEvent =
  | { type: "transcript.text.delta"; delta: string; logprobs?: TranscriptionLogprob[]; segment_id?: string }
  | TranscriptionDiarizedSegment
  | {
      type: "transcript.text.done";
      text: string;
      logprobs?: TranscriptionLogprob[];
      usage?: TranscriptionUsage;
    };

export interface SpeechCreateParamsBase {
  /** At most 4096 characters. */
  input: string;
  /** The model; for Azure OpenAI the deployment. */
  model: string;
  voice:
    | "alloy"
    | "ash"
    | "ballad"
    | "coral"
    | "echo"
    | "fable"
    | "nova"
    | "onyx"
    | "sage"
    | "shimmer"
    | "verse"
    | (string & {});
  /** Service default `mp3`. */
  response_format?: "mp3" | "opus" | "aac" | "flac" | "wav" | "pcm";
  /** 0.25 to 4. Service default 1. */
  speed?: number;
  /** Newer models: how to speak. */
  instructions?: string;
}
export interface SpeechCreateParams extends SpeechCreateParamsBase {
  stream_format?: "audio";
}
export interface SpeechCreateParamsStreaming extends SpeechCreateParamsBase {
  /** Newer models: events with base64 pieces of the sound, in place of its bytes. */
  stream_format: "sse";
}

export type SpeechStreamEvent =
  | { type: "speech.audio.delta"; audio: string }
  | {
      type: "speech.audio.done";
      usage?: { input_tokens: number; output_tokens: number; total_tokens: number };
    };
