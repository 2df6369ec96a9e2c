// Speech to text: what the emulator's own speech said, word for word; of any other sound, how long it is. Reading the
// form and choosing the answer's format; the formats are transcript.ts.

import { enter, reading } from "./enter.ts";
import type { Exchange } from "./exchange.ts";
import { Refused, refuse } from "./json.ts";
import { type Form, type Part, readForm } from "./multipart.ts";
import type { RouteValues } from "./routes.ts";
import { type Event, sendEvents, sendJson, sendText } from "./send.ts";
import { countTokens, tokenise } from "./tokens.ts";
import { fromTune } from "./tones.ts";
import { asSrt, asVtt, type Transcript, timed, verbose } from "./transcript.ts";
import { readWav } from "./wav.ts";

const EXTENSIONS = ["flac", "mp3", "mp4", "mpeg", "mpga", "m4a", "ogg", "oga", "wav", "webm"];
const FORMATS = ["json", "text", "srt", "verbose_json", "vtt"];
const FIELDS: Record<Task, readonly string[]> = {
  transcribe: [
    "file",
    "model",
    "language",
    "prompt",
    "response_format",
    "temperature",
    "timestamp_granularities",
    "stream",
    "include",
    "chunking_strategy",
  ],
  translate: ["file", "model", "prompt", "response_format", "temperature"],
};
/** The services' own limit for sounds. */
const MAX_BYTES = 25 * 1024 * 1024;

type Task = "transcribe" | "translate";

interface TranscriptionRequest {
  readonly model: string | undefined;
  readonly sound: Part;
  readonly format: string;
  readonly language: string;
  readonly granularities: readonly string[];
  readonly stream: boolean;
  readonly logprobs: boolean;
}

export function createTranscription(exchange: Exchange, values: RouteValues): Promise<Response> {
  return answer(exchange, values, "transcribe");
}

export function createTranslation(exchange: Exchange, values: RouteValues): Promise<Response> {
  return answer(exchange, values, "translate");
}

function answer(exchange: Exchange, { deployment }: RouteValues, task: Task): Promise<Response> {
  return reading(
    exchange,
    async () => readRequest(await readForm(exchange, { maxBytes: MAX_BYTES, keepBytes: MAX_BYTES }), task),
    async (read) => {
      exchange.entry.stream = read.stream;
      const entered = await enter(exchange, deployment ?? read.model, "transcription");
      if (!entered.ok) return entered.response;
      const isWhisper = /whisper/.test(entered.deployment.model);
      // Whisper ignores `stream`; the newer models know two formats.
      exchange.entry.stream = read.stream && !isWhisper;
      return reading(
        exchange,
        () => {
          if (!isWhisper && read.format !== "json" && read.format !== "text") {
            throw new Refused({
              reason: "invalid-value",
              param: "response_format",
              input: read.format,
              message: `response_format '${read.format}' is not compatible with model '${entered.deployment.name}'. Use 'json' or 'text' instead.`,
            });
          }
        },
        () => send(exchange, read, task, listenTo(read.sound), isWhisper),
      );
    },
  );
}

function readRequest(form: Form, task: Task): TranscriptionRequest {
  for (const name of form.names) {
    if (FIELDS[task].some((known) => name === known || name === `${known}[]` || name.startsWith(`${known}[`)))
      continue;
    throw new Refused({ reason: "unknown-parameter", param: name, message: `Unknown parameter: '${name}'.` });
  }
  const [sound] = form.files("file");
  if (sound === undefined) refuse("missing-parameter", "file", undefined, "a file");
  const extension = /\.([a-z0-9]+)$/i.exec(sound.filename ?? "")?.[1]?.toLowerCase() ?? "";
  if (!EXTENSIONS.includes(extension)) {
    throw new Refused({
      reason: "invalid-value",
      param: "file",
      message: `Invalid file format. Supported formats: ${EXTENSIONS.map((known) => `'${known}'`).join(", ")}`,
    });
  }
  if (sound.length === 0) refuse("invalid-value", "file", 0, "a file that is not empty");
  const format = form.text("response_format") ?? "json";
  if (!FORMATS.includes(format)) {
    refuse(
      "invalid-value",
      "response_format",
      format,
      `one of ${FORMATS.map((known) => `'${known}'`).join(", ")}`,
    );
  }
  const temperature = form.text("temperature");
  if (temperature !== undefined && !(Number(temperature) >= 0 && Number(temperature) <= 1)) {
    refuse("invalid-value", "temperature", temperature, "a number from 0 to 1");
  }
  const granularities = form.texts("timestamp_granularities");
  for (const granularity of granularities) {
    if (granularity !== "word" && granularity !== "segment") {
      refuse("invalid-value", "timestamp_granularities", granularity, "'word' or 'segment'");
    }
  }
  if (granularities.length > 0 && format !== "verbose_json") {
    refuse("invalid-value", "timestamp_granularities", format, "response_format 'verbose_json'");
  }
  return {
    model: form.text("model"),
    sound,
    format,
    language: form.text("language") ?? "english",
    granularities,
    stream: form.text("stream") === "true",
    logprobs: form.texts("include").includes("logprobs"),
  };
}

