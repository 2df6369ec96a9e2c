// What agents and runs may bring: tools of every type, resources, a choice among the tools, a format of the answer.
// All that the service knows is checked and kept; what a run can really use is said in run-leg.ts.

import type { Exchange } from "./exchange.ts";
import { findFile } from "./files.ts";
import { isObject, type JsonObject, Refused, refuse } from "./json.ts";
import { integer, list, number, object, text } from "./members.ts";
import type { ResponseFormat } from "./request.ts";
import { checkSchema, FUNCTION_NAME } from "./validate.ts";
import { createVectorStoreOf, vectorStoreExists } from "./vector-search.ts";
import { fileOfSource, readDataSources } from "./vector-store-request.ts";

type ToolCheck = (tool: JsonObject, name: string) => void;

function needed(holder: JsonObject, member: string, name: string): JsonObject {
  const value = holder[member];
  if (value === undefined) refuse("missing-parameter", `${name}.${member}`, value, "an object");
  object(value, `${name}.${member}`);
  return value as JsonObject;
}

function neededText(holder: JsonObject, member: string, name: string): void {
  const value = holder[member];
  if (value === undefined) refuse("missing-parameter", `${name}.${member}`, value, "a string");
  text(value, `${name}.${member}`);
}

function checkFunction(given: JsonObject, name: string): void {
  if (given.name === undefined) refuse("missing-parameter", `${name}.name`, undefined, "a name");
  if (typeof given.name !== "string" || !FUNCTION_NAME.test(given.name)) {
    refuse("invalid-value", `${name}.name`, given.name, "a name of letters, digits, _ and -");
  }
  if (given.description !== undefined && given.description !== null)
    text(given.description, `${name}.description`);
  checkSchema(given.parameters ?? undefined, `${name}.parameters`);
}

/** Members whose lists hold objects with a `connection_id`. */
const connections =
  (member: string, ...lists: readonly string[]): ToolCheck =>
  (tool, name) => {
    const given = needed(tool, member, name);
    const used = lists.find((known) => given[known] !== undefined) ?? (lists[0] as string);
    const at = `${name}.${member}.${used}`;
    if (given[used] === undefined) refuse("missing-parameter", at, undefined, "an array");
    list(given[used], at);
    for (const [index, one] of (given[used] as unknown[]).entries()) {
      object(one, `${at}[${index}]`);
      neededText(one as JsonObject, "connection_id", `${at}[${index}]`);
    }
  };

const members =
  (member: string, ...texts: readonly string[]): ToolCheck =>
  (tool, name) => {
    const given = needed(tool, member, name);
    for (const one of texts) neededText(given, one, `${name}.${member}`);
  };

const nothing: ToolCheck = () => {};

const TOOLS: Readonly<Record<string, ToolCheck>> = {
  code_interpreter: nothing,
  file_search: (tool, name) => {
    if (tool.file_search === undefined || tool.file_search === null) return;
    const given = needed(tool, "file_search", name);
    const most = given.max_num_results ?? undefined;
    if (most !== undefined) integer(1, 50)(most, `${name}.file_search.max_num_results`);
    const ranking = given.ranking_options ?? undefined;
    if (ranking === undefined) return;
    object(ranking, `${name}.file_search.ranking_options`);
    const threshold = (ranking as JsonObject).score_threshold ?? undefined;
    if (threshold !== undefined)
      number(0, 1)(threshold, `${name}.file_search.ranking_options.score_threshold`);
  },
  function: (tool, name) => checkFunction(needed(tool, "function", name), `${name}.function`),
  bing_grounding: connections("bing_grounding", "search_configurations", "connections"),
  bing_custom_search: connections("bing_custom_search", "search_configurations"),
  azure_ai_search: nothing,
  sharepoint_grounding: connections("sharepoint_grounding", "connections"),
  fabric_aiskill: connections("fabric_aiskill", "connections"),
  fabric_dataagent: connections("fabric_dataagent", "connections"),
  openapi: (tool, name) => {
    const given = needed(tool, "openapi", name);
    neededText(given, "name", `${name}.openapi`);
    needed(given, "spec", `${name}.openapi`);
    neededText(needed(given, "auth", `${name}.openapi`), "type", `${name}.openapi.auth`);
  },
  azure_function: (tool, name) => {
    const given = needed(tool, "azure_function", name);
    checkFunction(needed(given, "function", `${name}.azure_function`), `${name}.azure_function.function`);
    needed(given, "input_binding", `${name}.azure_function`);
    needed(given, "output_binding", `${name}.azure_function`);
  },
  connected_agent: members("connected_agent", "id", "name", "description"),
  mcp: (tool, name) => {
    neededText(tool, "server_label", name);
    neededText(tool, "server_url", name);
  },
  deep_research: nothing,
  browser_automation: nothing,
  computer_use_preview: nothing,
};

const MOST_TOOLS = 128;

export function readTools(value: unknown): readonly JsonObject[] {
  const tools = (value ?? []) as unknown[];
  if (tools.length > MOST_TOOLS)
    refuse("invalid-value", "tools", tools.length, `at most ${MOST_TOOLS} tools`);
  return tools.map((tool, index) => {
    const name = `tools[${index}]`;
    if (!isObject(tool)) refuse("invalid-type", name, tool, "an object");
    const { type } = tool;
    if (type === undefined) refuse("missing-parameter", `${name}.type`, type, "a tool's type");
    if (typeof type !== "string" || !Object.hasOwn(TOOLS, type)) {
      const known = Object.keys(TOOLS).map((one) => `'${one}'`);
      refuse("invalid-value", `${name}.type`, type, `one of ${known.join(", ")}`);
    }
    TOOLS[type]?.(tool, name);
    return tool;
  });
}

