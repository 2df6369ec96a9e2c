/** Streams whose bytes are fine: what their events mean, and when an answer is whole. */
import {
  ANSWER,
  BODY,
  COMPLETION,
  content,
  DONE,
  delta,
  event,
  FIRST,
  failure,
  finish,
  HALF,
  HEARD,
  SAID,
  usage,
} from "../chunks.ts";
import { all, grows, heard, hides, rejects, says, whole, wholeOrError, within } from "../judges.ts";
import type { Run, Scenario } from "../scenario.ts";
import type { Serve } from "../server.ts";

const streams =
  (...pieces: (string | object)[]): Serve =>
  async (to) => {
    to.stream();
    for (const piece of pieces) await to.chunk(typeof piece === "string" ? piece : event(piece));
    to.end();
  };

const toolCall = (index: unknown, more: object) => delta({ tool_calls: [{ index, ...more }] });
const named = (index: number, name: string) =>
  toolCall(index, { id: `call-${name}`, type: "function", function: { name, arguments: "" } });
const written = (index: number, text: string) => toolCall(index, { function: { arguments: text } });
/** The text of JSON, for members that an object literal can't have. */
const spelled = (members: string) =>
  `data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{${members}},"finish_reason":null}]}\n\n`;

const unpolluted = ({ outcome }: Run) => (outcome.clean ? undefined : "Object.prototype is changed");

