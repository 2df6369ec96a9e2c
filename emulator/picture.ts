// A picture for a prompt: a sky in bands and some discs and bars, all chosen by the words. The same words give the
// same picture; nothing in it shows what the words mean.

import { type Colour, encodePng } from "./png.ts";
import { createRandom, hashText, type Random } from "./random.ts";

export interface Picture {
  readonly prompt: string;
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  readonly transparent: boolean;
  /** 0 to 1: an unfinished picture has fewer shapes. */
  readonly finished: number;
}

const BANDS = 7;
const SHAPES = 8;

export function drawPicture(picture: Picture): Promise<Uint8Array<ArrayBuffer>> {
  const { prompt, seed, width, height, transparent, finished } = picture;
  const random = createRandom(hashText(prompt, seed));
  const palette = colours(random);
  const shapes = Array.from({ length: SHAPES }, (_, index) => shapeOf(random, index, width, height));
  const shown = shapes.slice(0, Math.ceil(SHAPES * finished));
  const drawRow = (y: number, row: Uint8Array): void => {
    row.fill(transparent ? 0 : 1 + Math.floor((y * BANDS) / height));
    for (const { colour, spanAt } of shown) {
      const span = spanAt(y);
      if (span !== undefined) row.fill(colour, Math.max(0, span[0]), Math.max(0, Math.min(width, span[1])));
    }
  };
  return encodePng({ width, height, palette, transparent, description: prompt, drawRow });
}

/** One for what is invisible, a scale for the bands, and contrasting ones for the shapes. */
function colours(random: Random): Colour[] {
  const hue = random() * 360;
  const bands = Array.from({ length: BANDS }, (_, band) => fromHsl(hue + band * 6, 0.55, 0.85 - band * 0.07));
  const shapes = Array.from({ length: SHAPES }, (_, index) =>
    fromHsl(hue + 150 + index * 25, 0.7, 0.35 + (index % 3) * 0.15),
  );
  return [[0, 0, 0], ...bands, ...shapes];
}

function fromHsl(hue: number, saturation: number, lightness: number): Colour {
  const channel = (offset: number): number => {
    const k = (offset + hue / 30) % 12;
    const range = saturation * Math.min(lightness, 1 - lightness);
    return Math.round(255 * (lightness - range * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

interface Shape {
  readonly colour: number;
  /** From and to, where the shape meets this row. */
  readonly spanAt: (y: number) => readonly [number, number] | undefined;
}

function shapeOf(random: Random, index: number, width: number, height: number): Shape {
  const colour = 1 + BANDS + index;
  const x = random() * width;
  const y = random() * height;
  const size = (0.06 + random() * 0.16) * Math.min(width, height);
  if (random() < 0.6) {
    const spanAt: Shape["spanAt"] = (row) => {
      const half = Math.sqrt(size * size - (row - y) * (row - y));
      return Number.isNaN(half) ? undefined : [Math.round(x - half), Math.round(x + half)];
    };
    return { colour, spanAt };
  }
  const tall = size * (0.4 + random());
  return {
    colour,
    spanAt: (row) =>
      Math.abs(row - y) < tall ? [Math.round(x - size / 3), Math.round(x + size / 3)] : undefined,
  };
}
