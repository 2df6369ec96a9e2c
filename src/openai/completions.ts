/** `POST /completions`, the API before chats: whole, or as a stream. */
import type { ContentFilterResults, PromptFilterResult } from "../chat/content-filter.ts";
import type { Usage } from "../chat/types.ts";
import type { ApiPromise } from "../http/api-promise.ts";
import type { Call, RequestOptions } from "../http/caller.ts";
import { readWith } from "../http/response.ts";
import type { ResultStream } from "../http/result-stream.ts";
import { assign, readStream } from "./typed-stream.ts";

export interface CompletionCreateParamsBase {
  /** The model; for Azure OpenAI the deployment. */
  model: string;
  /** Texts, or tokens. Service default `"<|endoftext|>"`. */
  prompt?: string | string[] | number[] | number[][] | null;
  /** 0 to 20: how many to make and choose the best of. Not with `stream`. */
  best_of?: number | null;
  echo?: boolean | null;
  frequency_penalty?: number | null;
  logit_bias?: Record<string, number> | null;
  /** 0 to 5. */
  logprobs?: number | null;
  /** Service default 16. */
  max_tokens?: number | null;
  /** 1 to 128. */
  n?: number | null;
  presence_penalty?: number | null;
  seed?: number | null;
  stop?: string | string[] | null;
  stream_options?: { include_usage?: boolean } | null;
  suffix?: string | null;
  temperature?: number | null;
  top_p?: number | null;
  user?: string;
  /** As for chats: laid over the body, and sent with `extra-parameters: pass-through`. */
  model_extras?: Record<string, unknown> | null;
}
export interface CompletionCreateParamsNonStreaming extends CompletionCreateParamsBase {
  stream?: false | null;
}
export interface CompletionCreateParamsStreaming extends CompletionCreateParamsBase {
  stream: true;
}
export type CompletionCreateParams = CompletionCreateParamsNonStreaming | CompletionCreateParamsStreaming;

export interface CompletionChoice {
  index: number;
  text: string;
  finish_reason: "stop" | "length" | "content_filter" | null;
  logprobs?: {
    tokens?: string[];
    token_logprobs?: number[];
    top_logprobs?: Record<string, number>[];
    text_offset?: number[];
  } | null;
  content_filter_results?: ContentFilterResults;
}

/** A whole answer, and also each record of a stream. */
export interface Completion {
  id: string;
  object: "text_completion";
  created: number;
  model: string;
  choices: CompletionChoice[];
  prompt_filter_results?: PromptFilterResult[];
  usage?: Usage | null;
  system_fingerprint?: string;
}

/** The records of a streamed completion; `final()` has the texts put together. */
export type CompletionStream = ResultStream<Completion, Completion>;

export interface Completions {
  /** Continues a text: whole, or with `stream: true` as a stream of records. */
  create(body: CompletionCreateParamsNonStreaming, options?: RequestOptions): ApiPromise<Completion>;
  create(body: CompletionCreateParamsStreaming, options?: RequestOptions): ApiPromise<CompletionStream>;
  create(body: CompletionCreateParams, options?: RequestOptions): ApiPromise<CompletionStream | Completion>;
}

export const completions = (call: Call): Completions => ({
  create: ((body: CompletionCreateParams, options) =>
    call<CompletionStream | Completion>("POST", "/completions", options, {
      body,
      stream: body.stream === true,
      read: body.stream
        ? (sent) => readStream(sent, gathering(), (whole: Completion) => [whole])
        : readWith<Completion>("choices"),
    })) as Completions["create"],
});

/** The contract allows `n` up to 128, for each of several prompts; more choices are not added up. */
const MAX_CHOICES = 2048;

function gathering() {
  const result: Completion = { id: "", object: "text_completion", created: 0, model: "", choices: [] };
  return {
    result,
    choices: result.choices,
    add({ choices, ...rest }: Completion): boolean {
      assign(result, rest);
      for (const { text, ...choice } of choices ?? []) {
        let target = result.choices.find(({ index }) => index === choice.index);
        if (!target && result.choices.length < MAX_CHOICES) {
          target = { index: choice.index, text: "", finish_reason: null };
          result.choices.push(target);
        }
        if (!target) continue;
        target.text += text ?? "";
        // The last verdict counts; log probabilities of the pieces are in the records.
        const { finish_reason = null, logprobs, content_filter_results: verdicts } = choice;
        target.finish_reason ??= finish_reason;
        if (logprobs) target.logprobs = logprobs;
        if (verdicts) target.content_filter_results = { ...target.content_filter_results, ...verdicts };
      }
      return false;
    },
  };
}
