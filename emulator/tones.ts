// Text as a tune, and back: each half byte is one of sixteen tones. It sounds like a modem in a good mood; what
// matters is that a transcription of it is exact, at any speed, also after someone wrapped the samples in a head of
// their own. Sixteen-bit samples, one channel.

export const SAMPLE_RATE = 24_000;

// Whole periods of every tone fit into a tone's time, so the tune has no clicks; and at the highest speed the tones
// are still one whole period apart.
const LOWEST_HZ = 600;
const STEP_HZ = 200;
const TONES = 16;
const SHORTEST_SAMPLES = SAMPLE_RATE / STEP_HZ;
const NORMAL_STEPS = 4;
const MOST_STEPS = 16;
const LOUDNESS = 9_000;

const OPENING = [10, 5, 15, 0];
const LENGTH_TONES = 6;
const CHECK_TONES = 2;

export interface Tune {
  readonly samples: Uint8Array<ArrayBuffer>;
  readonly seconds: number;
}

export function toTune(text: string, speed: number): Tune {
  const bytes = new TextEncoder().encode(text);
  const tones = [...OPENING, ...numberTones(bytes.byteLength, LENGTH_TONES)];
  for (const byte of bytes) tones.push(byte >> 4, byte & 15);
  tones.push(...numberTones(checkSum(bytes), CHECK_TONES));
  const steps = Math.min(MOST_STEPS, Math.max(1, Math.round(NORMAL_STEPS / speed)));
  const waves = Array.from({ length: TONES }, (_, tone) => wave(tone, steps * SHORTEST_SAMPLES));
  const toneBytes = steps * SHORTEST_SAMPLES * 2;
  const samples = new Uint8Array(tones.length * toneBytes);
  for (const [index, tone] of tones.entries()) samples.set(waves[tone] as Uint8Array, index * toneBytes);
  return { samples, seconds: samples.byteLength / 2 / SAMPLE_RATE };
}

function numberTones(value: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => (value >>> (4 * (count - 1 - index))) & 15);
}

function checkSum(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum = (sum * 31 + byte) & 0xff;
  return sum;
}

function wave(tone: number, samples: number): Uint8Array {
  const bytes = new Uint8Array(samples * 2);
  const view = new DataView(bytes.buffer);
  const step = (2 * Math.PI * (LOWEST_HZ + tone * STEP_HZ)) / SAMPLE_RATE;
  for (let i = 0; i < samples; i++) view.setInt16(i * 2, Math.round(LOUDNESS * Math.sin(step * i)), true);
  return bytes;
}

export interface Heard {
  readonly text: string;
  /** When the byte at this position is heard, seconds. */
  readonly secondsAt: (byte: number) => number;
}

/** undefined when it is none of these tunes, or not all of one. */
export function fromTune(samples: DataView, sampleRate: number): Heard | undefined {
  for (let steps = 1; steps <= MOST_STEPS; steps++) {
    const heard = listen(samples, sampleRate, (steps * SHORTEST_SAMPLES * sampleRate) / SAMPLE_RATE);
    if (heard !== undefined) return heard;
  }
  return undefined;
}

function listen(samples: DataView, sampleRate: number, toneSamples: number): Heard | undefined {
  const count = Math.floor(samples.byteLength / 2 / toneSamples);
  const tone = (index: number): number => loudest(samples, sampleRate, index * toneSamples, toneSamples);
  const value = (from: number, length: number): number => {
    let all = 0;
    for (let i = 0; i < length; i++) all = all * TONES + tone(from + i);
    return all;
  };
  const start = OPENING.length + LENGTH_TONES;
  if (count < start + CHECK_TONES || OPENING.some((expected, index) => tone(index) !== expected))
    return undefined;
  const length = value(OPENING.length, LENGTH_TONES);
  if (start + 2 * length + CHECK_TONES > count) return undefined;
  const bytes = Uint8Array.from({ length }, (_, index) => value(start + 2 * index, 2));
  if (value(start + 2 * length, CHECK_TONES) !== checkSum(bytes)) return undefined;
  const secondsAt = (byte: number): number => ((start + 2 * byte) * toneSamples) / sampleRate;
  return { text: new TextDecoder().decode(bytes), secondsAt };
}

/** Goertzel's algorithm for each tone; the one with the most power. */
function loudest(samples: DataView, sampleRate: number, from: number, length: number): number {
  let best = 0;
  let most = -1;
  const start = Math.round(from);
  const end = Math.min(samples.byteLength / 2, Math.round(from + length));
  for (let tone = 0; tone < TONES; tone++) {
    const factor = 2 * Math.cos((2 * Math.PI * (LOWEST_HZ + tone * STEP_HZ)) / sampleRate);
    let before = 0;
    let last = 0;
    for (let i = start; i < end; i++) {
      const next = samples.getInt16(i * 2, true) + factor * last - before;
      before = last;
      last = next;
    }
    const power = last * last + before * before - factor * last * before;
    if (power > most) {
      most = power;
      best = tone;
    }
  }
  return best;
}
