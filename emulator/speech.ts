// Text to speech: a real sound file, as WAV or as bare samples, in which tones.ts has hidden the text. Formats that
// need a codec are refused, because bytes under a false name would be a trap for whoever plays them.

import { enter, reading } from "./enter.ts";
import type { Exchange } from "./exchange.ts";
import { Refused, refuse } from "./json.ts";
import { number, oneOf, text } from "./members.ts";
import { type Members, readMembers } from "./read-members.ts";
import type { RouteValues } from "./routes.ts";
import { bytesSource, type Event, sendBytes, sendEvents } from "./send.ts";
import { countTokens } from "./tokens.ts";
import { SAMPLE_RATE, toTune } from "./tones.ts";
import { base64 } from "./vector-encodings.ts";
import { wavFile } from "./wav.ts";

const VOICES = [
  "alloy",
  "ash",
  "ballad",
  "coral",
  "echo",
  "fable",
  "onyx",
  "nova",
  "sage",
  "shimmer",
  "verse",
  "marin",
  "cedar",
];

const MEMBERS: Members = {
  model: text,
  input: text,
  voice: oneOf(...VOICES),
  response_format: oneOf("mp3", "opus", "aac", "flac", "wav", "pcm"),
  speed: number(0.25, 4),
  instructions: text,
  stream_format: oneOf("audio", "sse"),
};

interface SpeechRequest {
  readonly model: string | undefined;
  readonly input: string;
  readonly format: "wav" | "pcm";
  readonly speed: number;
  readonly events: boolean;
}

const MAX_INPUT = 4_096;

function readRequest({ dialect, record }: Exchange): SpeechRequest {
  const body = readMembers(dialect, record.body, MEMBERS);
  const { input = "", voice, response_format: format = "wav" } = body;
  if (input === "") refuse("missing-parameter", "input", input, "a text");
  if ((input as string).length > MAX_INPUT) {
    refuse("invalid-value", "input", (input as string).length, `at most ${MAX_INPUT} characters`);
  }
  if (voice === undefined) refuse("missing-parameter", "voice", voice, "a voice");
  if (format !== "wav" && format !== "pcm") {
    throw new Refused({
      reason: "unsupported-parameter",
      param: "response_format",
      input: format,
      message: `The emulator makes 'wav' and 'pcm' only, not '${format}': it has no codec, and would not send one format under the name of another.`,
    });
  }
  return {
    model: body.model as string | undefined,
    input: input as string,
    format,
    speed: (body.speed as number | undefined) ?? 1,
    events: body.stream_format === "sse",
  };
}

export function createSpeech(exchange: Exchange, { deployment }: RouteValues): Promise<Response> {
  return reading(
    exchange,
    () => readRequest(exchange),
    async (read) => {
      exchange.entry.stream = read.events;
      const entered = await enter(exchange, deployment ?? read.model, "speech");
      if (!entered.ok) return entered.response;
      const { samples, seconds } = toTune(read.input, read.speed);
      exchange.entry.promptTokens = countTokens(read.input);
      const sound = read.format === "wav" ? wavFile(samples, SAMPLE_RATE) : samples;
      if (read.events) {
        return reading(
          exchange,
          () => {
            if (/^tts-1/.test(entered.deployment.model)) {
              refuse("invalid-value", "stream_format", "sse", "'audio', the only one of this model");
            }
          },
          () => {
            const last = (type: string): boolean => type === "speech.audio.done";
            return sendEvents(exchange, speechEvents(exchange, sound, seconds), { named: false, last });
          },
        );
      }
      const type = read.format === "wav" ? "audio/wav" : "audio/pcm";
      return sendBytes(exchange, type, bytesSource(sound));
    },
  );
}

const EVENT_BYTES = 24 * 1024;
const TOKENS_PER_SECOND = 20;

function* speechEvents({ entry }: Exchange, sound: Uint8Array, seconds: number): Generator<Event, void> {
  for (let at = 0; at < sound.byteLength; at += EVENT_BYTES) {
    yield { type: "speech.audio.delta", audio: base64(sound.subarray(at, at + EVENT_BYTES)) };
  }
  const output = Math.ceil(seconds * TOKENS_PER_SECOND);
  yield {
    type: "speech.audio.done",
    usage: {
      input_tokens: entry.promptTokens,
      output_tokens: output,
      total_tokens: entry.promptTokens + output,
    },
  };
}
