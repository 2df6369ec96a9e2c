/** Every chunk passes through JavaScript, which looks for the ends of lines. */
import { ask, type Env } from "./context.ts";

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const answer = await ask(request, env);
    const decoder = new TextDecoder();
    const look = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        const text = decoder.decode(chunk, { stream: true });
        for (let at = text.indexOf("\n"); at >= 0; ) at = text.indexOf("\n", at + 1);
        controller.enqueue(chunk);
      },
    });
    return new Response(answer.body!.pipeThrough(look), answer);
  },
};
