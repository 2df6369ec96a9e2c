// What is read out of messages.
import {
  fileCitations,
  filePaths,
  lastMessageByRole,
  type MessageDeltaChunk,
  messageAnnotations,
  messageImages,
  messageText,
  type ThreadMessage,
  textOfDelta,
  urlCitations,
} from "latchkey/projects";
import { describe, expect, test } from "vitest";

const citation = { type: "file_citation", text: "【0】", file_citation: { file_id: "f", quote: "q" } };
const path = { type: "file_path", text: "sandbox:/a.csv", file_path: { file_id: "g" } };
const url = { type: "url_citation", text: "【1】", url_citation: { url: "https://a.example", title: "A" } };
const image = { type: "image_file", image_file: { file_id: "i" } };
const message = (id: string, role: string, created_at: number, content: unknown = []) =>
  ({ id, object: "thread.message", role, created_at, content }) as ThreadMessage;
const full = message("m", "assistant", 1, [
  { type: "text", text: { value: "One", annotations: [citation, path] } },
  image,
  { type: "text", text: { value: "Two", annotations: [url] } },
  { type: "text", text: { value: "Three" } },
]);

test("text, annotations by kind, images", () => {
  expect(messageText(full)).toBe("One\nTwo\nThree");
  expect(messageAnnotations(full)).toEqual([citation, path, url]);
  expect(fileCitations(full)).toEqual([citation]);
  expect(filePaths(full)).toEqual([path]);
  expect(urlCitations(full)).toEqual([url]);
  expect(messageImages(full)).toEqual([image]);
});

test.each([[undefined], [null], [[]], ["text"]])("a message whose content is %j has nothing", (content) => {
  const empty = message("m", "user", 1, content);
  expect(messageText(empty)).toBe("");
  expect(messageAnnotations(empty)).toEqual([]);
  expect(messageImages(empty)).toEqual([]);
});

describe("the last message of a role", () => {
  const list = [
    message("d", "user", 9),
    message("c", "assistant", 5),
    message("b", "assistant", 5),
    message("a", "user", 1),
  ];
  test.each([
    ["newest first", list],
    ["oldest first", list.toReversed()],
    ["a set", new Set(list)],
  ])("%s", (_, given) => {
    expect(lastMessageByRole(given, "assistant")?.id).toBe("c");
    expect(lastMessageByRole(given, "user")?.id).toBe("d");
  });

  test("none", () => {
    expect(lastMessageByRole([], "user")).toBeUndefined();
    expect(lastMessageByRole([message("a", "user", 1)], "assistant")).toBeUndefined();
  });
});

test.each([
  [
    [
      { index: 0, type: "text", text: { value: "a" } },
      { index: 1, type: "text", text: { value: "b" } },
    ],
    "ab",
  ],
  [
    [
      { index: 0, type: "text" },
      { index: 1, type: "image_file" },
    ],
    "",
  ],
  [undefined, ""],
])("text of a delta %#", (content, expected) => {
  const chunk = { id: "m", object: "thread.message.delta", delta: { content } } as MessageDeltaChunk;
  expect(textOfDelta(chunk)).toBe(expected);
  expect(textOfDelta({ id: "m" } as MessageDeltaChunk)).toBe("");
});
