import type { AgentRunState, RunStep, ThreadMessage } from "latchkey/projects";
import { describe, expect, test } from "vitest";
import { citationsOf, stepsOf, withNumbers } from "../agents/run-view.ts";
import { failureOf } from "../agents/use-agent-chat.ts";

const step = (id: string, calls: object[], status = "completed"): RunStep =>
  ({ id, status, step_details: { type: "tool_calls", tool_calls: calls } }) as unknown as RunStep;

const said = (value: string, annotations: object[]): ThreadMessage =>
  ({ content: [{ type: "text", text: { value, annotations } }] }) as unknown as ThreadMessage;

const state = (parts: Partial<AgentRunState>): AgentRunState => ({
  run: undefined,
  thread: undefined,
  messages: [],
  steps: [],
  ...parts,
});

const quoted = (mark: string, file_id: string, quote = "") => ({
  type: "file_citation",
  text: mark,
  file_citation: { file_id, quote },
});

describe("steps", () => {
  test.each<[string, object, object]>([
    [
      "a function",
      { id: "c", type: "function", function: { name: "roll", arguments: '{"sides":6}', output: "4" } },
      { title: "roll", input: '{"sides":6}', output: "4" },
    ],
    [
      "a function that has not answered",
      { id: "c", type: "function", function: { name: "roll", arguments: "{}", output: null } },
      { title: "roll", input: "{}", output: "" },
    ],
    [
      "a function of which nothing has come",
      { id: "c", type: "function" },
      { title: "", input: "", output: "" },
    ],
    [
      "code",
      {
        id: "c",
        type: "code_interpreter",
        code_interpreter: { input: "1+1", outputs: [{ type: "logs", logs: "2" }, { type: "image" }] },
      },
      { title: "Code interpreter", input: "1+1", output: "2\n[image]" },
    ],
    [
      "a search",
      { id: "c", type: "file_search", file_search: { results: [{ file_name: "a.md", score: 0.514 }] } },
      { title: "File search", output: "a.md (51 %)" },
    ],
    [
      "a tool that the page doesn't know",
      { id: "c", type: "bing_grounding", bing_grounding: { requesturl: "x" } },
      { title: "bing grounding", output: '{"bing_grounding":{"requesturl":"x"}}' },
    ],
  ])("%s", (_name, call, expected) => {
    expect(stepsOf(state({ steps: [step("s", [call])] }))).toMatchObject([
      { id: "s", status: "completed", calls: [expected] },
    ]);
  });

  test("writing the message is none of them", () => {
    const writing = { id: "s", step_details: { type: "message_creation" } } as unknown as RunStep;
    expect(stepsOf(state({ steps: [writing] }))).toEqual([]);
  });

  test("a long output is shown in part", () => {
    const call = {
      id: "c",
      type: "function",
      function: { name: "f", arguments: "", output: "x".repeat(1e6) },
    };
    const [shown] = stepsOf(state({ steps: [step("s", [call])] }));
    expect(shown?.calls[0]?.output.length).toBeLessThan(5_000);
  });
});

describe("citations", () => {
  test("each mark has one number, in the order of the text, and the file's name from the search", () => {
    const search = {
      id: "c",
      type: "file_search",
      file_search: { results: [{ file_id: "f1", file_name: "a.md", score: 1 }] },
    };
    const citations = citationsOf(
      state({
        steps: [step("s", [search])],
        messages: [
          said("x", [quoted("【1†a】", "f1", "the words"), quoted("【2†b】", "f2"), quoted("【1†a】", "f1")]),
        ],
      }),
    );
    expect(citations).toMatchObject([
      { number: 1, mark: "【1†a】", fileId: "f1", title: "a.md", quote: "the words" },
      { number: 2, mark: "【2†b】", fileId: "f2", title: null },
    ]);
    expect(withNumbers("A【1†a】 and B【2†b】, again A【1†a】.", citations)).toBe(
      "A [1] and B [2], again A [1].",
    );
  });

  test("one without a mark, and content that is none, is left out", () => {
    const odd = { content: null } as unknown as ThreadMessage;
    expect(citationsOf(state({ messages: [odd, said("x", [quoted("", "f")])] }))).toEqual([]);
  });
});

test.each([
  ["completed", null],
  ["cancelled", null],
  ["incomplete", null],
  ["failed", "The run failed."],
  ["expired", "The run took longer than the service allows."],
  ["requires_action", "The agent called a function that this page does not have."],
])("a run that is %s", (status, title) => {
  expect(failureOf(status)?.title ?? null).toBe(title);
});

test("a mark that is a part of another one, or of what stands for it, is replaced where it stands alone", () => {
  const marks = ["sandbox:/a.csv", "sandbox:/a.csv.gz", "[", "1", " "];
  const citations = citationsOf(
    state({
      messages: [
        said(
          "",
          marks.map((mark) => quoted(mark, "f")),
        ),
      ],
    }),
  );
  expect(withNumbers("sandbox:/a.csv.gz|sandbox:/a.csv|[|1", citations)).toBe(" [2]| [1]| [3]| [4]");
});
