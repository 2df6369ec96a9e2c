// One leg of a run: from the queue to the next thing that somebody else must do, or to the end. What it says and which
// tools it calls comes from the same answering machine as chat completions; here it becomes steps.

import { findAgent } from "./agents.ts";
import { type Completion, complete, usageOf } from "./chat.ts";
import { findDeployment } from "./deployments.ts";
import type { Exchange } from "./exchange.ts";
import { isObject, type JsonObject } from "./json.ts";
import type { Deployment } from "./options.ts";
import { hashText } from "./random.ts";
import type { ChatRequest, ToolCall } from "./request.ts";
import { type FinalStatus, faultOf, type Run, usageOfRun } from "./run.ts";
import { chatRequest, connectedOf, fitted, plain, toolMessages } from "./run-conversation.ts";
import {
  type Citation,
  citedAnswer,
  connectedCall,
  type HostedCall,
  interpret,
  isAboutFiles,
  searchFiles,
  toolOf,
} from "./run-tools.ts";
import { annotated, textOf, withWords } from "./run-words.ts";
import { childId } from "./state.ts";
import type { Thread } from "./threads.ts";
import { countPrompt, countTokens } from "./tokens.ts";

export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

/** What a stream says at once; an annotation belongs to the piece that it marks. */
export interface Piece {
  readonly text: string;
  readonly annotation?: JsonObject;
}

export type PlannedStep = { readonly stepId: string; readonly usage: Usage } & (
  | {
      readonly type: "message";
      readonly messageId: string;
      readonly pieces: readonly Piece[];
    }
  | { readonly type: "functions"; readonly calls: readonly ToolCall[] }
  | { readonly type: "hosted"; readonly hosted: HostedCall }
);

export interface Leg {
  readonly steps: readonly PlannedStep[];
  readonly end: "requires_action" | FinalStatus;
  readonly error?: { readonly code: string; readonly message: string };
  readonly incompleteReason?: string;
}

const RUNNABLE = ["function", "file_search", "code_interpreter", "connected_agent"];

export function planLeg(exchange: Exchange, thread: Thread, run: Run): Leg {
  const { settings } = run;
  const deployment = findDeployment(exchange, settings.model);
  if (deployment === undefined || !deployment.tasks.includes("chat")) {
    return failed("invalid_engine_error", `Failed to resolve model info for: ${settings.model}`);
  }
  const { toolChoice } = settings;
  if (typeof toolChoice === "object" && !RUNNABLE.includes(toolChoice.type)) {
    return failed(UNSUPPORTED, `The emulator does not run tools of type '${toolChoice.type}'.`);
  }
  const spent = usageOfRun(run);
  const request = fitted(chatRequest(exchange, thread, run), settings, spent.prompt_tokens);
  if (request === undefined) return { steps: [], end: "incomplete", incompleteReason: "max_prompt_tokens" };
  const left = (settings.maxCompletionTokens ?? Number.POSITIVE_INFINITY) - spent.completion_tokens;
  return new Planner(exchange, thread, run, deployment, request, left).plan();
}

const UNSUPPORTED = "emulator_unsupported_tool";

function failed(code: string, message: string): Leg {
  return { steps: [], end: "failed", error: { code, message } };
}

const ONE_AT_A_TIME = /\bone (?:at a time|after (?:the other|another)|by one)\b/i;
const ECHO = /^\s*(?:please\s+)?(?:echo|repeat|say)\b/i;

class Planner {
  private readonly steps: PlannedStep[] = [];
  private readonly exchange: Exchange;
  private readonly thread: Thread;
  private readonly run: Run;
  private readonly deployment: Required<Deployment>;
  private readonly request: ChatRequest;
  /** Completion tokens that may still be spent. */
  private left: number;

  constructor(
    exchange: Exchange,
    thread: Thread,
    run: Run,
    deployment: Required<Deployment>,
    request: ChatRequest,
    left: number,
  ) {
    this.exchange = exchange;
    this.thread = thread;
    this.run = run;
    this.deployment = deployment;
    this.request = request;
    this.left = left;
  }

  plan(): Leg {
    if (this.run.legs === 0 && faultOf(this.run).noCalls) return this.callFunctions([]);
    const names = new Set(connectedOf(this.run.settings).map(({ name }) => name));
    const wanted = this.wantedCalls();
    const others = this.run.legs === 0 ? wanted.filter(({ name }) => names.has(name)) : [];
    for (const call of others) this.askOther(call);
    const functions = this.inTurn(wanted.filter(({ name }) => !names.has(name)));
    if (functions.length > 0) {
      const tokens = functions.reduce((sum, call) => sum + countTokens(call.arguments), 0);
      return tokens > this.left ? this.outOfTokens() : this.callFunctions(functions);
    }
    if (this.run.legs > 0 || others.length > 0) return this.speak();
    return this.answer();
  }

  private id(prefix: string): string {
    return childId(prefix, this.run.id, this.run.legs * 1000 + this.steps.length);
  }

  private usage(written: number): Usage {
    const prompt_tokens = countPrompt(this.request);
    this.left -= written;
    return { prompt_tokens, completion_tokens: written, total_tokens: prompt_tokens + written };
  }

  private outOfTokens(): Leg {
    return { steps: this.steps, end: "incomplete", incompleteReason: "max_completion_tokens" };
  }

  private wantedCalls(): readonly ToolCall[] {
    const { run, request } = this;
    // An answer may be long, and is not wanted here.
    if (request.tools.length === 0 || request.toolChoice === "none") return [];
    const { parts } = this.complete(request).choices[0] ?? { parts: [] };
    return parts.flatMap((part, index) => {
      const id = childId("call_", run.id, run.legs * 100 + index);
      return part.kind === "tool_call" ? [{ id, name: part.name, arguments: part.pieces.join("") }] : [];
    });
  }

