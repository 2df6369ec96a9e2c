// A run as it is kept, and what can be said of it at any moment. How it gets from one status to the next is in
// run-life.ts.

import type { Exchange } from "./exchange.ts";
import type { ToolCall } from "./request.ts";
import type { Leg, Piece, PlannedStep, Usage } from "./run-leg.ts";
import type { RunSettings } from "./run-request.ts";
import type { RunFault } from "./scenario.ts";
import type { Progress } from "./state.ts";

const FINAL = ["completed", "incomplete", "failed", "cancelled", "expired"] as const;
export type FinalStatus = (typeof FINAL)[number];
export type RunStatus = "queued" | "in_progress" | "requires_action" | "cancelling" | FinalStatus;
export type StepStatus = "in_progress" | "completed" | "failed" | "cancelled" | "expired";

export interface Step {
  readonly id: string;
  readonly createdAt: number;
  readonly plan: PlannedStep;
  status: StepStatus;
  endedAt: number | null;
  /** Outputs of its function calls, by their ids. */
  readonly outputs: Map<string, string>;
  /** How many pieces of its message a stream has told. */
  told: number;
}

export interface Run {
  readonly id: string;
  readonly threadId: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly settings: RunSettings;
  metadata: unknown;
  status: RunStatus;
  /** Of what is being waited for: the leg, the outputs or the end of cancelling. */
  progress: Progress;
  /** Of the request that the current leg began with. */
  scenario: Exchange["scenario"];
  leg: Leg | undefined;
  /** How many legs have begun; every submission of outputs is followed by another. */
  legs: number;
  readonly steps: Step[];
  startedAt: number | null;
  endedAt: number | null;
  error: { readonly code: string; readonly message: string } | null;
  incompleteReason: string | null;
}

export const EXPIRES_AFTER_SECONDS = 600;

export function isFinal(status: RunStatus): status is FinalStatus {
  return (FINAL as readonly string[]).includes(status);
}

export function faultOf({ scenario }: Pick<Run, "scenario">): RunFault {
  return scenario?.scenario.run?.(scenario.call) ?? {};
}

/** What was cut off from outside has been said as far as a stream has told it; what the model ends itself is whole. */
export function saidPieces({ plan, status, told }: Step): readonly Piece[] {
  if (plan.type !== "message") return [];
  return status === "cancelled" || status === "expired" ? plan.pieces.slice(0, told) : plan.pieces;
}

export function usageOfStep(step: Step): Usage {
  const { plan, status } = step;
  if (plan.type !== "message" || (status !== "cancelled" && status !== "expired")) return plan.usage;
  const { prompt_tokens } = plan.usage;
  const completion_tokens = saidPieces(step).length;
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}

/** The calls that wait for outputs. */
export function awaitedCalls(run: Run): readonly ToolCall[] {
  const plan = run.steps.at(-1)?.plan;
  return plan?.type === "functions" ? plan.calls : [];
}

export function usageOfRun({ steps }: Run): Usage {
  return steps.map(usageOfStep).reduce(sum, { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 });
}

function sum(a: Usage, b: Usage): Usage {
  return {
    prompt_tokens: a.prompt_tokens + b.prompt_tokens,
    completion_tokens: a.completion_tokens + b.completion_tokens,
    total_tokens: a.total_tokens + b.total_tokens,
  };
}
