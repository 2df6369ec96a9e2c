/** Tools: how one is described, how it's told to a model, and how one call of it is answered. */
import { abortable } from "../http/credential.ts";
import { type StartTrace, type ToolTrace, traced } from "../http/trace.ts";
import type { ModelCall } from "./answer.ts";
import {
  check,
  describeIssues,
  jsonSchema,
  type OutputOf,
  type Schema,
  strictForm,
  type ToJsonSchema,
} from "./schema.ts";

/** What a tool is told beside its arguments. */
export interface ToolContext {
  /** Aborts when the run does, and when the tool's time is up. */
  signal: AbortSignal;
  /** The model's id of this call. */
  callId: string;
}

/** A function that a model may call. */
export interface Tool<S extends Schema = Schema> {
  /** Letters, digits, `_` and `-`, 64 at most. */
  name: string;
  /** What it does and when to use it: the model decides by this. */
  description?: string | undefined;
  /** The arguments: an object by a Standard Schema, which checks them, or a JSON schema, which doesn't. Default: none. */
  parameters?: S | undefined;
  /** Makes a JSON schema of `parameters`, when they can't do it themselves. */
  toJsonSchema?: ToJsonSchema<S> | undefined;
  /** Asks the service to hold the model to the schema. Default: left to the service, for responses where it's possible. */
  strict?: boolean | undefined;
  /** How long it may take, in milliseconds. Default: the run's `toolTimeoutMs`. */
  timeoutMs?: number | undefined;
  /** Does the work. Text goes to the model as it is, anything else as JSON. */
  execute(args: OutputOf<S>, context: ToolContext): unknown;
}

/** A tool whose arguments are of whatever type. */
export type AnyTool = Omit<Tool, "execute" | "parameters" | "toJsonSchema"> & {
  parameters?: Schema | undefined;
  toJsonSchema?: ToJsonSchema<never> | undefined;
  execute(args: never, context: ToolContext): unknown;
};

/**
 * Types a tool: its arguments are what its schema lets through.
 *
 * @example
 * ```ts
 * import { tool } from "latchkey/tools";
 *
 * const roll = tool({
 *   name: "roll_dice",
 *   description: "Rolls a die with some sides.",
 *   parameters: { type: "object", properties: { sides: { type: "integer" } }, required: ["sides"] },
 *   execute: (args) => 1 + Math.floor(Math.random() * (args as { sides: number }).sides),
 * });
 * ```
 */
export function tool<S extends Schema>(definition: Tool<S>): AnyTool {
  return definition as unknown as AnyTool;
}

/** What became of a call. */
export interface CallOutcome {
  /** What the model is told. */
  output: string;
  /** Why the call failed; its stack and its other members stay here. */
  error?: unknown;
}

/** Turns what a tool threw into what the model is told. */
export type DescribeError = (error: unknown, call: ModelCall) => string;

/** Longest message of an error that goes to the model. */
const MAX_MESSAGE = 1000;
const NO_ARGUMENTS = { type: "object", properties: {} };

/** Whether a timer takes it: beyond 2^31-1 one fires at once. Infinity means none. */
export function isTime(value: unknown): boolean {
  return typeof value === "number" && value > 0 && (value <= 0x7fffffff || value === Infinity);
}

/** A tool in the form of the wire; responses have it flat. */
export function define(tool: AnyTool, flat: boolean): object {
  const { name, description, parameters = NO_ARGUMENTS, toJsonSchema, strict } = tool;
  if (!/^[\w-]{1,64}$/.test(name)) {
    throw new TypeError(
      `The tool name ${JSON.stringify(name)} must be 1 to 64 letters, digits, underscores or dashes.`,
    );
  }
  if (!isTime(tool.timeoutMs ?? Infinity))
    throw new TypeError(`timeoutMs of the tool ${name} must be a time above 0.`);
  const plain = jsonSchema(parameters as Schema, toJsonSchema as ToJsonSchema<Schema>);
  const { schema, fits } = strictForm(plain);
  // Responses are strict unless told otherwise, and chat of the inference dialect doesn't know the word.
  const isStrict = strict ?? (flat ? fits : undefined);
  const definition = {
    name,
    ...(description && { description }),
    parameters: isStrict ? schema : plain,
    ...(isStrict !== undefined && { strict: isStrict }),
  };
  return flat ? { type: "function", ...definition } : { type: "function", function: definition };
}

