// What evaluations and their schedules consist of, and how their bodies are read. Throws Refused.

import type { Exchange } from "./exchange.ts";
import { isObject, type JsonObject, refuse } from "./json.ts";
import { integer, list, oneOf, text } from "./members.ts";
import type { Progress } from "./state.ts";

export interface Evaluation {
  readonly id: string;
  readonly scope: string;
  readonly createdAt: number;
  readonly progress: Progress;
  changedAt: number;
  members: JsonObject;
  /** Known once it has run. */
  outcome: { readonly status: "Completed" | "Failed"; readonly properties: JsonObject } | undefined;
}

export interface EvaluationSchedule {
  readonly name: string;
  readonly scope: string;
  readonly createdAt: number;
  readonly changedAt: number;
  readonly members: JsonObject;
  isEnabled: boolean;
}

export function systemData({ createdAt, changedAt }: { createdAt: number; changedAt: number }): JsonObject {
  return {
    createdAt: new Date(createdAt).toISOString(),
    createdBy: "emulator",
    createdByType: "User",
    lastModifiedAt: new Date(changedAt).toISOString(),
  };
}

const EVALUATION = ["data", "evaluators", "displayName", "description", "tags", "properties"];
const SCHEDULE = ["data", "evaluators", "trigger", "description", "tags", "properties"];
const READ_ONLY = ["id", "name", "systemData", "status", "provisioningState", "isEnabled"];

/** What only the service writes may be sent back to it, and says nothing. */
export function writable(body: JsonObject, kind: "evaluation" | "schedule"): JsonObject {
  const known = kind === "evaluation" ? EVALUATION : SCHEDULE;
  for (const [name, value] of Object.entries(body)) {
    if (!known.includes(name) && !READ_ONLY.includes(name)) {
      refuse("unknown-parameter", name, value, "a member of the resource");
    }
  }
  return Object.fromEntries(Object.entries(body).filter(([name]) => known.includes(name)));
}

/** azure-ai-projects 1.0.0b10 for Python sends no `type` of data and triggers: their other members tell which it is. */
export function typed(members: JsonObject): JsonObject {
  const { data, trigger } = members;
  const withType = { ...members };
  if (isObject(data)) withType.data = { type: "resourceId" in data ? "app_insights" : "dataset", ...data };
  if (isObject(trigger))
    withType.trigger = { type: "expression" in trigger ? "Cron" : "Recurrence", ...trigger };
  return withType;
}

export function checkEvaluation(exchange: Exchange, members: JsonObject): void {
  const { data } = members;
  if (!isObject(data)) refuse("missing-parameter", "data", data, "an object");
  const types = exchange.dialect.form === "evaluations" ? ["dataset", "app_insights"] : ["dataset"];
  oneOf(...types)(data.type, "data.type");
  if (data.type === "dataset") required(data, "data", ["id"]);
  else checkInsights(data);
  checkShared(members);
  if (members.displayName !== undefined) text(members.displayName, "displayName");
}

function checkInsights(data: JsonObject): void {
  required(data, "data", ["resourceId", "query", "serviceName"]);
  if (data.connectionString !== undefined) text(data.connectionString, "data.connectionString");
}

const MOST_EVALUATORS = 50;
const MOST_MAPPINGS = 50;

function checkShared({ evaluators, description, tags, properties }: JsonObject): void {
  if (!isObject(evaluators)) refuse("missing-parameter", "evaluators", evaluators, "an object");
  const entries = Object.entries(evaluators);
  if (entries.length === 0 || entries.length > MOST_EVALUATORS) {
    refuse("invalid-value", "evaluators", entries.length, `1 to ${MOST_EVALUATORS} evaluators`);
  }
  for (const [name, evaluator] of entries) {
    const at = `evaluators.${name}`;
    if (!isObject(evaluator)) refuse("invalid-type", at, evaluator, "an object");
    required(evaluator, at, ["id"]);
    if (evaluator.dataMapping !== undefined) {
      texts(evaluator.dataMapping, `${at}.dataMapping`);
      const { length } = Object.keys(evaluator.dataMapping as JsonObject);
      if (length > MOST_MAPPINGS) {
        refuse("invalid-value", `${at}.dataMapping`, length, `at most ${MOST_MAPPINGS} inputs`);
      }
    }
    if (evaluator.initParams !== undefined && !isObject(evaluator.initParams)) {
      refuse("invalid-type", `${at}.initParams`, evaluator.initParams, "an object");
    }
  }
  if (description !== undefined) text(description, "description");
  if (tags !== undefined) texts(tags, "tags");
  if (properties !== undefined) texts(properties, "properties");
}

function required(value: JsonObject, at: string, names: readonly string[]): void {
  for (const name of names) {
    const param = `${at}.${name}`;
    if (value[name] === undefined) refuse("missing-parameter", param, undefined, "a string");
    text(value[name], param);
    if (value[name] === "") refuse("invalid-value", param, "", "a string that is not empty");
  }
}

function texts(value: unknown, name: string): void {
  if (!isObject(value)) refuse("invalid-type", name, value, "an object");
  for (const [key, entry] of Object.entries(value)) text(entry, `${name}.${key}`);
}

export function checkSchedule(members: JsonObject): void {
  const { data, trigger } = members;
  if (!isObject(data)) refuse("missing-parameter", "data", data, "an object");
  oneOf("app_insights")(data.type, "data.type");
  checkInsights(data);
  checkShared(members);
  if (!isObject(trigger)) refuse("missing-parameter", "trigger", trigger, "an object");
  oneOf("Recurrence", "Cron")(trigger.type, "trigger.type");
  if (trigger.type === "Cron") checkCron(trigger.expression);
  else checkRecurrence(trigger);
}

function checkCron(expression: unknown): void {
  if (expression === undefined) {
    refuse("missing-parameter", "trigger.expression", undefined, "a cron expression");
  }
  text(expression, "trigger.expression");
  const fields = (expression as string).trim().split(/\s+/);
  if (fields.length !== 5 || fields.some((field) => !/^[\dA-Za-z*,/-]{1,64}$/.test(field))) {
    refuse("invalid-value", "trigger.expression", expression, "five fields of a cron expression");
  }
}

const WEEK_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const BOUNDS = { hours: [0, 23], minutes: [0, 59], monthDays: [1, 31] } as const;

function checkRecurrence({ frequency, interval, schedule }: JsonObject): void {
  if (frequency === undefined) refuse("missing-parameter", "trigger.frequency", undefined, "a frequency");
  oneOf("Month", "Week", "Day", "Hour", "Minute")(frequency, "trigger.frequency");
  if (interval === undefined) refuse("missing-parameter", "trigger.interval", undefined, "an integer");
  integer(1)(interval, "trigger.interval");
  if (schedule === undefined || schedule === null) return;
  if (!isObject(schedule)) refuse("invalid-type", "trigger.schedule", schedule, "an object");
  for (const [name, [least, most]] of Object.entries(BOUNDS)) {
    const at = `trigger.schedule.${name}`;
    const values = schedule[name];
    if (values === undefined && name === "monthDays") continue;
    if (values === undefined) refuse("missing-parameter", at, undefined, "an array");
    list(values, at);
    for (const [index, value] of (values as unknown[]).entries())
      integer(least, most)(value, `${at}[${index}]`);
  }
  if (schedule.weekDays === undefined) return;
  list(schedule.weekDays, "trigger.schedule.weekDays");
  for (const [index, day] of (schedule.weekDays as unknown[]).entries()) {
    oneOf(...WEEK_DAYS)(day, `trigger.schedule.weekDays[${index}]`);
  }
}
