// Reads sentences one after the other: fetches the next one's speech while one is heard. Knows no React and no page:
// how a text becomes sound and how sound is played are passed in.

export type ReaderState = "loading" | "playing" | "paused" | "ended" | "failed";

export interface Sound {
  play(): Promise<void>;
  pause(): void;
  /** Lets go of what it holds. */
  close(): void;
  onEnd: (() => void) | null;
  onError: (() => void) | null;
}

export interface ReaderParts {
  readonly texts: readonly string[];
  speak(text: string, signal: AbortSignal): Promise<Blob>;
  open(speech: Blob): Sound;
  /** The state, and which sentence it is about. */
  onChange(state: ReaderState, index: number, error?: unknown): void;
}

export interface Reader {
  pause(): void;
  resume(): void;
  stop(): void;
}

/** Begins at once. */
export function readTexts({ texts, speak, open, onChange }: ReaderParts): Reader {
  const abort = new AbortController();
  const speeches = new Map<number, Promise<Blob>>();
  let index = 0;
  let sound: Sound | null = null;
  let paused = false;

  function speechOf(at: number): Promise<Blob> {
    const known = speeches.get(at);
    if (known) return known;
    const speech = speak(texts[at] ?? "", abort.signal);
    // Whoever plays it hears of the failure; nobody may, when it was stopped before.
    speech.catch(() => {});
    speeches.set(at, speech);
    return speech;
  }

  async function next(): Promise<void> {
    if (index >= texts.length) {
      stop("ended");
      return;
    }
    if (!paused) onChange("loading", index);
    try {
      const speech = await speechOf(index);
      if (abort.signal.aborted) return;
      speeches.delete(index);
      if (index + 1 < texts.length) void speechOf(index + 1);
      const opened = open(speech);
      sound = opened;
      opened.onEnd = () => {
        opened.close();
        sound = null;
        index += 1;
        void next();
      };
      opened.onError = () => fail(new Error("the browser cannot play this sound"));
      if (paused) return;
      await opened.play();
      if (!abort.signal.aborted && !paused) onChange("playing", index);
    } catch (error) {
      if (!abort.signal.aborted) fail(error);
    }
  }

  function fail(error: unknown): void {
    stop("failed", error);
  }

  function stop(state: "ended" | "failed", error?: unknown): void {
    if (abort.signal.aborted) return;
    abort.abort();
    sound?.pause();
    sound?.close();
    sound = null;
    onChange(state, index, error);
  }

  if (texts.length === 0) queueMicrotask(() => stop("ended"));
  else void next();
  return {
    pause() {
      paused = true;
      sound?.pause();
      onChange("paused", index);
    },
    resume() {
      paused = false;
      if (sound === null) {
        onChange("loading", index);
        return;
      }
      sound.play().then(
        () => !abort.signal.aborted && !paused && onChange("playing", index),
        (error: unknown) => !abort.signal.aborted && fail(error),
      );
    },
    stop: () => stop("ended"),
  };
}
