// A batch runs every line of a file as a call of its own, later and unseen. So the lines are read and checked when
// the batch is made, as if the caller had sent them: endpoint, members, model, and objects that are its own.

import type { LineCount } from "./account-batch.ts";
import type { Call } from "./ask.ts";
import { modelsAt } from "./authorize.ts";
import type { BodyCheck } from "./body-check.ts";
import { dispatch } from "./dispatch.ts";
import type { Surroundings, Visit } from "./exchange.ts";
import { createCancel } from "./forward.ts";
import { type OperationName, operations } from "./operations.ts";
import type { Ownership, Reference } from "./ownership.ts";
import { allowsOperation, applyPolicy } from "./policy.ts";
import { readBody } from "./pump.ts";
import { bodyReferences } from "./references.ts";
import { type Refusal, refuse } from "./refusals.ts";
import { dialectOf } from "./routes.ts";
import { namesTwice } from "./strict-json.ts";

const endpoints: Readonly<Record<string, OperationName>> = {
  "/chat/completions": "chat",
  "/completions": "completions",
  "/embeddings": "embeddings",
  "/responses": "response_create",
};

const MEMBERS = new Set(["custom_id", "method", "url", "body"]);
const MAX_LINES = 100_000;
const MAX_REFERENCES = 1000;
const NEWLINE = 10;

/** Reads the batch's input file from the service; a line that the caller could not have sent itself is a refusal. */
export async function checkBatchLines(
  surroundings: Surroundings,
  checks: ReadonlyMap<OperationName, BodyCheck>,
  visit: Visit,
  { asked, members }: Call,
  ownership: Ownership,
  count: LineCount | undefined,
): Promise<{ ok: true } | Refusal> {
  const { config } = surroundings;
  const endpoint = plainPath(members.endpoint as string);
  const operation = endpoints[endpoint]!;
  const check = checks.get(operation)!;
  const { rules } = visit.caller;
  const allowed = allowsOperation(rules, operation, dialectOf(visit.url.pathname));
  if (!allowed.ok) return allowed;
  const { upstream } = asked;
  // The file goes to the service as it is, so its lines name models as the service does.
  const models = modelsAt(visit.caller, upstream, config);
  const deployments = new Set(models.map(({ deployment }) => deployment));
  const references = new Map<string, Reference>();

  const wrong = (number: number, why: string) =>
    refuse("batch_line_refused", {
      param: "input_file_id",
      message: `Line ${number} of the batch file ${why}.`,
    });

  function checkLine(bytes: Uint8Array, number: number): Refusal | undefined {
    const line = parseObject(bytes);
    if (line === undefined) return wrong(number, "is not a JSON object");
    if (!Object.keys(line).every((member) => MEMBERS.has(member)) || typeof line.custom_id !== "string") {
      return wrong(number, "must have custom_id, method, url and body, and nothing else");
    }
    if (line.method !== "POST" || typeof line.url !== "string" || plainPath(line.url) !== endpoint) {
      return wrong(number, "must POST to the batch's endpoint");
    }
    const checked = check(line.body, null);
    if (!checked.ok)
      return wrong(number, `is refused: ${checked.detail.message ?? "its body is not acceptable"}`);
    const { model, members: body, stream } = checked.body;
    if (model === undefined || !deployments.has(model))
      return wrong(number, "names a model that is not here");
    if (stream) return wrong(number, "must not ask for a stream");
    // What the policy would change in a direct call, the caller has to write itself.
    const meant = models.find(({ deployment }) => deployment === model)!;
    const { outputMember } = meant;
    const applied = applyPolicy(rules, { operation, outputMember }, body);
    if (!applied.ok || applied.members !== body)
      return wrong(number, "is not as this caller's rules want it");
    if (count?.add(operation, body, meant) === false)
      return wrong(number, "must say how long its answer may get, for this caller has a budget");
    if (!isSent(line.body, { model, ...body })) return wrong(number, "holds what is not sent on from here");
    for (const one of bodyReferences(body)) references.set(`${one.kind} ${one.id}`, one);
    return references.size > MAX_REFERENCES ? wrong(number, "names too many objects") : undefined;
  }

  const { bodyBytes, batchBytes } = config.limits;
  const { headersMs, uploadMs, idleMs } = config.deadlines;
  const cancel = createCancel(visit.request.signal);
  const longest = setTimeout(() => cancel.abort("timeout"), uploadMs);
  try {
    const answered = await dispatch(
      surroundings,
      visit,
      {
        ...asked,
        operation: operations.file_content,
        method: "GET",
        path: "/files/{file}/content",
        ids: { file: members.input_file_id as string },
        query: [],
        model: undefined,
        body: undefined,
      },
      { upstream, models, headersMs, cancel },
    );
    if (!answered.ok) return answered;
    const lines = await readLines(answered.response, checkLine, { bodyBytes, batchBytes, idleMs });
    if (!lines.ok) return lines;
  } finally {
    clearTimeout(longest);
    cancel.abort("stop");
    cancel.release();
  }
  const found = await ownership.find([...references.values()]);
  if (found.some((one) => one === undefined || one.upstream !== upstream.name))
    return refuse("object_unknown");
  // A service is not asked about the agents of thousands of lines.
  const { models: may } = visit.caller;
  const isUnknown = may !== undefined && found.some((one) => one?.kind === "agent_name" && !one.model);
  if (isUnknown) return refuse("agent_model_unknown");
  const fits = found.every((one) => !one?.model || may?.has(one.model) !== false);
  return fits ? { ok: true } : refuse("agent_model_not_allowed");
}

