// Metrics of an evaluation: counted from the rows where there are rows, else numbers that look like an evaluator's and
// are the same each time. No model judges anything here: what a judge would say of meaning is said of shared words.

import { isObject, type JsonObject } from "./json.ts";
import { termsOf } from "./passages.ts";
import { hashText } from "./random.ts";

export interface Evaluator {
  readonly name: string;
  readonly id: string;
  /** Name of an input -> a template such as `${data.query}`. */
  readonly dataMapping: Readonly<Record<string, string>>;
}

export type Metrics =
  | { readonly ok: true; readonly values: Readonly<Record<string, number>> }
  | { readonly ok: false; readonly message: string };

const MAX_ROWS = 1_000;
/** Enough to look real; more would hold everybody else up. */
const MAX_CHARS = 1_000_000;
const MAX_TEXT = 10_000;

/** `undefined` where the line is no JSON object. */
export function readRows(text: string): readonly JsonObject[] | undefined {
  const rows: JsonObject[] = [];
  let chars = 0;
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    chars += line.length;
    if (rows.length === MAX_ROWS || (rows.length > 0 && chars > MAX_CHARS)) break;
    try {
      const row: unknown = JSON.parse(line);
      if (!isObject(row)) return undefined;
      rows.push(row);
    } catch {
      return undefined;
    }
  }
  return rows;
}

/** The words of the service's ids: `…/models/F1Score-Evaluator/versions/3` and `…/evaluators/f1_score` are both `f1_score`. */
export function metricOf(id: string): string {
  const last =
    id
      .replace(/\/versions\/[^/]*$/, "")
      .split("/")
      .at(-1) ?? "";
  const plain = last.replace(/[-_]?evaluator$/i, "");
  return plain
    .replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .toLowerCase();
}

type Inputs = Readonly<Record<string, string>>;

const SAFETY =
  /^(?:violence|violent|sexual|self_harm|hate|hate_unfairness|hate_and_unfairness|protected_material|indirect_attack)/;
/** Which input is compared with which, on the judges' scale of 1 to 5. */
const JUDGED: Readonly<Record<string, readonly [string, string]>> = {
  relevance: ["response", "query"],
  groundedness: ["response", "context"],
  groundedness_pro: ["response", "context"],
  retrieval: ["context", "query"],
  similarity: ["response", "ground_truth"],
  gpt_similarity: ["response", "ground_truth"],
};
/** Of 0 to 1, by the words that response and ground truth share. */
const COUNTED: Readonly<Record<string, (shared: Shared) => number>> = {
  f1_score: ({ f1 }) => f1,
  rouge_score: ({ recall }) => recall,
  bleu_score: ({ precision }) => precision,
  // The service's own spelling of it.
  blue_score: ({ precision }) => precision,
  gleu_score: ({ precision, recall }) => Math.min(precision, recall),
  meteor_score: ({ precision, recall }) => mean10(precision, recall),
};

export function metricsOf(
  evaluators: readonly Evaluator[],
  rows: readonly JsonObject[] | undefined,
  seed: number,
): Metrics {
  const values: Record<string, number> = {};
  for (const evaluator of evaluators) {
    const metric = metricOf(evaluator.id);
    const key = `${evaluator.name}.${SAFETY.test(metric) ? `${metric}_defect_rate` : metric}`;
    if (rows === undefined) {
      values[key] = invented(metric, evaluator, seed);
      continue;
    }
    let sum = 0;
    for (const [index, row] of rows.entries()) {
      const inputs = inputsOf(evaluator, row);
      if (typeof inputs === "string") {
        return {
          ok: false,
          message: `Row ${index + 1} has no column '${inputs}', which '${evaluator.name}' needs.`,
        };
      }
      sum += score(metric, inputs);
    }
    values[key] = rounded(rows.length === 0 ? 0 : sum / rows.length);
  }
  return { ok: true, values };
}

/** The name of the column that is missing, where one is. */
function inputsOf({ dataMapping }: Evaluator, row: JsonObject): Inputs | string {
  const inputs = new Map(Object.entries(row).map(([name, value]) => [name, textOf(value)]));
  for (const [input, template] of Object.entries(dataMapping)) {
    const column = /^\$\{(?:data|target)\.([^{}]{1,200})\}$/.exec(template)?.[1];
    if (column === undefined) continue;
    if (!Object.hasOwn(row, column)) return column;
    inputs.set(input, textOf(row[column]));
  }
  return Object.fromEntries(inputs);
}

function textOf(value: unknown): string {
  return (typeof value === "string" ? value : (JSON.stringify(value) ?? "")).slice(0, MAX_TEXT);
}

function score(metric: string, inputs: Inputs): number {
  // Nothing here can tell what harms; a made-up alarm would be worse than none.
  if (SAFETY.test(metric)) return 0;
  const response = inputs.response ?? inputs.answer ?? "";
  const counted = Object.hasOwn(COUNTED, metric) ? COUNTED[metric] : undefined;
  if (counted !== undefined) return counted(sharedOf(response, inputs.ground_truth ?? ""));
  const judged = Object.hasOwn(JUDGED, metric) ? JUDGED[metric] : undefined;
  if (judged !== undefined) {
    const [of, by] = judged.map((name) => (name === "response" ? response : (inputs[name] ?? "")));
    return 1 + 4 * sharedOf(of ?? "", by ?? "").overlap;
  }
  // Coherence, fluency and whatever else judges a text by itself: complete sentences do well.
  if (response.trim() === "") return 1;
  return /[.!?。！？]\s*$/.test(response) ? 5 : 4;
}

interface Shared {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Of the shorter text. */
  readonly overlap: number;
}

function sharedOf(text: string, reference: string): Shared {
  const terms = termsOf(text);
  const left = new Map<string, number>();
  const wanted = termsOf(reference);
  for (const term of wanted) left.set(term, (left.get(term) ?? 0) + 1);
  let shared = 0;
  for (const term of terms) {
    const count = left.get(term) ?? 0;
    if (count === 0) continue;
    left.set(term, count - 1);
    shared++;
  }
  if (shared === 0) return { precision: 0, recall: 0, f1: 0, overlap: 0 };
  const precision = shared / terms.length;
  const recall = shared / wanted.length;
  const f1 = (2 * precision * recall) / (precision + recall);
  return { precision, recall, f1, overlap: shared / Math.min(terms.length, wanted.length) };
}

/** METEOR weighs recall nine times as much. */
function mean10(precision: number, recall: number): number {
  return precision + recall === 0 ? 0 : (10 * precision * recall) / (recall + 9 * precision);
}

function invented(metric: string, { name, id }: Evaluator, seed: number): number {
  if (SAFETY.test(metric)) return 0;
  const share = hashText(`${name} ${id}`, seed) / 0xffffffff;
  return rounded(Object.hasOwn(COUNTED, metric) ? 0.4 + share / 2 : 3 + 2 * share);
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
