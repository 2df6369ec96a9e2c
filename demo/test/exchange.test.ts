// Files out and in: what is written comes back, and what does not have the form is refused with the reason.
import fc from "fast-check";
import type { AssistantMessage, Message } from "latchkey/react";
import { describe, expect, test } from "vitest";
import { answerOf, questionOf } from "../../test/react/messages.ts";
import type { WholeConversation } from "../conversations/database.ts";
import { asJson, asMarkdown, fileName } from "../conversations/exported.ts";
import { MAX_FILE_BYTES, parseExport, readExport } from "../conversations/imported.ts";

function wholeOf(...messages: Message[]): WholeConversation {
  return {
    conversation: {
      id: "c1",
      title: "Otters",
      named: false,
      createdAt: 1,
      changedAt: 2,
      leaf: messages.at(-1)?.id ?? null,
      settings: null,
    },
    messages: Object.fromEntries(messages.map((message) => [message.id, message])),
  };
}

const answer = answerOf("a1", "q1", {
  phase: "done",
  text: "Afloat.",
  citations: [{ title: "Book", url: "https://books.example/", content: "c" }],
});
const otters = wholeOf(questionOf("q1", null, "Where do\notters sleep?"), answer);
const changed = (change: (file: never) => void): unknown => {
  const file = JSON.parse(asJson([otters]));
  change(file as never);
  return file;
};

describe("asMarkdown", () => {
  test("has the shown path with its sources", () => {
    expect(asMarkdown(otters)).toBe(
      "# Otters\n\n## You\n\nWhere do\notters sleep?\n\n## gpt-5-mini\n\nAfloat.\n\n1. Book <https://books.example/>\n",
    );
  });
});

describe("fileName", () => {
  test.each([
    ["a/b\\c: d?", "a b c d.md"],
    ["../../etc", "etc.md"],
    ["\u202egpj.exe", "gpj exe.md"],
    ["...", "chat.md"],
    ["x".repeat(300), `${"x".repeat(60)}.md`],
  ])("of %j is %j", (title, name) => {
    expect(fileName(title, "md")).toBe(name);
  });
});

describe("parseExport", () => {
  test("brings back what was exported", () => {
    expect(parseExport(JSON.parse(asJson([otters])))).toEqual({ ok: true, wholes: [otters] });
  });

  test("takes an answer on its way as interrupted", () => {
    const growing = wholeOf(
      questionOf("q1", null),
      answerOf("a1", "q1", { phase: "streaming", text: "Afl" }),
    );
    const read = parseExport(JSON.parse(asJson([growing])));
    expect(read.ok && (read.wholes[0]?.messages.a1 as AssistantMessage | undefined)?.phase).toBe("cut");
  });

  test("leaves out messages that hang on nothing, and finds a leaf that is there", () => {
    const loose = wholeOf(questionOf("q1", null), answer, questionOf("q7", "gone"));
    const read = parseExport(JSON.parse(asJson([loose])));
    expect(read.ok && Object.keys(read.wholes[0]?.messages ?? {})).toEqual(["q1", "a1"]);
    expect(read.ok && read.wholes[0]?.conversation.leaf).toBe("a1");
  });

  test("takes ids that are names of an object's own, and changes no prototype", () => {
    const odd = wholeOf(
      questionOf("__proto__", null),
      answerOf("constructor", "__proto__", { phase: "done" }),
    );
    const read = parseExport(JSON.parse(asJson([odd])));
    expect(read.ok && Object.keys(read.wholes[0]?.messages ?? {}).sort()).toEqual([
      "__proto__",
      "constructor",
    ]);
    expect(Reflect.get({}, "role")).toBe(undefined);
  });

  test.each([
    ["another file", { hello: "world" }, "does not hold conversations"],
    ["nothing", null, "does not hold conversations"],
    ["a newer version", changed((file: { version: number }) => (file.version = 2)), "newer version"],
    [
      "an id that is markup",
      changed((file: { conversations: [{ conversation: { id: string } }] }) => {
        file.conversations[0].conversation.id = "<img>";
      }),
      "damaged at conversations.0.conversation.id",
    ],
    [
      "an image from elsewhere",
      changed((file: { conversations: [{ messages: [{ attachments: unknown[] }] }] }) => {
        const attachment = { id: "1", kind: "image", name: "x", mediaType: "image/png", size: 1 };
        file.conversations[0].messages[0].attachments = [{ ...attachment, data: "https://evil.example/" }];
      }),
      "damaged",
    ],
    [
      "too many messages",
      changed((file: { conversations: [{ messages: unknown[] }] }) => {
        const [{ messages }] = file.conversations;
        file.conversations[0].messages = Array.from({ length: 20_001 }, () => messages[0]);
      }),
      "20000 messages",
    ],
  ])("refuses %s and says why", (_, file, reason) => {
    const read = parseExport(file);
    expect(read.ok).toBe(false);
    expect(!read.ok && read.reason).toContain(reason);
  });

  test("takes or refuses any JSON, and never throws", () => {
    const like = fc.record(
      {
        format: fc.constant("latchkey-conversations"),
        version: fc.constant(1),
        conversations: fc.oneof(fc.array(fc.jsonValue()), fc.jsonValue()),
      },
      { requiredKeys: ["format", "version"] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), like), (json) => {
        expect(typeof parseExport(json).ok).toBe("boolean");
      }),
    );
  });
});

describe("readExport", () => {
  test("refuses a file that is too large, unread, and one that is no JSON", async () => {
    const huge = { size: MAX_FILE_BYTES + 1, text: () => Promise.reject(new Error("was read")) } as File;
    expect(await readExport(huge)).toEqual({ ok: false, reason: "The file is larger than 50 MB." });
    const read = await readExport(new File(["{"], "x.json"));
    expect(!read.ok && read.reason).toContain("not JSON");
  });
});
