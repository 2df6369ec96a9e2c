// A program of its own for transfers.test.ts: sends a long file as a stream, or takes one, as often as it's told to.
// What its memory grows by is seen from outside.
//   node --conditions=latchkey-source test/openai/transfer.ts <emulator's URL> up|down <bytes>
import { OpenAI, toStreamingFile } from "latchkey/openai";
import { blobBytes } from "../../emulator/blob.ts";

const [url = "", direction, size = "0"] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "emulator-key" });
const CHUNK_BYTES = 0x10000;

/** The bytes of the emulator's blobs, which it knows without keeping them. */
async function* bytes(length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < length; at += CHUNK_BYTES) yield blobBytes(at, Math.min(at + CHUNK_BYTES, length));
}

async function upload(length: number): Promise<string> {
  const file = toStreamingFile(bytes(length), "long.bin", { size: length });
  const { id, bytes: arrived } = await client.files.create({ file, purpose: "user_data" });
  if (arrived !== length) throw new Error(`${arrived} of ${length} bytes arrived.`);
  return id;
}

async function download(id: string): Promise<number> {
  let length = 0;
  for await (const piece of (await client.files.content(id)).body!) length += piece.length;
  return length;
}

const length = Number(size);
let id = await upload(8 * 1024 * 1024);
await download(id);
if (direction === "down") id = await upload(length);
// A round for each line that comes in, told when it's over.
process.stdout.write("ready\n");
for await (const _line of process.stdin) {
  if (direction === "up") await upload(length);
  else if ((await download(id)) !== length) throw new Error("The file came short.");
  process.stdout.write("done\n");
}
