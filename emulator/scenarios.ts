// Every behaviour that can be asked for, in one table: what it does, its parameters with their defaults, and which
// step of the answer it changes. The README's table is checked against this one.

import * as write from "./faults.ts";
import {
  floodRecords,
  hostileRecords,
  hugeRecords,
  missingDeltaRecords,
  usageOnFinishRecords,
} from "./oddities.ts";
import type { Parameter, Scenario } from "./scenario.ts";
import * as answer from "./scenario-answers.ts";
import type { ScenarioName } from "./scenario-name.ts";
import { streamRecords } from "./stream.ts";

const after = (count: number): Parameter => ({
  default: count,
  about: "records written first; never reaches the finish record",
});
const times: Parameter = {
  default: Number.POSITIVE_INFINITY,
  about: "the first N requests fail, the next succeeds, and so on; default: all fail",
};
const retryParameters = {
  times,
  "retry-after": { default: 1, about: "seconds to wait, fractions allowed" },
  send: {
    default: "all",
    about:
      "which header says so: all, seconds, date, ms (retry-after-ms), x-ms (x-ms-retry-after-ms) or none",
  },
  "should-retry": { default: "", about: "true or false: sent as x-should-retry" },
} as const;

export const SCENARIOS: Readonly<Record<ScenarioName, Scenario>> = {
  stall: {
    about: "some records, then silence until the reader gives up",
    parameters: { after: after(3) },
    write: (call, writing) => write.writeThenStall(writing, call.number("after")),
  },
  "ping-stall": {
    about: "some records, then only `: ping` comments for ever",
    streamOnly: true,
    parameters: { after: after(3), ms: { default: 1000, about: "between two comments" } },
    write: (call, writing) => write.writeThenPing(writing, call.number("after"), call.number("ms")),
  },
  cut: {
    about: "ends cleanly in the middle of the answer, between two records, without [DONE]",
    parameters: { after: after(5) },
    write: (call, writing) => write.writeThenEnd(writing, call.number("after")),
  },
  "cut-before-done": {
    about: "the whole answer, but no [DONE]",
    streamOnly: true,
    write: (_call, writing) => write.writeWithoutDone(writing),
  },
  "done-open": {
    about: "the whole answer and [DONE], but the body stays open",
    write: (_call, writing) => write.writeThenHoldOpen(writing),
  },
  reset: {
    about: "the connection is reset in the middle of the answer (a body error in process, RST on the socket)",
    parameters: { after: after(5) },
    write: (call, writing) => write.writeThenReset(writing, call.number("after")),
  },
  "half-event": {
    about: "ends cleanly in the middle of a data line",
    parameters: { after: after(5), bytes: { default: 40, about: "bytes written of the broken record" } },
    write: (call, writing) => write.writeHalfRecord(writing, call.number("after"), call.number("bytes")),
  },
  "split-utf8": {
    about: "an answer with CJK and emoji; chunk boundaries fall inside the characters",
    compose: (_call, completion) => answer.say(completion, answer.MANY_SCRIPTS),
    write: (_call, writing) => write.writeSplitCharacters(writing),
  },
  "byte-per-write": {
    about: "one byte a chunk",
    parameters: { bytes: { default: 1, about: "bytes a chunk" } },
    write: (call, writing) => write.writeInPieces(writing, Math.max(1, Math.floor(call.number("bytes")))),
  },
  crlf: {
    about: "CRLF line ends",
    streamOnly: true,
    write: (_call, writing) => write.writeRewritten(writing, (text) => text.replaceAll("\n", "\r\n")),
  },
  bom: {
    about: "a byte order mark before the first record",
    streamOnly: true,
    write: (_call, writing) => write.writeWithByteOrderMark(writing),
  },
  "error-event": {
    about: "an error in the middle of the stream, then a clean end without [DONE]",
    streamOnly: true,
    parameters: {
      after: after(5),
      code: { default: "server_error", about: "error.code" },
      named: { default: 1, about: "1: with `event: error`; 0: a plain data record" },
    },
    write: (call, writing) => {
      const error = {
        message: answer.INTERRUPTED,
        type: "server_error",
        param: null,
        code: call.string("code"),
      };
      return write.writeThenError(writing, call.number("after"), error, call.number("named") !== 0);
    },
  },
  "malformed-json": {
    about: "a record whose data is not JSON, then the answer goes on",
    streamOnly: true,
    parameters: { after: after(5), data: { default: `{"id":"chatcmpl-broken`, about: "the data" } },
    write: (call, writing) => write.writeMalformed(writing, call.number("after"), call.string("data")),
  },
  slow: {
    about: "a pause before every record but the first",
    streamOnly: true,
    parameters: { ms: { default: 250, about: "length of the pause" } },
    write: (call, writing) => write.writeSlowly(writing, call.number("ms")),
  },
  "slow-headers": {
    about: "a pause before the head of the answer",
    parameters: { ms: { default: 3000, about: "length of the pause" } },
    delayMs: (call) => call.number("ms"),
  },
  "missing-delta": {
    about: "some choices without `delta`, and one chunk without `choices`",
    streamOnly: true,
    records: (_call, completion, dialect) => missingDeltaRecords(completion, dialect),
  },
  "late-usage": {
    about: "the usage record comes late, or on the finish record instead; always sent, asked for or not",
    streamOnly: true,
    parameters: {
      ms: { default: 300, about: "pause before it" },
      on: { default: "own", about: "own: a record of its own; finish: on the record with finish_reason" },
    },
    records: (call, completion, dialect) => {
      const reported = { ...completion, includeUsage: true };
      if (call.string("on") === "finish") return usageOnFinishRecords(reported, dialect);
      return streamRecords(reported, dialect);
    },
    write: (call, writing) => write.writeUsageLate(writing, call.number("ms")),
  },
  "hostile-indices": {
    about: "three tool calls whose pieces arrive mixed, out of order, one name late, with odd own members",
    streamOnly: true,
    records: (_call, completion, dialect) => hostileRecords(completion, dialect),
  },
  "async-filter": {
    about: "Azure's asynchronous content filter: results in records of their own, the last after the finish",
    streamOnly: true,
    compose: (_call, completion) => ({ ...completion, asyncFilter: true }),
  },
  "content-filter": {
    about: "the prompt is blocked: 400",
    refuse: (_call, context) => answer.blockedPrompt(context),
  },
  "content-filter-completion": {
    about: "the completion is blocked in its middle: 200 with finish_reason content_filter",
    parameters: { after: { default: 8, about: "tokens said before" } },
    compose: (call, completion) => answer.blockAfter(completion, call.number("after")),
  },
  refusal: {
    about: "the model refuses: `refusal` instead of content",
    compose: (_call, completion) =>
      answer.withParts(completion, [answer.textPart("refusal", answer.REFUSAL)]),
  },
  "response-failed": {
    about: "a response (responses API) fails in its middle: status failed, with an error",
    parameters: { after: { default: 5, about: "tokens said before" } },
    compose: (call, completion) => answer.failAfter(completion, call.number("after")),
  },
  "run-failed": {
    about: "a run (agents) fails in the middle of its message: status failed, with last_error",
    parameters: {
      after: { default: 5, about: "tokens said before" },
      code: { default: "rate_limit_exceeded", about: "last_error.code" },
    },
    compose: (call, completion) => answer.failAfter(completion, call.number("after")),
    run: (call) => ({ errorCode: call.string("code") }),
  },
  "run-incomplete": {
    about: "a run (agents) ends incomplete in the middle of its message",
    parameters: {
      after: { default: 5, about: "tokens said before" },
      reason: { default: "max_completion_tokens", about: "incomplete_details.reason" },
    },
    compose: (call, completion) => answer.stopAfter(completion, call.number("after")),
    run: (call) => ({ incomplete: call.string("reason") }),
  },
  "run-expired": {
    about: "the time of a run (agents) is up at the next look",
    parameters: { at: { default: "in_progress", about: "in_progress or requires_action" } },
    run: (call) => ({ expiresAt: call.string("at") }),
  },
  "run-stuck": {
    about: "a run (agents) stays as it is until its ten minutes are over; its stream falls silent",
    streamOnly: true,
    parameters: { at: { default: "in_progress", about: "queued, in_progress or cancelling" } },
    run: (call) => ({ stuckAt: call.string("at") }),
    write: (call, writing) =>
      call.string("at") === "cancelling"
        ? write.writePlainly(writing)
        : write.writeThenStall(writing, call.string("at") === "queued" ? 2 : 5),
  },
  "run-rounds": {
    about: "a run (agents) calls its functions again and again before it answers",
    parameters: { count: { default: 2, about: "rounds" } },
    run: (call) => ({ rounds: call.number("count") }),
  },
  "run-empty-calls": {
    about: "a run (agents) waits for the outputs of no call at all",
    run: () => ({ noCalls: true }),
  },
  "step-expires-at": {
    about: "steps of a run (agents) have `expires_at` for `expired_at`, as the service's streams may",
    run: () => ({ misnamedExpiry: true }),
  },
  html: {
    about: "a login page: text/html",
    parameters: { status: { default: 200, about: "status" } },
    respond: (call) => answer.foreign(call.number("status"), "text/html; charset=utf-8", answer.LOGIN_PAGE),
  },
  redirect: {
    about: "a redirect to another origin",
    parameters: {
      to: { default: "https://login.example.invalid/", about: "Location" },
      status: { default: 307, about: "status" },
    },
    respond: (call) => ({
      status: call.number("status"),
      headers: { location: call.string("to") },
      body: null,
      foreign: true,
    }),
  },
  "rate-limit": {
    about: "429 with the service's retry headers",
    parameters: { ...retryParameters, kind: { default: "requests", about: "requests or tokens" } },
    refuse: (call, context) =>
      context.stillFailing(call.number("times")) ? answer.rateLimit(call, context) : undefined,
  },
  "server-error": {
    about: "500",
    parameters: {
      times,
      status: { default: 500, about: "status" },
      "should-retry": retryParameters["should-retry"],
    },
    refuse: (call, context) =>
      context.stillFailing(call.number("times"))
        ? { reason: "server-error", status: call.number("status"), headers: answer.shouldRetry(call) }
        : undefined,
  },
  unavailable: {
    about: "503 with the service's retry headers",
    parameters: retryParameters,
    refuse: (call, context) =>
      context.stillFailing(call.number("times"))
        ? {
            reason: "unavailable",
            headers: { ...answer.retryHeaders(call, context.now), ...answer.shouldRetry(call) },
          }
        : undefined,
  },
  status: {
    about: "any status with the service's error body",
    parameters: { code: { default: 409, about: "status" }, times },
    respond: (call, context) =>
      context.stillFailing(call.number("times"))
        ? answer.statusAnswer(call.number("code"), context)
        : undefined,
  },
  "big-error": {
    about: "an enormous HTML error page",
    parameters: {
      bytes: { default: 50_000_000, about: "length of the page" },
      status: { default: 500, about: "status" },
    },
    respond: (call) => ({
      status: call.number("status"),
      headers: { "content-type": "text/html; charset=utf-8" },
      body: write.writePage("<!doctype html><title>Internal Server Error</title><p>", call.number("bytes")),
      foreign: true,
    }),
  },
  empty: {
    about: "200 with the right content type and no body at all",
    respond: (_call, context) => ({
      status: 200,
      headers: {
        "content-type": context.stream ? "text/event-stream; charset=utf-8" : "application/json",
      },
      body: null,
      foreign: false,
    }),
  },
  "json-error": {
    about: "200 with an error as JSON",
    respond: () =>
      answer.json(200, {
        error: { message: answer.INTERRUPTED, type: "server_error", param: null, code: "server_error" },
      }),
  },
  "early-413": {
    about: "413 before the request body is read",
    refuseUnread: () => ({ reason: "body-too-large" }),
  },
  flood: {
    about: "an endless talker, for measuring: records of one size in Azure's shape",
    streamOnly: true,
    parameters: {
      chunks: { default: 20_000, about: "content records" },
      bytes: { default: 340, about: "bytes a record" },
    },
    records: (call, completion, dialect) =>
      floodRecords(completion, dialect, call.number("chunks"), call.number("bytes")),
  },
  "huge-event": {
    about: "one record with one very long line in the middle of the answer",
    streamOnly: true,
    parameters: { bytes: { default: 4 * 1024 * 1024, about: "length of its content" } },
    records: (call, completion, dialect) => hugeRecords(completion, dialect, call.number("bytes")),
  },
  "bad-chunk": {
    about: "a corrupt chunk size in the middle of the answer (socket only)",
    parameters: { after: after(5) },
    write: (call, writing) => write.writeThenReset(writing, call.number("after")),
    socket: "bad-chunk",
  },
  "missing-last-chunk": {
    about: "the connection ends without the last chunk (socket only)",
    parameters: { after: after(5) },
    write: (call, writing) => write.writeThenReset(writing, call.number("after")),
    socket: "missing-last-chunk",
  },
  "long-length": {
    about: "Content-Length promises more than comes (socket only)",
    socket: "long-length",
  },
  gzip: {
    about: "the answer is compressed whatever was asked, one flush a record (socket only)",
    socket: "gzip",
  },
};