  /** All at once, or one in each leg where that is asked for. */
  private inTurn(wanted: readonly ToolCall[]): readonly ToolCall[] {
    const { legs, settings } = this.run;
    const { rounds = 1 } = faultOf(this.run);
    const together = settings.parallel && !ONE_AT_A_TIME.test(settings.instructions);
    if (together) return legs < rounds ? wanted : [];
    const turn = legs % Math.max(1, wanted.length);
    return legs < wanted.length * rounds ? wanted.slice(turn, turn + 1) : [];
  }

  private complete(request: ChatRequest): Completion {
    const { dialect, settings } = this.exchange;
    const sequence = hashText(`${this.run.id} ${this.run.legs}`);
    return complete(request, {
      dialect,
      deployment: this.deployment,
      seed: settings.seed,
      sequence,
      now: settings.clock(),
    });
  }

  private callFunctions(calls: readonly ToolCall[]): Leg {
    const written = calls.reduce(
      (sum, call) => sum + countTokens(call.name) + countTokens(call.arguments),
      0,
    );
    this.steps.push({ type: "functions", stepId: this.id("step_"), usage: this.usage(written), calls });
    return { steps: this.steps, end: "requires_action" };
  }

  private host(hosted: HostedCall): void {
    const usage = this.usage(countTokens(hosted.written));
    this.steps.push({ type: "hosted", stepId: this.id("step_"), usage, hosted });
  }

  /** Another agent answers in one go, with the model and instructions that it has, and calls nobody. */
  private askOther({ id, name, arguments: args }: ToolCall): void {
    const { exchange, run } = this;
    const other = run.settings.tools.find(
      ({ connected_agent: known }) => isObject(known) && known.name === name,
    )?.connected_agent as JsonObject;
    const agent = findAgent(exchange, other.id)?.object;
    const deployment = agent === undefined ? undefined : findDeployment(exchange, agent.model);
    let output = `No assistant found with id '${String(other.id)}'.`;
    if (agent !== undefined && deployment !== undefined) {
      const question = this.request.messages.findLast(({ role }) => role === "user")?.text ?? "";
      const messages = [plain("user", question)];
      if (agent.instructions !== null) messages.unshift(plain("system", agent.instructions));
      const request: ChatRequest = {
        ...this.request,
        messages,
        tools: [],
        toolChoice: "none",
        responseFormat: { type: "text" },
      };
      const { settings, dialect } = exchange;
      const context = {
        dialect,
        deployment,
        seed: settings.seed,
        sequence: hashText(id),
        now: settings.clock(),
      };
      output = textOf(complete(request, context)).join("");
    }
    this.host(connectedCall(id, { name, args, output }));
  }

  private answer(): Leg {
    const { exchange, thread, run, request } = this;
    const { settings } = run;
    const question = request.messages.findLast(({ role }) => role === "user")?.text.trim() ?? "";
    const may = (type: string): boolean =>
      typeof settings.toolChoice === "object"
        ? settings.toolChoice.type === type
        : settings.toolChoice !== "none";
    const mustSearch = may("file_search") && typeof settings.toolChoice === "object";
    if (may("code_interpreter") && toolOf(settings, "code_interpreter") !== undefined) {
      const worked = interpret(question, this.id("call_"));
      if (worked !== undefined) {
        this.host(worked);
        return this.speak();
      }
      if (typeof settings.toolChoice === "object") {
        return failed(UNSUPPORTED, "The emulator runs no code but sums, and the question is not a sum.");
      }
    }
    if (may("file_search") && question !== "" && (mustSearch || !ECHO.test(question))) {
      const query = question;
      const searched = searchFiles(exchange, { settings, thread, query, id: this.id("call_") });
      if (searched !== undefined) {
        this.host(searched);
        if (settings.format.type === "text" && isAboutFiles(question, searched.results)) {
          const { pieces, citations } = citedAnswer(question, searched.results);
          return this.speak(pieces, citations);
        }
      }
    }
    return this.speak();
  }

  /** The message, in the words given or in the model's own. */
  private speak(words?: readonly string[], citations: readonly Citation[] = []): Leg {
    if (this.left <= 0) return this.outOfTokens();
    const results = toolMessages(this.run, this.steps);
    const asked: ChatRequest = {
      ...this.request,
      messages: [...this.request.messages, ...results],
      toolChoice: "none",
      ...(Number.isFinite(this.left) && { maxTokens: this.left }),
    };
    const plainly = this.complete(asked);
    const { scenario } = this.run;
    const own = words === undefined ? plainly : withWords(plainly, words, this.left);
    const completion = scenario?.scenario.compose?.(scenario.call, own) ?? own;
    const { prompt_tokens, completion_tokens, total_tokens } = usageOf(completion);
    const pieces = annotated(textOf(completion), citations);
    this.steps.push({
      type: "message",
      stepId: this.id("step_"),
      messageId: this.id("msg_"),
      usage: { prompt_tokens, completion_tokens, total_tokens },
      pieces,
    });
    return { steps: this.steps, ...endOf(completion, this.run) };
  }
}

function endOf(completion: Completion, run: Run): Omit<Leg, "steps"> {
  const { errorCode = "server_error", incomplete } = faultOf(run);
  const message = "The model failed while it was answering. (The emulator was asked to.)";
  if (completion.failed) return { end: "failed", error: { code: errorCode, message } };
  if (incomplete !== undefined) return { end: "incomplete", incompleteReason: incomplete };
  const finish = completion.choices[0]?.finish;
  if (finish === "content_filter") return { end: "incomplete", incompleteReason: "content_filter" };
  if (finish === "length") return { end: "incomplete", incompleteReason: "max_completion_tokens" };
  return { end: "completed" };
}
