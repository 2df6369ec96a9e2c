/** Entry point `latchkey/projects`: Azure AI projects, their agents and what belongs to them. */
export { type AgentOperations, type AgentOptions, agentOperations } from "../agents/agent-operations.ts";
export type * from "../agents/agent-types.ts";
export type { AgentRunState } from "../agents/assemble.ts";
export { AgentsClient } from "../agents/client.ts";
export { type AgentsClientOptions, connectAgents } from "../agents/connect.ts";
export type { AgentEventHandler } from "../agents/event-handler.ts";
export { type FileOperations, fileOperations, type UploadAndPollOptions } from "../agents/file-operations.ts";
export type * from "../agents/file-types.ts";
export {
  azureAISearchTool,
  azureFunctionTool,
  bingGroundingTool,
  codeInterpreterTool,
  connectedAgentTool,
  fabricTool,
  fileSearchTool,
  type HostedAgentTool,
  mcpTool,
  openApiTool,
  sharepointTool,
} from "../agents/hosted-tools.ts";
export { type KnownTools, knownTools } from "../agents/known-tools.ts";
export type * from "../agents/message-types.ts";
export {
  fileCitations,
  filePaths,
  lastMessageByRole,
  messageAnnotations,
  messageImages,
  messageText,
  textOfDelta,
  urlCitations,
} from "../agents/messages.ts";
export { type Agents, agents } from "../agents/operations.ts";
export type { ToolAnswerOptions } from "../agents/required-calls.ts";
export {
  type IncludeOptions,
  type ProcessRunOptions,
  type RunOperations,
  runOperations,
} from "../agents/run-operations.ts";
export type { AgentRunResult, AgentRunStream } from "../agents/run-stream.ts";
export type * from "../agents/run-types.ts";
export type * from "../agents/step-types.ts";
export type * from "../agents/stream-events.ts";
export {
  type RunStreamOptions,
  type StreamOperations,
  streamOperations,
} from "../agents/stream-operations.ts";
export { type ThreadOperations, threadOperations } from "../agents/threads.ts";
export { type AgentTool, type ExecuteOptions, functionTool, ToolSet } from "../agents/tool-set.ts";
export type * from "../agents/tool-types.ts";
export { type VectorStoreOperations, vectorStoreOperations } from "../agents/vector-stores.ts";
export type { WaitOptions } from "../agents/wait.ts";
export type { ApiPromise, WithRequestId } from "../http/api-promise.ts";
export type { Call, RequestOptions, UploadOptions } from "../http/caller.ts";
export type {
  AccessToken,
  Credential,
  GetTokenOptions,
  KeyCredential,
  TokenCredential,
  TokenProvider,
} from "../http/credential.ts";
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
} from "../http/errors.ts";
export type { CursorPageParams, PagePromise } from "../http/list.ts";
export type { LogFields, Logger, LogLevel } from "../http/log.ts";
export type { CallOptions, ClientOptions, HeaderValues } from "../http/options.ts";
export type { Page } from "../http/page.ts";
export type { PollOptions } from "../http/poll.ts";
export type { UploadProgress } from "../http/request.ts";
export { type WorkerSessionOptions, workerSession } from "../http/session.ts";
export type { StartTrace, Trace, TraceEnd } from "../http/trace.ts";
export {
  type FileOptions,
  type StreamingFile,
  toFile,
  toStreamingFile,
  type Uploadable,
} from "../http/upload.ts";
export type { AIProjectClientOptions, ProjectHosts, ProjectScope } from "./address.ts";
export type * from "./agent-versions.ts";
export { AIProjectClient } from "./client.ts";
export type {
  AuthenticationType,
  ConnectionCredentials,
  ConnectionProperties,
  ConnectionType,
  EvaluatorModelConfig,
} from "./connection.ts";
export type { ConnectionListParams, ConnectionOptions, Connections } from "./connections.ts";
export type {
  BlobReference,
  DatasetCredential,
  Datasets,
  DatasetVersion,
  DatasetVersionParams,
  PendingUpload,
  PendingUploadParams,
} from "./datasets.ts";
export type { DeploymentListParams, Deployments, ModelDeployment } from "./deployments.ts";
export type * from "./evaluation-types.ts";
export type { EvaluationListParams, Evaluations } from "./evaluations.ts";
export type { FieldMapping, Indexes, IndexParams, IndexVersion } from "./indexes.ts";
export type {
  ConnectionChoice,
  Inference,
  ModelChoice,
  ProjectAzureOpenAIOptions,
  ProjectOpenAIOptions,
} from "./inference.ts";
export type { ProjectTelemetry } from "./telemetry.ts";