/** What a compressed file usually has; only said, never computed with. */
const GUESSED_BYTES_PER_SECOND = 16_000;

function listenTo({ bytes, length, filename }: Part): Transcript {
  const wav = bytes === undefined ? undefined : readWav(bytes);
  if (wav === undefined || bytes === undefined) {
    const seconds = length / GUESSED_BYTES_PER_SECOND;
    const kind = /\.([a-z0-9]+)$/i.exec(filename ?? "")?.[1]?.toLowerCase() ?? "sound";
    const text = `A ${kind} file of ${length} bytes, perhaps ${seconds.toFixed(1)} seconds long. The emulator can't decode it: it understands only its own speech, as WAV.`;
    return timed(text, seconds);
  }
  if (wav.channels === 1 && wav.bitsPerSample === 16) {
    const samples = new DataView(bytes.buffer, bytes.byteOffset + wav.start, wav.length);
    const heard = fromTune(samples, wav.sampleRate);
    if (heard !== undefined) return timed(heard.text, wav.seconds, heard.secondsAt);
  }
  const text = `A sound of ${wav.seconds.toFixed(1)} seconds, ${wav.sampleRate} Hz. The emulator understands only its own speech.`;
  return timed(text, wav.seconds);
}

const AUDIO_TOKENS_PER_SECOND = 10;

function send(
  exchange: Exchange,
  read: TranscriptionRequest,
  task: Task,
  transcript: Transcript,
  isWhisper: boolean,
): Response {
  const { text, seconds } = transcript;
  const audioTokens = Math.ceil(seconds * AUDIO_TOKENS_PER_SECOND);
  const outputTokens = countTokens(text);
  exchange.entry.promptTokens = audioTokens;
  const usage = isWhisper
    ? { type: "duration", seconds: Math.ceil(seconds) }
    : {
        type: "tokens",
        input_tokens: audioTokens,
        input_token_details: { text_tokens: 0, audio_tokens: audioTokens },
        output_tokens: outputTokens,
        total_tokens: audioTokens + outputTokens,
      };
  if (exchange.entry.stream) {
    return sendEvents(exchange, transcriptEvents(text, read.logprobs, usage), {
      named: false,
      last: (type) => type === "transcript.text.done",
      tokens: (type) => type === "transcript.text.delta",
    });
  }
  const plain = "text/plain; charset=utf-8";
  switch (read.format) {
    case "text":
      return sendText(exchange, plain, `${text}\n`);
    case "srt":
      return sendText(exchange, plain, asSrt(transcript));
    case "vtt":
      return sendText(exchange, plain, asVtt(transcript));
    case "verbose_json": {
      const language = task === "translate" ? "english" : read.language;
      return sendJson(exchange, { task, language, ...verbose(transcript, read.granularities), usage });
    }
    default:
      return sendJson(exchange, {
        text,
        ...(read.logprobs && !isWhisper && { logprobs: tokenise(text).map(logprobOf) }),
        ...(task === "transcribe" && { usage }),
      });
  }
}

function logprobOf(token: string): unknown {
  return { token, logprob: -0.000_1, bytes: [...new TextEncoder().encode(token)] };
}

function* transcriptEvents(text: string, withLogprobs: boolean, usage: unknown): Generator<Event, void> {
  const tokens = tokenise(text);
  for (const delta of tokens) {
    const logprobs = withLogprobs ? { logprobs: [logprobOf(delta)] } : {};
    yield { type: "transcript.text.delta", delta, ...logprobs };
  }
  const logprobs = withLogprobs ? { logprobs: tokens.map(logprobOf) } : {};
  yield { type: "transcript.text.done", text, ...logprobs, usage };
}
