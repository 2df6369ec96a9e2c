// The suites of test/portable in the order of the table. Names only: the suites themselves need the packed package.

export const SUITE_NAMES = [
  "sse",
  "requests",
  "streams",
  "chat",
  "embeddings",
  "openai",
  "tools",
  "agents",
  "projects",
  "entra",
  "transport",
  "platform",
];
