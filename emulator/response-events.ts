// A response as its event stream: every event in the service's order, numbered. Lazy, and the same every time, so that
// a stream can be taken up again from any number.

import type { Exchange } from "./exchange.ts";
import type { JsonObject } from "./json.ts";
import type { Event, EventForm } from "./send.ts";
import {
  contentPart,
  finalStatus,
  logprobOf,
  openedItem,
  type Plan,
  responseObject,
  type StoredResponse,
  saidItem,
} from "./stored-response.ts";

export const RESPONSE_EVENT_FORM: EventForm = {
  named: true,
  last: (type) => /^response\.(?:completed|incomplete|failed)$/.test(type),
  tokens: (type) => type.endsWith(".delta"),
};

export function* responseEvents(
  exchange: Exchange,
  stored: StoredResponse,
  after = -1,
): Generator<Event, void> {
  let sequence = 0;
  for (const event of plainEvents(exchange, stored)) {
    const { type, ...members } = event;
    const numbered = { type, sequence_number: sequence++, ...members };
    if (numbered.sequence_number > after) yield numbered;
  }
}

function* plainEvents(exchange: Exchange, stored: StoredResponse): Generator<Event, void> {
  const { plans, completion, request } = stored;
  const opening = request.background ? "queued" : "in_progress";
  yield { type: "response.created", response: responseObject(exchange, stored, opening) };
  if (request.background)
    yield { type: "response.queued", response: responseObject(exchange, stored, opening) };
  yield { type: "response.in_progress", response: responseObject(exchange, stored, "in_progress") };
  const status = finalStatus(completion);
  for (const [index, plan] of plans.entries()) {
    const isLast = index === plans.length - 1;
    yield { type: "response.output_item.added", output_index: index, item: openedItem(plan) };
    yield* planEvents(plan, index, request.logprobs, isLast && status === "failed");
    if (isLast && status === "failed") break;
    const itemStatus = isLast && status === "incomplete" ? "incomplete" : "completed";
    const item = saidItem(plan, itemStatus, request.logprobs);
    yield { type: "response.output_item.done", output_index: index, item };
  }
  yield { type: `response.${status}`, response: responseObject(exchange, stored, status) };
}

/** `breaksOff`: the deltas, and nothing that says they are all. */
function* planEvents(
  plan: Plan,
  output_index: number,
  withLogprobs: boolean,
  breaksOff: boolean,
): Generator<Event, void> {
  const text = plan.pieces.join("");
  const at = { item_id: plan.id, output_index };
  switch (plan.type) {
    case "reasoning": {
      if (text === "") return;
      const part = { ...at, summary_index: 0 };
      const summary = (said: string): JsonObject => ({ type: "summary_text", text: said });
      yield { type: "response.reasoning_summary_part.added", ...part, part: summary("") };
      for (const delta of plan.pieces)
        yield { type: "response.reasoning_summary_text.delta", ...part, delta };
      yield { type: "response.reasoning_summary_text.done", ...part, text };
      yield { type: "response.reasoning_summary_part.done", ...part, part: summary(text) };
      return;
    }
    case "function_call":
      for (const delta of plan.pieces) yield { type: "response.function_call_arguments.delta", ...at, delta };
      if (breaksOff) return;
      yield { type: "response.function_call_arguments.done", ...at, name: plan.name, arguments: text };
      return;
    case "message": {
      const part = { ...at, content_index: 0 };
      const isText = plan.part === "output_text";
      yield { type: "response.content_part.added", ...part, part: contentPart(plan, "", withLogprobs) };
      for (const delta of plan.pieces) {
        const logprobs = withLogprobs ? [logprobOf(delta)] : [];
        yield { type: `response.${plan.part}.delta`, ...part, delta, ...(isText && { logprobs }) };
      }
      if (breaksOff) return;
      const logprobs = withLogprobs ? plan.pieces.map(logprobOf) : [];
      yield isText
        ? { type: "response.output_text.done", ...part, text, logprobs }
        : { type: "response.refusal.done", ...part, refusal: text };
      yield { type: "response.content_part.done", ...part, part: contentPart(plan, text, withLogprobs) };
    }
  }
}
