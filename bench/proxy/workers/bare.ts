/** The floor: the answer crosses natively, and nobody sees it. */
import { ask, type Env } from "./context.ts";

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const answer = await ask(request, env);
    return new Response(answer.body, answer);
  },
};
