// Comments in silence in Node, where the relay reads chunk by chunk, and which dialects get them.
import { describe, expect, test } from "vitest";
import { heartbeatFor } from "../heartbeat.ts";
import { describeHeartbeats } from "./heartbeats.ts";
import { openSource } from "./source.ts";

describe("heartbeats", () => describeHeartbeats(openSource, false));

describe("who gets comments", () => {
  const text = (dialect: Parameters<typeof heartbeatFor>[0], ms = 10) =>
    new TextDecoder().decode(heartbeatFor(dialect, ms)?.bytes);

  test("azure-ai-inference for Python raises at a comment: none for its dialect", () => {
    expect(heartbeatFor("inference", 10)).toBeUndefined();
    expect(heartbeatFor("openai", 0)).toBeUndefined();
  });

  test("azure-ai-agents for Python raises at a block without an event: a comment is no block there", () => {
    const blocks = `${text("agents").repeat(3)}event: done\ndata: [DONE]\n\n`.split("\n\n").slice(0, -1);
    for (const block of blocks) expect(block).toMatch(/^event:/m);
    expect(blocks).toHaveLength(1);
  });

  test("a reader that goes line by line finds each event's data at the head of a line", () => {
    const lines = `${text("openai").repeat(2)}data: {}\n\n`.split("\n");
    expect(lines.filter((line) => line.startsWith("data: "))).toEqual(["data: {}"]);
  });
});