/** Answers one call, whatever happens in it; throws for the run's abort only. */
export async function answerCall(
  call: ModelCall,
  tools: ReadonlyMap<string, AnyTool>,
  settings: CallSettings,
): Promise<CallOutcome> {
  settings.signal.throwIfAborted();
  const tool = tools.get(call.name);
  if (!tool) return refused(`There is no such tool. There are: ${[...tools.keys()].join(", ")}.`);
  const trace = traced(() => settings.trace?.tool?.({ ...call, description: tool.description }));
  const begin = () => answer(call, tool, settings);
  return trace ? observed(trace, begin) : begin();
}

/** Does the work inside its trace; a trace that fails to begin it doesn't hold it up. */
async function observed(trace: ToolTrace, begin: () => Promise<CallOutcome>): Promise<CallOutcome> {
  let outcome: Promise<CallOutcome> | undefined;
  const start = () => {
    outcome ??= begin();
  };
  traced(() => trace.run?.(start));
  start();
  try {
    const done = await outcome!;
    traced(() => trace.end(done));
    return done;
  } catch (error) {
    traced(() => trace.end({ output: "", error }));
    throw error;
  }
}

async function answer(
  call: ModelCall,
  tool: AnyTool,
  { signal, toolTimeoutMs, describeError = describe }: CallSettings,
): Promise<CallOutcome> {
  let args: unknown;
  try {
    args = JSON.parse(call.arguments || "{}");
  } catch {
    return refused("The arguments are not JSON.");
  }
  const controller = new AbortController();
  const onAbort = () => controller.abort(signal.reason);
  signal.addEventListener("abort", onAbort);
  const ms = tool.timeoutMs ?? toolTimeoutMs;
  const timer =
    ms === Infinity
      ? undefined
      : setTimeout(() => controller.abort(new Error(`The tool took longer than ${ms} ms.`)), ms);
  try {
    return await abortable(
      work(tool, args, { signal: controller.signal, callId: call.callId }),
      controller.signal,
    );
  } catch (error) {
    signal.throwIfAborted();
    return { output: describeError(error, call), error };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

/** What calls of one run have in common. */
export interface CallSettings {
  signal: AbortSignal;
  toolTimeoutMs: number;
  describeError?: DescribeError | undefined;
  /** Observes each run of a tool. */
  trace?: StartTrace | undefined;
}

async function work(tool: AnyTool, args: unknown, context: ToolContext): Promise<CallOutcome> {
  if (tool.parameters) {
    const { issues, value } = (await check(tool.parameters, args)) as { issues?: []; value?: unknown };
    if (issues) return refused(`The arguments are wrong. ${describeIssues(issues)}`);
    args = value;
  }
  if (typeof args !== "object" || args === null) return refused("The arguments are not an object.");
  const result = await tool.execute(args as never, context);
  return { output: typeof result === "string" ? result : (JSON.stringify(result) ?? "done") };
}

/** The model's own mistake, told to it. */
function refused(message: string): CallOutcome {
  const error = new TypeError(message.slice(0, MAX_MESSAGE));
  return { output: describe(error), error };
}

/** Message only: a stack says nothing to a model, and much to whoever talks to it. */
function describe(error: unknown): string {
  const [message = ""] = error instanceof Error ? error.message.split(/\n\s+at /) : [];
  return `Error: ${message.slice(0, MAX_MESSAGE) || "the tool failed."}`;
}
