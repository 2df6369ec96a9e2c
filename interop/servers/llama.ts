// llama.cpp's llama-server with a model of random weights: nonsense, made by a real engine with real grammars.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, type Server, start } from "./server.ts";

const KEY = "test-key";
const TEXT = "✓ ü € 😀 naïve";
/** The token `<tool_call>` of tiny-model.py: a bias for it is what makes such a model call a tool. */
const CALLS = { logit_bias: { "5": 100 }, parallel_tool_calls: false, reasoning_format: "none" };
const SCRIPT = fileURLToPath(new URL("tiny-model.py", import.meta.url));

export const LLAMA_HINT = `llama-server: LLAMA_SERVER must name its binary (https://github.com/ggml-org/llama.cpp; \`brew install llama.cpp\`),
and the model needs Python with gguf (\`pip install gguf==0.18.0\`; PYTHON names another python3). Then:
  LLAMA_SERVER=/path/to/llama-server node interop/servers/run.mjs llama`;

/** Throws when the binary or Python's `gguf` is absent; the message says which. */
export async function startLlama(binary: string): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-llama-"));
  const model = join(folder, "tiny.gguf");
  execFileSync(process.env.PYTHON ?? "python3", [SCRIPT, model], { stdio: ["ignore", "ignore", "inherit"] });
  const port = await freePort();
  const program = await start(
    binary,
    [
      ...["-m", model, "--host", "127.0.0.1", "--port", `${port}`, "--api-key", KEY, "--alias", "tiny"],
      ...["--jinja", "--embeddings", "--pooling", "mean", "-c", "4096", "-np", "2", "-t", "1", "--no-warmup"],
    ],
    /listening on/,
  );
  const origin = `http://127.0.0.1:${port}`;
  return {
    client: "llama-server",
    version: versionOf(binary),
    baseURL: `${origin}/v1`,
    key: KEY,
    model: "tiny",
    members: {
      // What is random is bounded by a grammar where a check looks at the text.
      chat: { grammar: 'root ::= "Hello" " there"' },
      stream: { grammar: 'root ::= "Hello" " there"' },
      "utf-8": { grammar: `root ::= "${TEXT}"` },
      abort: { ignore_eos: true, grammar: "root ::= [a-z ]*" },
      reasoning: { grammar: 'root ::= "<think>\\nFirst this, then that.\\n</think>\\n\\nDone."' },
      // It would think for as long as it may.
      structured: { reasoning_format: "none" },
      tools: CALLS,
      proxy: { grammar: `root ::= "${TEXT}"` },
    },
    text: TEXT,
    ownMember: "timings",
    absent: {
      azure: "it doesn't speak that dialect",
      files: "it keeps no files",
    },
    async idle() {
      const response = await fetch(`${origin}/slots`, { headers: { authorization: `Bearer ${KEY}` } });
      const slots = (await response.json()) as { is_processing: boolean }[];
      return slots.every((slot) => !slot.is_processing);
    },
    async stop() {
      await program.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** What it says of itself, on either of the two ways out. */
function versionOf(binary: string): string {
  const said = execFileSync("sh", ["-c", '"$0" --version 2>&1', binary], { encoding: "utf8" });
  const [, version = "unknown", commit = ""] = /version: (\S+)(?: \(.*?([0-9a-f]{7,})\))?/.exec(said) ?? [];
  return commit ? `${version} (${commit})` : version;
}
