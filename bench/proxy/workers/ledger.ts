/** As rewrite.ts, and a Durable Object is asked before the call and after it, and writes one row each time. */
import type { ObjectContext } from "../../../worker/platform.ts";
import type { Env } from "./context.ts";
import rewrite from "./rewrite.ts";

interface Bound extends Env {
  readonly LEDGER: {
    idFromName(name: string): unknown;
    get(id: unknown): { fetch(url: string, init: RequestInit): Promise<Response> };
  };
}

export class LedgerObject {
  readonly #sql: ObjectContext["storage"]["sql"];
  #asked = 0;

  constructor({ storage }: ObjectContext) {
    this.#sql = storage.sql;
    this.#sql.exec("CREATE TABLE IF NOT EXISTS calls (id INTEGER PRIMARY KEY, tokens INTEGER)");
  }

  async fetch(request: Request): Promise<Response> {
    const { tokens } = (await request.json()) as { tokens: number };
    this.#asked += 1;
    this.#sql.exec("INSERT OR REPLACE INTO calls VALUES (?, ?)", this.#asked % 1000, tokens);
    return Response.json({ ok: true });
  }
}

export default {
  async fetch(request: Request, env: Bound): Promise<Response> {
    const ask = async () => {
      const ledger = env.LEDGER.get(env.LEDGER.idFromName("a caller"));
      const answer = await ledger.fetch("http://ledger/", { method: "POST", body: '{"tokens":1}' });
      return answer.json();
    };
    await ask();
    const answer = await rewrite.fetch(request, env);
    await ask();
    return answer;
  },
};
