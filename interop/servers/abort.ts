// A stream that is aborted after its first piece: the caller gets the error of that, and the server stops.
import assert from "node:assert/strict";
import { AbortError } from "../../src/openai/index.ts";
import { ask, clientOf } from "./ask.ts";
import type { Server } from "./server.ts";

export async function aborted(server: Server, client = clientOf(server)): Promise<void> {
  const controller = new AbortController();
  const request = { ...ask(server, "abort", "Count for ever."), max_tokens: 3000, stream: true as const };
  const chunks = await client.chat.completions.create(request, { signal: controller.signal });
  let failure: unknown;
  try {
    for await (const { choices } of chunks) if (choices[0]?.delta.content) controller.abort();
  } catch (error) {
    failure = error;
  }
  assert.ok(failure instanceof AbortError, String(failure));
  const until = Date.now() + 3000;
  while (!(await server.idle())) {
    assert.ok(Date.now() < until, "the server still makes the answer");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
