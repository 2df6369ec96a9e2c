// A sentence -> sound, by the worker's speech model; and the browser's way to play it.
import { audio, connectOpenAI } from "latchkey/openai";
import type { Connection } from "../connection.ts";
import type { Sound } from "./reader.ts";

const VOICE = "alloy";

export function createSpeaker({ workerUrl, session }: Connection, model: string) {
  const { speech } = audio(connectOpenAI({ baseURL: new URL("/v1", workerUrl), credential: session }));
  return async (text: string, signal: AbortSignal): Promise<Blob> => {
    // Every service makes WAV, and a sentence of it is small enough.
    const response = await speech.create(
      { model, voice: VOICE, input: text, response_format: "wav" },
      { signal },
    );
    return new Blob([await response.arrayBuffer()], { type: "audio/wav" });
  };
}

/** The policy allows media of blob: URLs alone, so nothing else can be played. */
export function openSound(speech: Blob): Sound {
  const url = URL.createObjectURL(speech);
  const element = new Audio(url);
  const sound: Sound = {
    play: () => element.play(),
    pause: () => element.pause(),
    close() {
      element.onended = null;
      element.onerror = null;
      element.pause();
      element.removeAttribute("src");
      URL.revokeObjectURL(url);
    },
    onEnd: null,
    onError: null,
  };
  element.onended = () => sound.onEnd?.();
  element.onerror = () => sound.onError?.();
  return sound;
}
