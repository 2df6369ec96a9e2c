/** Calls and runs of tools -> spans: started, told what came, ended. What they say is in `attributes.ts` and `content.ts`. */
import type { Span, Tracer } from "@opentelemetry/api";
import type { Operation } from "../http/request.ts";
import type { StartTrace, ToolTrace, Trace, TracedTool, TraceEnd } from "../http/trace.ts";
import {
  type Attributes,
  errorType,
  identity,
  requestAttributes,
  responseAttributes,
  spanName,
  textOf,
} from "./attributes.ts";
import { answerContent, answerEvents, requestContent, requestEvents, type SpanEvent } from "./content.ts";
import type { Metrics } from "./metrics.ts";
import type { Conventions } from "./options.ts";
import type { Api } from "./peers.ts";
import { membersOf, type Subject, subjectOf } from "./subject.ts";

/** What spans are made with. */
export interface Tracing {
  api: Api;
  tracer: Tracer;
  metrics: Metrics;
  conventions: Conventions;
  recordContent: boolean;
  propagate: boolean;
  /** Whether it has been shut down. */
  isOver(): boolean;
}

/** Makes what clients and the tool loop call. */
export function startTrace(tracing: Tracing): StartTrace {
  const start = (operation: Readonly<Operation>): Trace | undefined => {
    if (tracing.isOver()) return undefined;
    const subject = subjectOf(operation);
    if (subject) return traceCall(tracing, subject, operation.stream);
    const headers = contextHeaders(tracing, tracing.api.trace.getActiveSpan());
    return headers && { headers, end() {} };
  };
  const tool = (given: TracedTool) => (tracing.isOver() ? undefined : traceTool(tracing, given));
  return Object.assign(start, { tool });
}

function traceCall(tracing: Tracing, subject: Subject, stream: boolean): Trace {
  const { api, conventions } = tracing;
  const parent = api.context.active();
  const startTime = Date.now();
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  const begin = (): Span => {
    const attributes = requestAttributes(subject, conventions, stream, tracing.recordContent);
    const options = { kind: api.SpanKind.CLIENT, attributes, startTime };
    const span = tracing.tracer.startSpan(spanName(subject, conventions), options, parent);
    if (span.isRecording()) tellRequest(tracing, span, subject);
    return span;
  };
  // Whether a run is done is asked again and again: only the question that finds it over, or fails, leaves a span.
  const span = subject.kind === "get_thread_run" ? undefined : begin();
  const headers = contextHeaders(tracing, span ?? api.trace.getSpan(parent));
  let first: number | undefined;
  return {
    ...(headers && { headers }),
    ...(stream && {
      onFirst() {
        first = elapsed();
      },
    }),
    end(outcome) {
      if (!span && outcome.error === undefined && isUnderWay(outcome.result)) return;
      endCall(tracing, subject, span ?? begin(), outcome, { seconds: elapsed(), first });
    },
  };
}

interface Times {
  seconds: number;
  first: number | undefined;
}

function endCall(tracing: Tracing, subject: Subject, span: Span, outcome: TraceEnd, times: Times): void {
  const { conventions } = tracing;
  const said = responseAttributes(subject, outcome, conventions);
  if (span.isRecording()) {
    span.setAttributes(said);
    if (times.first !== undefined && conventions === "1.41")
      span.setAttribute("gen_ai.response.time_to_first_chunk", times.first);
    // A stream that failed has a part of its answer.
    tellAnswer(tracing, span, subject, outcome.result ?? membersOf(outcome.error).partial);
    fail(tracing, span, errorType(outcome), outcome.error);
  }
  span.end();
  measure(tracing, subject, said, errorType(outcome), times);
}

function isUnderWay(result: unknown): boolean {
  return /^(queued|in_progress|requires_action|cancelling)$/.test(`${membersOf(result).status}`);
}

function tellRequest({ conventions, recordContent }: Tracing, span: Span, subject: Subject): void {
  if (conventions === "1.30") addEvents(span, subject, requestEvents(subject, recordContent));
  else if (recordContent) span.setAttributes(requestContent(subject));
}

