/** A side branch that is read chunk by chunk. */
import { ask, type Context, type Env } from "./context.ts";

export default {
  async fetch(request: Request, env: Env, context: Context): Promise<Response> {
    const answer = await ask(request, env);
    const [forCaller, aside] = answer.body!.tee();
    context.waitUntil(count(aside));
    return new Response(forCaller, answer);
  },
};

async function count(branch: ReadableStream<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const chunk of branch) bytes += chunk.byteLength;
  return bytes;
}
