// PNG files with a palette of sixteen colours, four bits a pixel: enough for flat pictures, and small.

export type Colour = readonly [red: number, green: number, blue: number];

export interface PngImage {
  readonly width: number;
  readonly height: number;
  /** At most sixteen; the first is the one that `transparent` makes invisible. */
  readonly palette: readonly Colour[];
  readonly transparent: boolean;
  readonly description: string;
  /** Fills one row with palette indices, one a byte. */
  readonly drawRow: (y: number, row: Uint8Array) => void;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

export async function encodePng(image: PngImage): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height, palette, transparent, description } = image;
  const head = new Uint8Array(13);
  const view = new DataView(head.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  head.set([4, 3, 0, 0, 0], 8); // bits a pixel, palette, deflate, filters by row, not interlaced
  const text = new TextEncoder().encode(`Description\0\0\0\0\0${description}`);
  const chunks = [
    chunk("IHDR", head),
    chunk("PLTE", Uint8Array.from(palette.flat())),
    ...(transparent ? [chunk("tRNS", Uint8Array.of(0))] : []),
    chunk("iTXt", text),
    chunk("IDAT", await deflate(pack(image))),
    chunk("IEND", new Uint8Array(0)),
  ];
  return new Uint8Array(await new Blob([Uint8Array.from(SIGNATURE), ...chunks]).arrayBuffer());
}

/** Two pixels a byte, each row behind its filter's number: 0, none. */
function pack({ width, height, drawRow }: PngImage): Uint8Array<ArrayBuffer> {
  const rowBytes = 1 + Math.ceil(width / 2);
  const packed = new Uint8Array(rowBytes * height);
  const row = new Uint8Array(width + 1);
  for (let y = 0; y < height; y++) {
    drawRow(y, row);
    const start = y * rowBytes + 1;
    for (let x = 0; x < width; x += 2) {
      packed[start + x / 2] = ((row[x] ?? 0) << 4) | (row[x + 1] ?? 0);
    }
  }
  return packed;
}

async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const compressed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(compressed).arrayBuffer());
}

function chunk(type: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(12 + data.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.byteLength);
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
  bytes.set(data, 8);
  view.setUint32(8 + data.byteLength, crc32(bytes.subarray(4, 8 + data.byteLength)));
  return bytes;
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}
