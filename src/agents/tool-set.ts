/** The tools of an agent together: what the service is told of them, and the answers to calls of those that are functions. */
import type { StartTrace } from "../http/trace.ts";
import { answerCalls, type ToolCallResult } from "../tools/calls.ts";
import { type AnyTool, define, isTime } from "../tools/tool.ts";
import type { HostedAgentTool } from "./hosted-tools.ts";
import type { RequiredFunctionCall, ToolOutput } from "./run-types.ts";
import type { FunctionToolDefinition, ToolDefinition, ToolResources } from "./tool-types.ts";

/** A function of this program ({@link functionTool}), or a tool that the service runs. */
export type AgentTool = AnyTool | HostedAgentTool;

/**
 * Types a function: its arguments are what its schema lets through. The same as `tool` of `latchkey/tools`.
 */
export { tool as functionTool } from "../tools/tool.ts";

/** How calls are answered. */
export interface ExecuteOptions {
  /** Aborts the functions at work; then the answering is thrown its reason. */
  signal?: AbortSignal | undefined;
  /** How long a function may take, in milliseconds; then the model is told so. Default 60 000. */
  toolTimeoutMs?: number | undefined;
  /** Most functions at work at once. Default 8. */
  maxParallel?: number | undefined;
  /** Observes each run of a function. */
  trace?: StartTrace | undefined;
}

/**
 * Tools for an agent: functions by their names, and one hosted tool of each type (its maker takes several agents, APIs or
 * servers).
 *
 * @example
 * ```ts
 * import { AgentsClient, codeInterpreterTool, functionTool, ToolSet } from "latchkey/projects";
 *
 * const agents = new AgentsClient("https://example.services.ai.azure.com/api/projects/p", async () => "a token");
 * const time = functionTool({ name: "get_time", description: "The time now.", execute: () => new Date().toISOString() });
 * const toolSet = new ToolSet([time, codeInterpreterTool()]);
 * const agent = await agents.createAgent({ model: "gpt-4.1" }, { toolSet });
 * const thread = await agents.createThread({ messages: [{ role: "user", content: "What time is it?" }] });
 * const run = await agents.createAndProcessRun(thread.id, { assistant_id: agent.id });
 * console.log(run.status);
 * ```
 */
export class ToolSet {
  readonly #functions = new Map<string, AnyTool>();
  readonly #hosted = new Map<string, HostedAgentTool>();

  constructor(tools: AgentTool | readonly AgentTool[] = []) {
    this.add(tools);
  }

  /**
   * Adds tools.
   *
   * @throws {TypeError} for a second tool of one type, a second function of one name, and for what is no tool.
   */
  add(tools: AgentTool | readonly AgentTool[]): this {
    for (const tool of [tools].flat() as AgentTool[]) {
      if (typeof (tool as AnyTool)?.execute === "function") {
        const { name } = tool as AnyTool;
        define(tool as AnyTool, false);
        if (this.#functions.has(name)) throw new TypeError(`There is a function named ${name} already.`);
        this.#functions.set(name, tool as AnyTool);
        continue;
      }
      const type = (tool as HostedAgentTool)?.definitions?.[0]?.type;
      if (!type) throw new TypeError("A tool must be a function with execute, or made by one of the makers.");
      if (this.#hosted.has(type)) throw new TypeError(`There is a tool of type ${type} already.`);
      this.#hosted.set(type, tool as HostedAgentTool);
    }
    return this;
  }

  /** What the service is told: `tools` of an agent or a run. */
  get definitions(): ToolDefinition[] {
    return [
      ...[...this.#functions.values()].map((tool) => define(tool, false) as FunctionToolDefinition),
      ...[...this.#hosted.values()].flatMap(({ definitions }) => definitions),
    ];
  }

  /** What the tools work on: `tool_resources` of an agent. */
  get resources(): ToolResources {
    return Object.assign({}, ...[...this.#hosted.values()].map(({ resources }) => resources));
  }

  /**
   * Answers calls, those of functions only, some at once, in their order. A failure is an answer, too: `{"error": "…"}` with
   * the function's name and the message, for the model may do better. So are a name that isn't there, arguments that
   * aren't JSON or not what the schema asks for, and a function that takes too long.
   *
   * @throws the signal's reason when it aborts; {@link TypeError} for an option that is wrong.
   */
  async execute(
    calls: readonly RequiredFunctionCall[],
    {
      signal = new AbortController().signal,
      toolTimeoutMs = 60_000,
      maxParallel = 8,
      trace,
    }: ExecuteOptions = {},
  ): Promise<ToolOutput[]> {
    if (!isTime(toolTimeoutMs)) throw new TypeError("toolTimeoutMs must be a time above 0.");
    if (!(Number.isSafeInteger(maxParallel) && maxParallel > 0))
      throw new TypeError("maxParallel must be a whole number above 0.");
    const functions = calls.filter(({ type }) => type === "function");
    const asked = functions.map(({ id, function: { name, arguments: json } }) => ({
      callId: id,
      name,
      arguments: json,
    }));
    const outcomes: ToolCallResult[] = [];
    const settings = { signal, toolTimeoutMs, maxParallel, trace };
    for await (const _event of answerCalls(asked, this.#functions, settings, 1, outcomes));
    return outcomes.map((outcome) => ({
      tool_call_id: outcome.callId,
      // What was thrown may be nothing.
      output: "error" in outcome ? failureOf(outcome.name, outcome.output) : outcome.output,
    }));
  }
}

/** What the model is told of a failure. */
function failureOf(name: string, message: string): string {
  return JSON.stringify({ error: `The function ${name} failed: ${message.replace(/^Error: /, "")}` });
}

/** Whether an output tells an error: of the function's own making, or of ours. */
export function isFailure({ output }: ToolOutput): boolean {
  try {
    const value: unknown = JSON.parse(output ?? "");
    return typeof value === "object" && value !== null && Object.hasOwn(value, "error");
  } catch {
    return false;
  }
}
