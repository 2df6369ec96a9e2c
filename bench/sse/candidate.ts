/** What a candidate of the section `sse` offers. It runs in every runtime, so it knows nothing but the web's interfaces. */
import type { Bytes } from "../chunks.ts";

/** Called with the data of each event, in order. */
export type Use = (data: string) => void;
/** Called with what each event's JSON is. */
export type UseJson = (value: { choices: readonly unknown[] }) => void;

export interface SseCandidate {
  readonly name: string;
  readonly packages?: readonly string[];
  /** The parser by itself, handed the pieces. */
  feed?(pieces: readonly Bytes[], use: Use): void;
  /** What the library offers for a body, most often an async iteration. */
  read?(body: ReadableStream<Bytes>, use: Use): Promise<void>;
  /** The same, where it parses JSON by itself. */
  readJson?(body: ReadableStream<Bytes>, use: UseJson): Promise<void>;
}
