/** The public surface of `latchkey`: one explicit list. */
export type * from "./chat/content-filter.ts";
export type { Citation, MessageContext, RetrievedDocument } from "./chat/data-sources.ts";
export type { ChatStream } from "./chat/stream.ts";
export type * from "./chat/types.ts";
export type {
  AccessToken,
  Credential,
  GetTokenOptions,
  KeyCredential,
  TokenCredential,
  TokenProvider,
} from "./http/credential.ts";
export {
  AbortError,
  ApiError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  ConnectionError,
  CredentialError,
  type Deadline,
  type ErrorKind,
  FailedDependencyError,
  InternalServerError,
  LatchkeyError,
  LimitError,
  MalformedResponseError,
  NotFoundError,
  NotModifiedError,
  PermissionDeniedError,
  RateLimitError,
  RedirectError,
  type ServiceError,
  StreamTruncatedError,
  TimeoutError,
  UnprocessableEntityError,
} from "./http/errors.ts";
export type { LogFields, Logger, LogLevel } from "./http/log.ts";
export type { CallOptions, ClientOptions, HeaderValues, StreamEnd } from "./http/options.ts";
export { type WorkerSessionOptions, workerSession } from "./http/session.ts";
export type { StartToolTrace, StartTrace, ToolTrace, Trace, TracedTool, TraceEnd } from "./http/trace.ts";
export {
  ChatCompletionsClient,
  type ChatCompletionsClientOptions,
} from "./inference/chat-completions-client.ts";
export type { ChatDefaults, ChatRequest, RawRequest } from "./inference/chat-request.ts";
export type { InferenceClient, InferenceOptions, ModelInfo, RawCall } from "./inference/client.ts";
export { type DecodedEmbedding, decodeEmbedding, unpackBits } from "./inference/decode-embedding.ts";
export {
  EmbeddingsClient,
  type EmbeddingsClientOptions,
  type EmbeddingsRequest,
} from "./inference/embeddings-client.ts";
export type {
  EmbeddingDefaults,
  EmbeddingItem,
  EmbeddingsResult,
  EncodingFormat,
  RawEmbeddingRequest,
} from "./inference/embeddings-request.ts";
export {
  ImageEmbeddingsClient,
  type ImageEmbeddingsClientOptions,
  type ImageEmbeddingsRequest,
} from "./inference/image-embeddings-client.ts";
export {
  type ImageInput,
  type ImageSource,
  type ImageSourceOptions,
  imageDataUrl,
  imageInput,
} from "./inference/image-input.ts";
export { type LoadClientOptions, loadClient } from "./inference/load-client.ts";
