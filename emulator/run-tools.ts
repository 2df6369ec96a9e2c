// The tools that run at the service, as far as they can be run honestly: searching vector stores, working out sums
// and asking another agent. Each leaves the call that its step shows, and what it means for the answer.

import { storesOf } from "./agents.ts";
import { arithmetic } from "./answer-maths.ts";
import { excerpt } from "./answer-prose.ts";
import type { Exchange } from "./exchange.ts";
import { isObject, type JsonObject } from "./json.ts";
import type { RunSettings } from "./run-request.ts";
import type { Thread } from "./threads.ts";
import { tokenise } from "./tokens.ts";
import { quoteOf, type SearchResult, searchVectorStores } from "./vector-search.ts";

/** The call as its step shows it when it is done, and the pieces in which a stream tells of it. */
export interface HostedCall {
  readonly call: JsonObject & { readonly id: string; readonly type: string };
  readonly deltas: readonly JsonObject[];
  /** What the model wrote to make the call. */
  readonly written: string;
}

export function toolOf({ tools }: RunSettings, type: string): JsonObject | undefined {
  return tools.find((tool) => tool.type === type);
}

export interface Searched extends HostedCall {
  readonly results: readonly SearchResult[];
}

/** undefined when there is nothing to search in. */
export function searchFiles(
  exchange: Exchange,
  { settings, thread, query, id }: { settings: RunSettings; thread: Thread; query: string; id: string },
): Searched | undefined {
  const stores = [...new Set([...storesOf(settings.resources), ...storesOf(thread.resources)])];
  const tool = toolOf(settings, "file_search");
  if (tool === undefined || stores.length === 0) return undefined;
  const options = isObject(tool.file_search) ? tool.file_search : {};
  const ranking = isObject(options.ranking_options) ? options.ranking_options : {};
  const { ranker = "default_2024_08_21", score_threshold: threshold = 0 } = ranking;
  const results = searchVectorStores(exchange, stores, query, {
    maxResults: (options.max_num_results ?? 20) as number,
    scoreThreshold: threshold as number,
    ranker: ranker as string,
  });
  const found = results.map(({ fileId, fileName, score, text }) => ({
    file_id: fileId,
    file_name: fileName,
    score,
    content: [{ type: "text", text }],
  }));
  return {
    call: {
      id,
      type: "file_search",
      file_search: { ranking_options: { ranker, score_threshold: threshold }, results: found },
    },
    deltas: [{ index: 0, id, type: "file_search", file_search: {} }],
    written: query,
    results,
  };
}

/** What shares no word with the files is answered from them only when it asks for them. */
export function isAboutFiles(question: string, results: readonly SearchResult[]): boolean {
  const [best] = results;
  if (best === undefined) return false;
  return (
    best.score > 0 || /\b(?:files?|documents?|attach(?:ed|ment)s?|uploads?|uploaded|pdf)\b/i.test(question)
  );
}

/** Results keep their text to themselves unless it is asked for. */
export function withoutContent(call: JsonObject): JsonObject {
  if (!isObject(call.file_search)) return call;
  const results = (call.file_search.results as readonly JsonObject[]).map(
    ({ content: _content, ...rest }) => rest,
  );
  return { ...call, file_search: { ...call.file_search, results } };
}

export interface Citation {
  readonly marker: string;
  readonly annotation: JsonObject;
}

/** An answer in the words of the files, with a mark behind each. Pieces are tokens; a mark is one piece. */
export function citedAnswer(
  question: string,
  results: readonly SearchResult[],
): { readonly pieces: readonly string[]; readonly citations: readonly Citation[] } {
  const shown = results.slice(0, 3);
  const pieces = tokenise(`Here is what the files say to “${excerpt(question, 100)}”:\n`);
  const citations = shown.map(({ fileId, fileName, text }, index) => {
    const marker = `【${index}:0†${fileName}】`;
    const quote = quoteOf(text, question);
    pieces.push(...tokenise(`\n- ${quote.replace(/\s+/g, " ")} `), marker);
    return {
      marker,
      annotation: { type: "file_citation", text: marker, file_citation: { file_id: fileId, quote } },
    };
  });
  return { pieces, citations };
}

const WORKED_OUT = /^\*\*(.+) = (-?[\d.]+)\*\*/;

/** Only sums: the code that is shown gives just the logs that are shown. undefined for everything else. */
export function interpret(question: string, id: string): HostedCall | undefined {
  const [, expression, result] = WORKED_OUT.exec(arithmetic(question) ?? "") ?? [];
  if (expression === undefined || result === undefined) return undefined;
  const size = Math.abs(Number(result));
  // Beyond these Python writes a number otherwise; its remainder of negative numbers is another.
  if (size >= 1e12 || (size > 0 && size < 1e-4) || /%/.test(expression)) return undefined;
  const code = expression
    .replace(/(\d),(?=\d{3}\b)/g, "$1")
    .replaceAll("^", "**")
    .replace(/[x×]/g, "*")
    .replaceAll("÷", "/");
  const input = `print(f"{${code}:.12g}")`;
  const outputs = [{ type: "logs", logs: `${result}\n` }];
  const piece = (details: JsonObject): JsonObject => ({
    index: 0,
    id,
    type: "code_interpreter",
    code_interpreter: details,
  });
  return {
    call: { id, type: "code_interpreter", code_interpreter: { input, outputs } },
    deltas: [
      piece({ input: "", outputs: [] }),
      ...tokenise(input).map((part) => piece({ input: part })),
      piece({ outputs: outputs.map((output, index) => ({ index, ...output })) }),
    ],
    written: input,
  };
}

export function connectedCall(
  id: string,
  { name, args, output }: { name: string; args: string; output: string },
): HostedCall {
  const type = "connected_agent";
  const call = { id, type, connected_agent: { name, arguments: args, output } };
  return { call, deltas: [{ index: 0, ...call }], written: args };
}