export const MEANING: readonly Scenario[] = [
  {
    id: "done-open",
    title: "`[DONE]`, and the socket stays open",
    demand: "the whole text within 5 s",
    why: "`[DONE]` is the end, whatever the connection does.",
    duty: "chat",
    async serve(to) {
      to.stream();
      for (const each of ANSWER) await to.chunk(each);
    },
    judge: all(whole(), within(5000)),
  },
  {
    id: "done-twice",
    title: "more text and a second `[DONE]` after `[DONE]`",
    demand: "the whole text and nothing of what follows",
    why: "What comes after the end belongs to nobody's answer.",
    duty: "chat",
    serve: streams(BODY, event(content("never said")), DONE, DONE),
    judge: whole(),
  },
  {
    id: "done-quoted",
    title: "a text that begins with `[DONE]`",
    demand: "the whole text, these letters included",
    why: "The sentinel is the whole data of an event; a model may well talk about it.",
    duty: "chat",
    serve: streams(
      FIRST,
      content("[DONE] "),
      content("data: [DONE]\n\n"),
      content("is a word"),
      finish(),
      DONE,
    ),
    judge: whole("[DONE] data: [DONE]\n\nis a word"),
  },
  {
    id: "no-end",
    title: "a clean end in the middle of the answer",
    demand: "an error, with the text until there delivered",
    why: "A proxy that restarts ends bodies properly: half an answer looks like a whole one.",
    duty: "chat",
    serve: streams(HALF),
    judge: all(rejects, heard(HEARD)),
  },
  {
    id: "half-event",
    title: "a clean end in the middle of an event",
    demand: "an error, with the text until there delivered",
    why: "The grammar drops the half event silently, and the answer ends one word early.",
    duty: "chat",
    serve: streams(HALF, event(content("und ")).slice(0, -30)),
    judge: all(rejects, heard(HEARD)),
  },
  {
    id: "nothing-said",
    title: "`[DONE]` and nothing before it",
    demand: "an error: an answer without a choice is none",
    why: "Gateways end streams this way when what is behind them has failed.",
    duty: "chat",
    serve: streams(DONE),
    judge: rejects,
  },
  {
    id: "error-data",
    title: "an error in place of a chunk",
    demand: "an error that says the service's code",
    why: "Services that have begun to stream can tell a failure in no other way.",
    duty: "chat",
    serve: streams(HALF, failure("server_overloaded", "Too busy to go on."), DONE),
    judge: all(rejects, says("server_overloaded"), heard(HEARD)),
  },
  {
    id: "error-event",
    title: "an event named `error`",
    demand: "an error that says the service's code",
    why: "The other way to tell it; Azure's gateways and many proxies use it.",
    duty: "chat",
    serve: streams(HALF, `event: error\n${event(failure("server_overloaded", "Too busy to go on."))}`, DONE),
    judge: all(rejects, says("server_overloaded"), heard(HEARD)),
  },
  {
    id: "broken-json",
    title: "an event that isn't JSON, with a person's words in it",
    demand: "an error whose printed form has none of these words",
    why: "`JSON.parse` quotes what it stumbles over, and loggers print errors.",
    duty: "chat",
    serve: streams(HALF, 'data: {"answer": canary-words}\n\n', DONE),
    judge: all(rejects, hides("canary-words", "the words")),
  },
  {
    id: "missing-delta",
    title: "Azure's chunks: filter results without a choice, a choice without `delta`",
    demand: "the whole text",
    why: "Every stream of Azure begins with the first, and the asynchronous filter sends the second.",
    duty: "chat",
    serve: streams(
      {
        id: "",
        object: "",
        created: 0,
        model: "",
        choices: [],
        prompt_filter_results: [{ prompt_index: 0 }],
      },
      ...SAID,
      delta(null, { content_filter_offsets: { check_offset: 0 }, content_filter_results: {} }),
      delta({}, { finish_reason: "stop", content_filter_results: { hate: { filtered: false } } }),
      DONE,
    ),
    judge: whole(),
  },
  {
    id: "late-usage",
    title: "usage after `finish_reason`",
    demand: "the whole text, and a usage of 4711 tokens",
    why: "It comes in a chunk of its own without a choice, after what looks like the end.",
    duty: "chat",
    serve: streams(...SAID, finish(), usage(4711), DONE),
    judge: all(whole(), ({ outcome }) =>
      outcome.answer.totalTokens === 4711 ? undefined : "the usage is lost",
    ),
  },
  {
    id: "filtered",
    title: "a content filter stops the answer",
    demand: "the text until there, and the finish reason `content_filter`",
    why: "It is neither a whole answer nor a broken connection, and the caller must be able to tell.",
    duty: "chat",
    serve: streams(HALF, finish("content_filter"), DONE),
    judge: all(whole(HEARD), ({ outcome }) =>
      /^content.filter$/.test(outcome.answer.finishReason ?? "") ? undefined : "the finish reason is lost",
    ),
  },
  {
    id: "whole-json",
    title: "one JSON object in place of a stream",
    demand: "the whole text, or an error; never an empty success",
    why: "Servers that don't know `stream` answer this way.",
    duty: "chat",
    serve: (to) => to.answer("200 OK", "application/json", COMPLETION),
    judge: wholeOrError,
  },
  {
    id: "error-200",
    title: "an error as JSON with status 200",
    demand: "an error that says the service's code",
    why: "Gateways that translate bodies forget the status.",
    duty: "chat",
    serve: (to) => {
      to.answer("200 OK", "application/json", JSON.stringify(failure("quota_gone", "No tokens are left.")));
    },
    judge: all(rejects, says("quota_gone")),
  },
  {
    id: "tools-interleaved",
    title: "three tool calls whose arguments come in turns",
    demand: "three calls with exactly their names and arguments",
    why: "Parallel calls arrive as the model writes them; only the index says which is which.",
    duty: "tools",
    serve: streams(
      FIRST,
      named(0, "zero"),
      named(1, "one"),
      written(0, '{"n":'),
      named(2, "two"),
      written(2, '{"n":'),
      written(1, '{"n":'),
      written(0, "0}"),
      written(2, "2}"),
      written(1, "1}"),
      finish("tool_calls"),
      DONE,
    ),
    judge({ outcome: { answer, end } }) {
      if (end !== "resolved") return "no answer";
      const got = (answer.toolCalls ?? []).map((call) => `${call.name}${call.arguments.replaceAll(" ", "")}`);
      return got.sort().join() === 'one{"n":1},two{"n":2},zero{"n":0}'
        ? undefined
        : "other calls or arguments";
    },
  },
  {
    id: "tool-index",
    title: "a tool call with the index 1,000,000,000",
    demand: "an end within 10 s, memory growing by 256 MiB at most",
    why: "An index is a number that the server chooses; filling a list up to it ends the process.",
    duty: "tools",
    alone: true,
    serve: streams(
      FIRST,
      toolCall(1e9, { id: "a", type: "function", function: { name: "far", arguments: "{}" } }),
      toolCall(-1, { id: "b", type: "function", function: { name: "before", arguments: "{}" } }),
      finish("tool_calls"),
      DONE,
    ),
    judge: all(within(10_000), grows(256)),
  },
  {
    id: "prototype",
    title: "`__proto__`, `constructor` and `toString` as members and as an index",
    demand: "the whole text or an error, and no object in the process changed",
    why: "Merging what a server sends into objects is how prototypes are polluted.",
    duty: "chat",
    alone: true,
    serve: streams(
      FIRST,
      spelled('"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":"x"'),
      spelled(
        '"tool_calls":[{"index":"__proto__","id":"x","function":{"name":"__proto__","arguments":"{}","polluted":"yes"}}]',
      ),
      ...SAID,
      finish(),
      DONE,
    ),
    judge: all(unpolluted, wholeOrError),
  },
];
