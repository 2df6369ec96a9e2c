// A prompt -> pictures, over the package's client: with previews on the way where the model sends them. Loaded when
// somebody draws.
import { connectOpenAI, images } from "latchkey/openai";
import type { Connection } from "../connection.ts";
import { type Family, pictureAddress } from "./drawing.ts";

export interface Wish {
  readonly model: string;
  readonly prompt: string;
  readonly size: string;
  readonly quality: string;
  readonly count: number;
  /** The picture to change, or null to draw a new one. */
  readonly of: string | null;
}

export interface Listener {
  /** A picture on its way, ever better. */
  onPreview(address: string): void;
  onPicture(address: string, revisedPrompt: string | null): void;
}

const PREVIEWS = 3;

export async function draw(
  { workerUrl, session }: Connection,
  { model, prompt, size, quality, count, of }: Wish,
  family: Family,
  signal: AbortSignal,
  { onPreview, onPicture }: Listener,
): Promise<void> {
  const service = images(connectOpenAI({ baseURL: new URL("/v1", workerUrl), credential: session }));
  const given = (base64: string | undefined): string => {
    const address = base64 === undefined ? null : pictureAddress(base64);
    if (address === null) throw new Error("The model sent something that is no picture.");
    return address;
  };
  const body = { model, prompt, size, quality: quality as "auto", n: count };
  if (!family.streams) {
    const { data = [] } = await service.generate({ ...body, response_format: "b64_json" }, { signal });
    for (const { b64_json, revised_prompt } of data) onPicture(given(b64_json), revised_prompt ?? null);
    return;
  }
  const streamed = { ...body, n: 1, stream: true, partial_images: PREVIEWS } as const;
  // A stream has one picture.
  for (let drawn = 0; drawn < count; drawn += 1) {
    const stream =
      of === null
        ? await service.generate(streamed, { signal })
        : await service.edit({ ...streamed, image: fileOf(of) }, { signal });
    for await (const event of stream) {
      if (event.type.endsWith(".partial_image")) onPreview(given(event.b64_json));
      else if (event.type.endsWith(".completed")) onPicture(given(event.b64_json), null);
    }
  }
}

function fileOf(address: string): File {
  const [head = "", base64 = ""] = address.split(",");
  const type = head.slice("data:".length, -";base64".length);
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new File([bytes], `picture.${type.slice("image/".length)}`, { type });
}
