// A conversation as a file, as long as a test wants it.

interface Message {
  [member: string]: unknown;
}

export function longConversation(count: number): { conversations: { messages: Message[] }[] } {
  const messages = Array.from({ length: count }, (_, index): Message => {
    const common = { id: idOf(index), parentId: index === 0 ? null : idOf(index - 1), createdAt: index };
    if (index % 2 === 0) return { ...common, role: "user", text: `Question ${index}`, attachments: [] };
    return {
      ...common,
      role: "assistant",
      model: "gpt-5-mini",
      phase: "done",
      text: `Answer ${index}\n\n${"Some **words** of a paragraph that goes on. ".repeat(1 + (index % 9))}\n\n- one\n- two`,
      reasoning: "",
      refusal: "",
      toolCalls: [],
      citations: [],
      filtered: [],
      usage: null,
      finishReason: "stop",
      firstTokenMs: 1,
      reasoningMs: null,
      durationMs: 2,
      requestId: null,
      budget: null,
      failure: null,
    };
  });
  const conversation = {
    id: "long",
    title: "A long conversation",
    named: true,
    createdAt: 0,
    changedAt: 0,
    leaf: idOf(count - 1),
    settings: null,
  };
  return Object.assign(
    { format: "latchkey-conversations", version: 1 },
    { conversations: [{ conversation, messages }] },
  );
}

function idOf(index: number): string {
  return `m${String(index).padStart(6, "0")}`;
}
