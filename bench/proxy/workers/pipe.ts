/** Blind, too, but its promise tells when the caller has gone. */
import { ask, type Context, type Env, IdentityTransformStream } from "./context.ts";

export default {
  async fetch(request: Request, env: Env, context: Context): Promise<Response> {
    const answer = await ask(request, env);
    const { readable, writable } = new IdentityTransformStream();
    context.waitUntil(answer.body!.pipeTo(writable).catch(() => {}));
    return new Response(readable, answer);
  },
};
