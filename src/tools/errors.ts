/**
 * An answer that came as the contract says and still can't be used: refused, cut, filtered, not what the schema
 * asks for, or a conversation that never ends. Faults on the way are the errors of `http/errors.ts`.
 */
import { type ErrorDetails, hide, LatchkeyError } from "../http/errors.ts";
import type { SchemaIssue } from "./schema.ts";

/** Why an answer can't be used. */
export type OutputReason =
  /** The model refused to answer; `refusal` is what it said. */
  | "refusal"
  /** The answer was cut at its longest length; ask for more tokens. */
  | "length"
  /** The service's content filter cut the answer. */
  | "content_filter"
  /** The answer isn't JSON. */
  | "json"
  /** The answer is JSON, but not what the schema asks for; `issues` says where. */
  | "schema"
  /** The model went on calling tools after `maxSteps` answers. */
  | "steps";

const MESSAGES: Record<OutputReason, string> = {
  refusal: "The model refused to answer; see refusal.",
  length: "The answer was cut at its longest length; allow more tokens.",
  content_filter: "The content filter cut the answer.",
  json: "The answer isn't JSON.",
  schema: "The answer isn't what the schema asks for",
  steps: "The model calls tools without an end; see maxSteps.",
};

/** What an {@link OutputError} carries besides its reason. */
export interface OutputDetails extends ErrorDetails {
  refusal?: string | undefined;
  issues?: readonly SchemaIssue[] | undefined;
  /** What had come. */
  partial?: unknown;
}

/**
 * The model's answer can't be used; `reason` says why. The message holds nothing that the model said: `refusal`,
 * `issues` and `partial` do, and are not enumerable.
 */
export class OutputError extends LatchkeyError {
  override readonly name = "OutputError";
  readonly kind = "output";
  readonly reason: OutputReason;
  /** What the model said when it refused. */
  declare readonly refusal: string | undefined;
  /** What the schema has against the answer. */
  declare readonly issues: readonly SchemaIssue[] | undefined;

  constructor(reason: OutputReason, details: OutputDetails = {}) {
    const { issues, refusal, partial } = details;
    super(MESSAGES[reason] + (issues ? ` (${issues.length} issues).` : ""), details);
    this.reason = reason;
    hide(this, "refusal", refusal);
    hide(this, "issues", issues);
    hide(this, "partial", partial);
  }
}
