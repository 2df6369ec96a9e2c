// RIFF/WAVE with 16-bit samples: writing the head, and reading what others wrote far enough to know how long it is.

export interface Sound {
  readonly sampleRate: number;
  readonly channels: number;
  readonly bitsPerSample: number;
  /** Where the samples are in the file. */
  readonly start: number;
  readonly length: number;
  readonly seconds: number;
}

const HEAD_BYTES = 44;

/** One channel of 16-bit samples, little endian, under a WAV head. */
export function wavFile(samples: Uint8Array, sampleRate: number): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(HEAD_BYTES + samples.byteLength);
  const view = new DataView(file.buffer);
  const tag = (at: number, text: string): void => {
    for (let i = 0; i < 4; i++) file[at + i] = text.charCodeAt(i);
  };
  tag(0, "RIFF");
  view.setUint32(4, file.byteLength - 8, true);
  tag(8, "WAVE");
  tag(12, "fmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // one channel
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  tag(36, "data");
  view.setUint32(40, samples.byteLength, true);
  file.set(samples, HEAD_BYTES);
  return file;
}

/** undefined when it is no WAV file. */
export function readWav(file: Uint8Array): Sound | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const tag = (at: number): string => String.fromCharCode(...file.subarray(at, at + 4));
  if (file.byteLength < 12 || tag(0) !== "RIFF" || tag(8) !== "WAVE") return undefined;
  let format: Pick<Sound, "sampleRate" | "channels" | "bitsPerSample"> | undefined;
  for (let at = 12; at + 8 <= file.byteLength; ) {
    const size = view.getUint32(at + 4, true);
    const start = at + 8;
    if (tag(at) === "fmt " && start + 16 <= file.byteLength) {
      format = {
        channels: view.getUint16(start + 2, true),
        sampleRate: view.getUint32(start + 4, true),
        bitsPerSample: view.getUint16(start + 14, true),
      };
    }
    if (tag(at) === "data" && format !== undefined) {
      // A recorder that streams writes the largest size: it didn't know.
      const length = Math.min(size, file.byteLength - start);
      const bytesPerSecond = format.sampleRate * format.channels * (format.bitsPerSample / 8);
      return bytesPerSecond > 0 ? { ...format, start, length, seconds: length / bytesPerSecond } : undefined;
    }
    at = start + size + (size % 2);
  }
  return undefined;
}
