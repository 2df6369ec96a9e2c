/** Entry point `latchkey/tools`: a tool loop, structured output, and JSON as it comes. */
export type { AnswerDelta, ModelCall, ResponseAnswer, ResponseItem, WholeAnswer } from "./answer.ts";
export type { ToolCallResult, ToolEvent } from "./calls.ts";
export { OutputError, type OutputReason } from "./errors.ts";
export { type PartialJson, partialJson } from "./partial-json.ts";
export type { Progress } from "./progress.ts";
export {
  type ChatModel,
  type ChatRunRequest,
  type HostedTool,
  type ResponsesModel,
  type ResponsesRunRequest,
  type RunOptions,
  runTools,
  type ToolResult,
  type ToolRun,
} from "./run.ts";
export type { JsonSchema, OutputOf, Schema, SchemaIssue, StandardSchema, ToJsonSchema } from "./schema.ts";
export {
  type AnswerStream,
  type Partially,
  type Structured,
  type StructuredOptions,
  structured,
} from "./structured.ts";
export { type AnyTool, type DescribeError, type Tool, type ToolContext, tool } from "./tool.ts";
