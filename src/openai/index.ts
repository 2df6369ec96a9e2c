/** The public surface of `latchkey/openai`: one explicit list. Names that npm `openai` has, too, are for moving over. */
export type * from "../chat/content-filter.ts";
export type * from "../chat/data-sources.ts";
export type { ChatStream } from "../chat/stream.ts";
export type { ApiPromise, WithRequestId } from "../http/api-promise.ts";
export type { Call, RequestOptions, UploadOptions } from "../http/caller.ts";
export type { Credential, KeyCredential, TokenCredential, TokenProvider } from "../http/credential.ts";
export {
  AbortError,
  AbortError as APIUserAbortError,
  ApiError,
  ApiError as APIError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  ConnectionError,
  ConnectionError as APIConnectionError,
  CredentialError,
  InternalServerError,
  LatchkeyError,
  LatchkeyError as OpenAIError,
  LimitError,
  MalformedResponseError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  RedirectError,
  StreamTruncatedError,
  TimeoutError,
  TimeoutError as APIConnectionTimeoutError,
  UnprocessableEntityError,
} from "../http/errors.ts";
export type { CursorPageParams, PagePromise } from "../http/list.ts";
export type { Page } from "../http/page.ts";
export type { PollOptions } from "../http/poll.ts";
export type { UploadProgress } from "../http/request.ts";
export type { ResultStream } from "../http/result-stream.ts";
export {
  type FileOptions,
  type StreamingFile,
  toFile,
  toStreamingFile,
  type Uploadable,
} from "../http/upload.ts";
export type * from "./audio.ts";
export { audio } from "./audio.ts";
export type * from "./audio-types.ts";
export type { AzureOpenAIOptions } from "./azure.ts";
export { AzureOpenAI } from "./azure-openai.ts";
export type * from "./batches.ts";
export { batches } from "./batches.ts";
export type * from "./chat.ts";
export { chat } from "./chat.ts";
export type * from "./chat-types.ts";
export type * from "./completions.ts";
export { completions } from "./completions.ts";
export { connectAzureOpenAI, connectOpenAI } from "./connect.ts";
export type * from "./conversations.ts";
export { conversations } from "./conversations.ts";
export type * from "./embeddings.ts";
export { embeddings } from "./embeddings.ts";
export type * from "./files.ts";
export { files } from "./files.ts";
export type * from "./fine-tuning.ts";
export { fineTuning } from "./fine-tuning.ts";
export type * from "./images.ts";
export { images } from "./images.ts";
export type * from "./models.ts";
export { models } from "./models.ts";
export { OpenAI, OpenAI as default, type OpenAIOptions } from "./openai.ts";
export type * from "./response-events.ts";
export type * from "./response-items.ts";
export type { ResponseStream } from "./response-stream.ts";
export type * from "./response-types.ts";
export type * from "./responses.ts";
export { responses } from "./responses.ts";
