/**
 * The least that a proxy does which reads what is asked and what it costs: the body is parsed and written anew, the
 * answer read whole, a line logged. No check, no credential, no deadline.
 */
import { ask, type Env } from "./context.ts";

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const question: unknown = await request.json();
    const { method, headers, url } = request;
    const answer = await ask(new Request(url, { method, headers, body: JSON.stringify(question) }), env);
    const text = await answer.text();
    const { usage } = JSON.parse(text) as { usage: unknown };
    console.log(JSON.stringify({ status: answer.status, usage }));
    return new Response(text, answer);
  },
};
