// Streams an answer in Deno. Start something to talk to, then run it:
//   npx latchkey emulator
//   deno run --allow-net examples/deno.ts http://127.0.0.1:8788/models emulator-key
// The address may as well be your worker's (https://…workers.dev/models) with a key from `npx latchkey key <name>`.
import { ChatCompletionsClient, LatchkeyError } from "latchkey";

const [endpoint, key] = Deno.args;
if (endpoint === undefined || key === undefined) throw new Error("usage: deno run deno.ts <endpoint> <key>");

const client = new ChatCompletionsClient(endpoint, { key });
const messages = [{ role: "user" as const, content: "Explain server-sent events in three sentences." }];
const encoder = new TextEncoder();

// Text as it arrives, then the whole message.
const stream = await client.complete({ model: "Phi-4", messages, stream: true });
for await (const text of stream.text()) await Deno.stdout.write(encoder.encode(text));
const answer = await stream.final();
console.log(`\n\n${answer.model} finished: ${answer.choices[0]?.finish_reason}`);

// Everything the client throws is a LatchkeyError; `kind` says which sort it is.
try {
  await client.complete({ model: "no-such-model", messages });
} catch (error) {
  if (!(error instanceof LatchkeyError)) throw error;
  console.log(`caught: ${error.kind}, ${error.message}`);
}

// A signal works as it does with fetch: before the answer, between two chunks, at any time.
const controller = new AbortController();
const long = await client.complete({ model: "Phi-4", messages, stream: true }, { signal: controller.signal });
try {
  for await (const _ of long.text()) controller.abort();
} catch (error) {
  if (!(error instanceof LatchkeyError)) throw error;
  console.log(`stopped: ${error.kind}`);
}
