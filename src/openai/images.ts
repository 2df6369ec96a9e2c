/** `/images`: pictures from a prompt, and pictures from pictures. */
import type { ContentFilterResults } from "../chat/content-filter.ts";
import type { ApiPromise } from "../http/api-promise.ts";
import type { Call, RequestOptions, UploadOptions } from "../http/caller.ts";
import { readWith } from "../http/response.ts";
import type { ResultStream } from "../http/result-stream.ts";
import type { Sent } from "../http/send.ts";
import { formBody, type Uploadable } from "../http/upload.ts";
import { assign, readStream } from "./typed-stream.ts";

interface ImageParams {
  prompt: string;
  /** The model; for Azure OpenAI the deployment. */
  model?: string;
  /** DALL-E 3: 1; the gpt-image family: 1 to 10. */
  n?: number | null;
  /** DALL-E 3: `1024x1024`, `1792x1024`, `1024x1792`; gpt-image: `auto`, `1024x1024`, `1536x1024`, `1024x1536`. */
  size?:
    | "auto"
    | "256x256"
    | "512x512"
    | "1024x1024"
    | "1536x1024"
    | "1024x1536"
    | "1792x1024"
    | "1024x1792"
    | (string & {})
    | null;
  /** DALL-E 3: `standard`, `hd`; gpt-image: `auto`, `low`, `medium`, `high`. */
  quality?: "standard" | "hd" | "auto" | "low" | "medium" | "high" | null;
  /** DALL-E only: gpt-image always answers with base64. */
  response_format?: "url" | "b64_json" | null;
  /** gpt-image. */
  output_format?: "png" | "jpeg" | "webp" | null;
  /** gpt-image: 0 to 100. */
  output_compression?: number | null;
  /** gpt-image. */
  background?: "transparent" | "opaque" | "auto" | null;
  /** gpt-image, streaming: 0 to 3 pictures on the way. */
  partial_images?: number | null;
  user?: string;
}
export interface ImageGenerateParamsBase extends ImageParams {
  /** DALL-E 3. */
  style?: "vivid" | "natural" | null;
  /** gpt-image. */
  moderation?: "low" | "auto" | null;
}
export interface ImageGenerateParamsNonStreaming extends ImageGenerateParamsBase {
  stream?: false | null;
}
export interface ImageGenerateParamsStreaming extends ImageGenerateParamsBase {
  stream: true;
}
export interface ImageEditParamsBase extends ImageParams {
  /** The picture to change, or several. */
  image: Uploadable | Uploadable[];
  /** A picture whose transparent parts say where to change. */
  mask?: Uploadable;
  input_fidelity?: "high" | "low" | null;
}
export interface ImageEditParamsNonStreaming extends ImageEditParamsBase {
  stream?: false | null;
}
export interface ImageEditParamsStreaming extends ImageEditParamsBase {
  stream: true;
}

/** One picture: at a URL for a while, or as base64. */
export interface Image {
  url?: string;
  b64_json?: string;
  /** DALL-E: the prompt that was used in place of the caller's. */
  revised_prompt?: string;
  /** Azure OpenAI. */
  content_filter_results?: ContentFilterResults;
  /** Azure OpenAI. */
  prompt_filter_results?: ContentFilterResults;
}

export interface ImageUsage {
  input_tokens: number;
  output_tokens: number;
  total_tokens: number;
  input_tokens_details?: { text_tokens: number; image_tokens: number };
}

export interface ImagesResponse {
  created: number;
  data?: Image[];
  background?: "transparent" | "opaque";
  output_format?: "png" | "jpeg" | "webp";
  size?: string;
  quality?: string;
  usage?: ImageUsage;
}

interface ImageEvent {
  b64_json: string;
  created_at: number;
  size?: string;
  quality?: string;
  background?: string;
  output_format?: string;
}
export type ImageStreamEvent =
  | (ImageEvent & {
      type: "image_generation.partial_image" | "image_edit.partial_image";
      partial_image_index: number;
    })
  | (ImageEvent & { type: "image_generation.completed" | "image_edit.completed"; usage?: ImageUsage });

/** The events of a picture on its way; `final()` is what a call without `stream` gives. Ends when `n` are completed. */
export type ImageStream = ResultStream<ImageStreamEvent, ImagesResponse>;

export interface Images {
  /** Draws pictures: whole, or with `stream: true` as a stream of ever better ones. */
  generate(body: ImageGenerateParamsNonStreaming, options?: RequestOptions): ApiPromise<ImagesResponse>;
  generate(body: ImageGenerateParamsStreaming, options?: RequestOptions): ApiPromise<ImageStream>;
  /** Changes a picture, or makes one of several. */
  edit(body: ImageEditParamsNonStreaming, options?: UploadOptions): ApiPromise<ImagesResponse>;
  edit(body: ImageEditParamsStreaming, options?: UploadOptions): ApiPromise<ImageStream>;
}

export const images = (call: Call): Images => {
  const draw =
    (path: string, encoding: { encode?: typeof formBody }) =>
    (body: ImageParams & { stream?: boolean | null }, options?: UploadOptions) =>
      call<ImagesResponse | ImageStream>("POST", path, options, {
        ...encoding,
        body,
        stream: body.stream === true,
        read: body.stream ? (sent) => readImageStream(sent, body.n ?? 1) : readWith<ImagesResponse>("data"),
      });
  return {
    generate: draw("/images/generations", {}) as Images["generate"],
    edit: draw("/images/edits", { encode: formBody }) as Images["edit"],
  };
};

function readImageStream(sent: Sent, wanted: number): Promise<ImageStream> {
  const result: ImagesResponse & { data: Image[] } = { created: 0, data: [] };
  const add = (event: ImageStreamEvent): boolean => {
    if (!/\.completed$/.test(event.type)) return false;
    const { type, b64_json, created_at, ...rest } = event;
    result.created ||= created_at;
    result.data.push({ b64_json });
    assign(result, rest);
    return result.data.length >= wanted;
  };
  return readStream(sent, { result, add }, ({ created, data = [], ...rest }: ImagesResponse) =>
    data.map((image) => ({ ...rest, ...image, created_at: created, type: "image_generation.completed" })),
  );
}