/** Gives each line to `check` until one is refused. Holds one line at a time. */
async function readLines(
  response: Response,
  check: (bytes: Uint8Array, number: number) => Refusal | undefined,
  { bodyBytes, batchBytes, idleMs }: { bodyBytes: number; batchBytes: number; idleMs: number },
): Promise<{ ok: true } | Refusal> {
  if (response.body === null) return refuse("upstream_empty");
  const { read, cancel } = readBody(response.body);
  let line: Uint8Array[] = [];
  let length = 0;
  let total = 0;
  let number = 0;
  let late = false;
  const giveUp = () => {
    late = true;
    cancel();
  };
  const finish = (): Refusal | undefined => {
    const bytes = concat(line, length);
    line = [];
    length = 0;
    number += 1;
    if (number > MAX_LINES) return refuse("body_too_large");
    return isBlank(bytes) ? undefined : check(bytes, number);
  };
  try {
    for (;;) {
      const idle = setTimeout(giveUp, idleMs);
      const { done, value } = await read().finally(() => clearTimeout(idle));
      if (late) return refuse("upstream_timeout");
      if (done) return finish() ?? { ok: true };
      total += value.byteLength;
      if (total > batchBytes) return refuse("body_too_large");
      let from = 0;
      for (let at = value.indexOf(NEWLINE); at >= 0; at = value.indexOf(NEWLINE, from)) {
        line.push(value.subarray(from, at));
        length += at - from;
        from = at + 1;
        const refusal = finish();
        if (refusal !== undefined) return refusal;
      }
      line.push(value.slice(from));
      length += value.byteLength - from;
      if (length > bodyBytes) return refuse("body_too_large");
    }
  } catch {
    return refuse("upstream_failed");
  } finally {
    cancel();
  }
}

function concat(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.byteLength;
  }
  return all;
}

const isBlank = (bytes: Uint8Array) => bytes.every((byte) => byte === 32 || byte === 13 || byte === 9);

function plainPath(url: string): string {
  return url.replace(/^\/v1(?=\/)/, "");
}

/** The file goes on as it is: what a direct call would have dropped or rewritten must not be in it. */
function isSent(raw: unknown, checked: unknown): boolean {
  if (raw === null || (Array.isArray(raw) && raw.length === 0)) return true;
  if (typeof raw !== "object" || typeof checked !== "object" || checked === null) return raw === checked;
  if (Array.isArray(raw) && raw.length !== (checked as unknown[]).length) return false;
  return Object.entries(raw).every(([member, one]) =>
    isSent(one, (checked as Readonly<Record<string, unknown>>)[member]),
  );
}

/** Other readers of lines see an end here, where JSON sees a space or a part of a text. */
const OTHER_LINE_END = /[\u0085\u2028\u2029]|\r(?!$)/;

/** Undefined also for what another parser might read otherwise: a name twice in one object, further line ends. */
function parseObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    if (OTHER_LINE_END.test(text) || namesTwice(text, value)) return undefined;
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined; // also too deep for a recursion
  }
}