function tellAnswer({ conventions, recordContent }: Tracing, span: Span, subject: Subject, result: unknown) {
  if (conventions === "1.30") addEvents(span, subject, answerEvents(subject, result, recordContent));
  else if (recordContent) span.setAttributes(answerContent(subject, result));
}

function addEvents(span: Span, subject: Subject, events: SpanEvent[]): void {
  const { "gen_ai.system": system = "" } = identity(subject, "1.30");
  for (const { name, content } of events)
    span.addEvent(name, { "gen_ai.system": system, "gen_ai.event.content": JSON.stringify(content) });
}

/** The message of an error may repeat what was said, so it's content too; a stack is never told. */
function fail({ api, recordContent }: Tracing, span: Span, type: string | undefined, error: unknown): void {
  if (type === undefined) return;
  const { name, message } = membersOf(error);
  const told = recordContent && typeof message === "string" ? message : undefined;
  span.setAttribute("error.type", type);
  span.setStatus({ code: api.SpanStatusCode.ERROR, ...(told && { message: told }) });
  if (told) span.recordException({ name: `${name}`, message: told });
}

/** Kinds whose answer's usage is their own: that of a run is found on every question about it. */
const USES_TOKENS = /^(chat|text_completion|embeddings|process_thread_run|submit_tool_outputs)$/;

function measure(
  { metrics, conventions }: Tracing,
  subject: Subject,
  said: Attributes,
  type: string | undefined,
  { seconds, first }: Times,
): void {
  const { "gen_ai.response.model": model } = said;
  const shared: Attributes = {
    ...identity(subject, conventions),
    ...(model !== undefined && { "gen_ai.response.model": model }),
  };
  metrics.duration(seconds, { ...shared, ...(type && { "error.type": type }) });
  if (first !== undefined) metrics.firstChunk(first, shared);
  if (!USES_TOKENS.test(subject.kind)) return;
  for (const direction of ["input", "output"]) {
    const count = said[`gen_ai.usage.${direction}_tokens`];
    if (typeof count === "number") metrics.tokens(count, { ...shared, "gen_ai.token.type": direction });
  }
}

function traceTool(tracing: Tracing, given: TracedTool): ToolTrace {
  const { api, tracer, conventions, recordContent } = tracing;
  const isNew = conventions === "1.41";
  const parent = api.context.active();
  const span = tracer.startSpan(
    `execute_tool ${given.name}`,
    {
      kind: api.SpanKind.INTERNAL,
      attributes: {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": given.name,
        "gen_ai.tool.call.id": textOf(given.callId) ?? "",
        ...(isNew && { "gen_ai.tool.type": "function" }),
        ...(isNew && recordContent && toolContent(given)),
      },
    },
    parent,
  );
  const event = (name: string, content: object) =>
    span.addEvent(name, { "gen_ai.event.content": JSON.stringify(content) });
  if (!isNew && recordContent) {
    const { name, arguments: args } = given;
    const call = { id: given.callId, type: "function", function: { name, arguments: args } };
    event("gen_ai.assistant.message", { role: "assistant", tool_calls: [call] });
  }
  return {
    run: (work) => api.context.with(api.trace.setSpan(parent, span), work),
    end({ output, error }) {
      if (recordContent && isNew) span.setAttribute("gen_ai.tool.call.result", output);
      else if (recordContent)
        event("gen_ai.tool.message", { role: "tool", id: given.callId, content: output });
      fail(tracing, span, errorType({ error }), error);
      span.end();
    },
  };
}

function toolContent({ description, arguments: args }: TracedTool): Attributes {
  return {
    "gen_ai.tool.call.arguments": args,
    ...(description !== undefined && { "gen_ai.tool.description": description }),
  };
}

/** W3C trace context; none where there is nothing to belong to. */
function contextHeaders({ api, propagate }: Tracing, span: Span | undefined): Trace["headers"] | undefined {
  const context = span?.spanContext();
  if (!propagate || !context || !api.isSpanContextValid(context)) return undefined;
  const { traceId, spanId, traceFlags, traceState } = context;
  const flags = traceFlags.toString(16).padStart(2, "0");
  const state = traceState?.serialize();
  return { traceparent: `00-${traceId}-${spanId}-${flags}`, ...(state && { tracestate: state }) };
}