/** Throws Refused for what does not exist; makes the vector stores that are to be made. */
export function readResources(exchange: Exchange, value: unknown): JsonObject {
  const given = value as JsonObject;
  const resources: JsonObject = { ...given };
  for (const [name, resource] of Object.entries(given)) {
    if (resource === null) delete resources[name];
    else if (name !== "mcp") object(resource, `tool_resources.${name}`);
  }
  const { code_interpreter: interpreter, file_search: search, azure_ai_search: indexed } = resources;
  if (isObject(interpreter)) {
    const at = "tool_resources.code_interpreter.file_ids";
    for (const id of idsOf(interpreter.file_ids, at, 20)) checkFile(exchange, id, at);
  }
  if (isObject(search)) resources.file_search = readSearch(exchange, search);
  if (isObject(indexed)) atMost(indexed.indexes, "tool_resources.azure_ai_search.indexes", 1);
  return resources;
}

function readSearch(exchange: Exchange, search: JsonObject): JsonObject {
  const at = "tool_resources.file_search";
  const ids = [...idsOf(search.vector_store_ids, `${at}.vector_store_ids`, 1)];
  for (const id of ids) {
    if (vectorStoreExists(exchange, id)) continue;
    throw new Refused({
      reason: "not-found",
      param: `${at}.vector_store_ids`,
      message: `No vector store found with id '${id}'.`,
    });
  }
  const given = atMost(search.vector_stores, `${at}.vector_stores`, 1);
  if (ids.length > 0 && given.length > 0) {
    refuse("invalid-value", `${at}.vector_stores`, given, "either vector stores or their ids");
  }
  for (const [index, store] of given.entries()) {
    const name = `${at}.vector_stores[${index}]`;
    if (!isObject(store)) refuse("invalid-type", name, store, "an object");
    ids.push(makeStore(exchange, store, name));
  }
  const { vector_stores: _made, ...rest } = search;
  return { ...rest, vector_store_ids: ids };
}

function makeStore(exchange: Exchange, store: JsonObject, name: string): string {
  const { files, vectorStores } = exchange.state;
  const fileIds = [...idsOf(store.file_ids, `${name}.file_ids`, 10_000)];
  for (const id of fileIds) checkFile(exchange, id, `${name}.file_ids`);
  const { data_sources: sources } = isObject(store.configuration) ? store.configuration : {};
  for (const source of readDataSources(sources, `${name}.configuration.data_sources`)) {
    fileIds.push(fileOfSource(exchange, source, files.size));
  }
  const named = typeof store.name === "string" ? { name: store.name } : {};
  return createVectorStoreOf(exchange, { fileIds, ...named }, vectorStores.size);
}

function atMost(value: unknown, name: string, most: number): readonly unknown[] {
  if (value === undefined || value === null) return [];
  list(value, name);
  const { length } = value as unknown[];
  if (length > most) refuse("invalid-value", name, length, `at most ${most}`);
  return value as unknown[];
}

function idsOf(value: unknown, name: string, most: number): readonly string[] {
  const ids = atMost(value, name, most);
  for (const [index, id] of ids.entries()) text(id, `${name}[${index}]`);
  return ids as readonly string[];
}

export function checkFile(exchange: Exchange, id: string, param: string): void {
  if (findFile(exchange, id) !== undefined) return;
  throw new Refused({ reason: "not-found", param, message: `No file found with id '${id}'.` });
}

export function readResponseFormat(value: unknown): ResponseFormat {
  if (value === undefined || value === "auto" || value === "none") return { type: "text" };
  if (!isObject(value)) refuse("invalid-type", "response_format", value, "'auto' or an object");
  switch (value.type) {
    case "text":
    case "json_object":
      return { type: value.type };
    case "json_schema": {
      const given = needed(value, "json_schema", "response_format");
      neededText(given, "name", "response_format.json_schema");
      const schema = needed(given, "schema", "response_format.json_schema");
      checkSchema(schema, "response_format.json_schema.schema");
      return { type: "json_schema", schema };
    }
    default:
      return refuse(
        "invalid-value",
        "response_format.type",
        value.type,
        "'text', 'json_object' or 'json_schema'",
      );
  }
}

/** A mode, or the type and perhaps the function that must be used. */
export type AgentToolChoice =
  | "auto"
  | "none"
  | "required"
  | { readonly type: string; readonly name: string | undefined };

export function readToolChoice(value: unknown, tools: readonly JsonObject[]): AgentToolChoice {
  if (value === undefined || value === "auto") return "auto";
  if (value === "none" || value === "required") return value;
  if (!isObject(value))
    refuse("invalid-value", "tool_choice", value, "'none', 'auto', 'required' or an object");
  neededText(value, "type", "tool_choice");
  const type = value.type as string;
  const name = isObject(value.function) ? value.function.name : undefined;
  if (type === "function" && typeof name !== "string") {
    refuse("missing-parameter", "tool_choice.function.name", name, "a function's name");
  }
  const isThere = tools.some(
    (tool) => tool.type === type && (type !== "function" || (tool.function as JsonObject).name === name),
  );
  if (!isThere) refuse("invalid-value", "tool_choice", type, "one of the tools of the run");
  return { type, name: name as string | undefined };
}
