// A recording -> its words, by the worker's transcription model.
import { audio, connectOpenAI } from "latchkey/openai";
import type { Connection } from "../connection.ts";

export async function transcribe(
  { workerUrl, session }: Connection,
  model: string,
  recording: File,
  signal: AbortSignal,
): Promise<string> {
  const { transcriptions } = audio(
    connectOpenAI({ baseURL: new URL("/v1", workerUrl), credential: session }),
  );
  // The model first: the worker chooses where the file goes before it has the file.
  const { text } = await transcriptions.create({ model, file: recording }, { signal });
  return text.trim();
}
