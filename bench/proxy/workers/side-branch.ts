/** What our relay does, without what it does it for: a side branch that is only counted, every 100 ms. */
import { ask, type Context, type Env, IdentityTransformStream } from "./context.ts";

export default {
  async fetch(request: Request, env: Env, context: Context): Promise<Response> {
    const answer = await ask(request, env);
    const [forCaller, aside] = answer.body!.tee();
    const { readable, writable } = new IdentityTransformStream();
    context.waitUntil(Promise.all([forCaller.pipeTo(writable), count(aside)]).catch(() => {}));
    return new Response(readable, answer);
  },
};

async function count(branch: ReadableStream<Uint8Array>): Promise<number> {
  const reader = branch.getReader({ mode: "byob" });
  let buffer = new ArrayBuffer(64 * 1024);
  for (let bytes = 0; ; ) {
    const { done, value } = await reader.read(new Uint8Array(buffer));
    if (done) return bytes;
    bytes += value.byteLength;
    const full = value.byteLength === buffer.byteLength;
    buffer = value.buffer;
    if (!full) await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
