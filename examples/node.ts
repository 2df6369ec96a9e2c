// Streams an answer in Node 22.18 or newer, which runs TypeScript as it is. Start something to talk to, then run it:
//   npx latchkey emulator
//   node examples/node.ts http://127.0.0.1:8788/models emulator-key
// The address may as well be your worker's (https://…workers.dev/models) with a key from `npx latchkey key <name>`.
import { ChatCompletionsClient, LatchkeyError } from "latchkey";

const [endpoint = process.env.LATCHKEY_ENDPOINT, key = process.env.LATCHKEY_KEY] = process.argv.slice(2);
if (endpoint === undefined || key === undefined) throw new Error("usage: node node.ts <endpoint> <key>");

const client = new ChatCompletionsClient(endpoint, { key });
const messages = [{ role: "user" as const, content: "Explain server-sent events in three sentences." }];

// Text as it arrives, then the whole message with what it cost.
const stream = await client.complete({ model: "gpt-5-mini", messages, stream: true });
for await (const text of stream.text()) process.stdout.write(text);
const answer = await stream.final();
console.log(`\n\n${answer.model} finished: ${answer.choices[0]?.finish_reason}`);

// Everything the client throws is a LatchkeyError; `kind` says which sort it is.
try {
  await client.complete({ model: "no-such-model", messages });
} catch (error) {
  if (!(error instanceof LatchkeyError)) throw error;
  console.log(`caught: ${error.kind}, ${error.message}`);
}

// Leaving the loop closes the connection, and with it what the service would still bill.
const long = await client.complete({ model: "gpt-5-mini", messages, stream: true });
for await (const text of long.text()) {
  console.log(`stopped after: ${JSON.stringify(text)}`);
  break;
}
