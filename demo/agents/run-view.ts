// A run as the page shows it: what its steps did, and what its answer cites. Pure: events of the client -> values.

import type { AgentRunState, MessageAnnotation, RunStep, RunStepCall } from "latchkey/projects";
import { t } from "../i18n.ts";

export interface CallView {
  readonly id: string;
  /** What a reader calls it. */
  readonly title: string;
  readonly input: string;
  readonly output: string;
}

export interface StepView {
  readonly id: string;
  readonly status: RunStep["status"];
  readonly calls: readonly CallView[];
}

export interface Citation {
  /** What stands for it in the text as the service writes it. */
  readonly mark: string;
  readonly number: number;
  readonly fileId: string | null;
  /** As it was sent; whether it may be a link is decided where it's shown. */
  readonly url: string | null;
  readonly title: string | null;
  readonly quote: string;
}

/** Longest text of an input or output that is shown. */
const MAX_CHARS = 4_000;
const MAX_QUOTE_CHARS = 600;

/** The steps that called tools. Writing the message is one too, but what it did is the answer. */
export function stepsOf({ steps }: Pick<AgentRunState, "steps">): readonly StepView[] {
  return steps.flatMap(({ id, status, step_details }) =>
    step_details?.type === "tool_calls"
      ? [{ id, status, calls: (step_details.tool_calls ?? []).map(viewOf) }]
      : [],
  );
}

function viewOf(call: RunStepCall, index: number): CallView {
  const id = call.id ?? String(index);
  if (call.type === "function") {
    const { name = "", arguments: input = "", output } = call.function ?? {};
    return { id, title: name, input: bounded(input), output: bounded(output ?? "") };
  }
  if (call.type === "code_interpreter") {
    const { input = "", outputs = [] } = call.code_interpreter ?? {};
    const logs = outputs.map((output) => (output.type === "logs" ? (output.logs ?? "") : "[image]"));
    return { id, title: t("Code interpreter"), input: bounded(input), output: bounded(logs.join("\n")) };
  }
  if (call.type === "file_search") {
    const found = (call.file_search?.results ?? []).map(
      ({ file_name, score }) => `${file_name} (${Math.round(score * 100)} %)`,
    );
    return { id, title: t("File search"), input: "", output: bounded(found.join("\n")) };
  }
  const { id: _, type, ...rest } = call;
  return { id, title: type.replaceAll("_", " "), input: "", output: bounded(JSON.stringify(rest)) };
}

function bounded(text: string): string {
  return text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS)}…` : text;
}

/** The sources of all messages of a run, each mark once, numbered in the order in which they are cited. */
export function citationsOf({ messages, steps }: AgentRunState): readonly Citation[] {
  const names = fileNames(steps);
  const found = new Map<string, Citation>();
  for (const { content } of messages) {
    for (const part of Array.isArray(content) ? content : []) {
      if (part.type !== "text") continue;
      for (const annotation of part.text?.annotations ?? []) {
        const citation = citationOf(annotation, found.size + 1, names);
        if (citation && !found.has(citation.mark)) found.set(citation.mark, citation);
      }
    }
  }
  return [...found.values()];
}

function citationOf(
  annotation: MessageAnnotation,
  number: number,
  names: ReadonlyMap<string, string>,
): Citation | null {
  const { text: mark } = annotation;
  if (!mark) return null;
  if (annotation.type === "url_citation") {
    const { url, title } = annotation.url_citation ?? {};
    return { mark, number, fileId: null, url: url ?? null, title: title ?? url ?? null, quote: "" };
  }
  const file = annotation.type === "file_citation" ? annotation.file_citation : annotation.file_path;
  const fileId = file?.file_id ?? null;
  const quote = annotation.type === "file_citation" ? (annotation.file_citation?.quote ?? "") : "";
  const title = names.get(fileId ?? "") ?? null;
  return { mark, number, fileId, url: null, title, quote: quote.slice(0, MAX_QUOTE_CHARS) };
}

/** The search tells the names of the files that it found. */
function fileNames(steps: readonly RunStep[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { step_details } of steps) {
    if (step_details?.type !== "tool_calls") continue;
    for (const call of step_details.tool_calls ?? []) {
      if (call.type !== "file_search") continue;
      for (const { file_id, file_name } of call.file_search?.results ?? []) names.set(file_id, file_name);
    }
  }
  return names;
}

/** The text with numbers in place of the service's marks. */
export function withNumbers(text: string, citations: readonly Citation[]): string {
  const numbers = new Map(citations.map(({ mark, number }) => [mark, ` [${number}]`]));
  // All at once, longer ones first: a mark may be a part of another one, or of what stands for it.
  const marks = [...numbers.keys()].sort((one, other) => other.length - one.length);
  const any = marks.map((mark) => mark.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|");
  return any === "" ? text : text.replace(new RegExp(any, "g"), (mark) => numbers.get(mark) ?? mark);
}
