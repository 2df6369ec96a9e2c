// Which sizes and qualities a model draws in, and what an answer's picture is. Pure.

export interface Family {
  readonly sizes: readonly string[];
  readonly qualities: readonly string[];
  readonly most: number;
  /** Sends pictures on the way, and can change one. */
  readonly streams: boolean;
}

const DALL_E: Family = {
  sizes: ["1024x1024", "1792x1024", "1024x1792"],
  qualities: ["standard", "hd"],
  most: 1,
  streams: false,
};
const GPT_IMAGE: Family = {
  sizes: ["auto", "1024x1024", "1536x1024", "1024x1536"],
  qualities: ["auto", "low", "medium", "high"],
  most: 4,
  streams: true,
};

export const familyOf = (model: string): Family => (/dall-?e/i.test(model) ? DALL_E : GPT_IMAGE);

/** What the form asks for, in what the model knows. */
export function within(wish: string, offered: readonly string[]): string {
  return offered.includes(wish) ? wish : (offered[0] ?? "");
}

const HEADS: readonly (readonly [base64: string, type: string])[] = [
  ["iVBOR", "image/png"],
  ["/9j/", "image/jpeg"],
  ["UklGR", "image/webp"],
];

/** An address to show a picture by, or null for what is none: nothing else than a picture gets into the page. */
export function pictureAddress(base64: string): string | null {
  const type = HEADS.find(([head]) => base64.startsWith(head))?.[1];
  return type === undefined || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)
    ? null
    : `data:${type};base64,${base64}`;
}

/** `a-quiet-harbour.png` */
export function fileName(prompt: string, address: string): string {
  const words =
    prompt
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu)
      ?.slice(0, 6)
      .join("-") ?? "";
  const ending = /^data:image\/(png|jpeg|webp)/.exec(address)?.[1] ?? "png";
  return `${words || "picture"}.${ending === "jpeg" ? "jpg" : ending}`;
}
