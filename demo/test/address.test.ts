import { expect, test } from "vitest";
import { conversationIn, newConversationId } from "../address.ts";

test("an address names a conversation by its id and nothing else", () => {
  const id = newConversationId();
  expect(conversationIn(`#c=${id}`)).toBe(id);
  for (const hash of [
    "",
    "#",
    "#c=",
    "#c=<img>",
    "#Write%20500%20words",
    "#c=a&q=hello",
    `#c=${"a".repeat(65)}`,
  ]) {
    expect(conversationIn(hash)).toBe(null);
  }
});
