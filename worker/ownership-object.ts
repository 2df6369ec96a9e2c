// Ownership on Cloudflare: one Durable Object per caller, named by a hash of the caller, with one table in SQLite.
// Each question is one synchronous step, so no other request can come in between. The proxy asks by fetch, in JSON.
import {
  type ObjectKind,
  type OwnedObject,
  type OwnershipOf,
  OwnershipUnavailable,
  type PageQuery,
  type Reference,
} from "./ownership.ts";
import type { ObjectContext, ObjectNamespace } from "./platform.ts";

type Row = { kind: string; id: string; upstream: string; purpose: string | null; model: string | null };
const COLUMNS = "kind, id, upstream, purpose, model";

/** What the proxy may ask for. Anything else is a bug on our side. */
type Question = { readonly forgetAfterMs?: number } & (
  | { readonly step: "find"; readonly references: readonly Reference[] }
  | { readonly step: "add"; readonly objects: readonly OwnedObject[]; readonly most: number }
  | { readonly step: "remove"; readonly reference: Reference }
  | { readonly step: "page"; readonly query: PageQuery }
);

/** Bound as OWNERSHIP in wrangler.toml. */
export class OwnershipObject {
  readonly #storage: ObjectContext["storage"];
  readonly #sql: ObjectContext["storage"]["sql"];

  constructor(context: ObjectContext) {
    this.#storage = context.storage;
    this.#sql = context.storage.sql;
    this.#createTable();
  }

  #createTable(): void {
    this.#sql.exec(
      `CREATE TABLE IF NOT EXISTS objects (
        number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL,
        upstream TEXT NOT NULL, purpose TEXT, model TEXT, UNIQUE (kind, id))`,
    );
    // Tables of earlier versions have no models.
    const columns = this.#sql.exec<{ name: string }>("PRAGMA table_info(objects)").toArray();
    if (!columns.some(({ name }) => name === "model")) {
      this.#sql.exec("ALTER TABLE objects ADD COLUMN model TEXT");
    }
  }

  /** Only the proxy can call this: a Durable Object has no address on the network. */
  async fetch(request: Request): Promise<Response> {
    const question = (await request.json()) as Question;
    const answer = this.#answer(question);
    if (question.forgetAfterMs !== undefined) await this.#postpone(question.forgetAfterMs);
    return Response.json({ answer });
  }

  /** I12 A session that nobody uses any more leaves nothing behind. */
  async alarm(): Promise<void> {
    await this.#storage.deleteAll();
    this.#createTable(); // this object may still be asked before it is taken down
  }

  /** Written only when half of the time is over: most questions cost no write. */
  async #postpone(forgetAfterMs: number): Promise<void> {
    const now = Date.now();
    const set = await this.#storage.getAlarm();
    if (set === null || set - now < forgetAfterMs / 2) await this.#storage.setAlarm(now + forgetAfterMs);
  }

  #answer(question: Question): unknown {
    switch (question.step) {
      case "find":
        return question.references.map((reference) => this.#find(reference) ?? null);
      case "add":
        return this.#add(question.objects, question.most);
      case "remove": {
        const { kind, id } = question.reference;
        this.#sql.exec("DELETE FROM objects WHERE kind = ? AND id = ?", kind, id);
        return true;
      }
      case "page":
        return this.#page(question.query);
    }
  }

  #find({ kind, id }: Reference): OwnedObject | undefined {
    const [row] = this.#sql
      .exec<Row>(`SELECT ${COLUMNS} FROM objects WHERE kind = ? AND id = ?`, kind, id)
      .toArray();
    return row && ownedObject(row);
  }

  #add(objects: readonly OwnedObject[], most: number): boolean {
    const fresh: OwnedObject[] = [];
    for (const object of objects) {
      const known = this.#find(object);
      if (known === undefined) fresh.push(object);
      else if (object.model !== undefined && known.model !== object.model) {
        this.#sql.exec("UPDATE objects SET model = '' WHERE kind = ? AND id = ?", object.kind, object.id);
      }
    }
    const [{ count } = { count: 0 }] = this.#sql
      .exec<{ count: number }>("SELECT COUNT(*) AS count FROM objects")
      .toArray();
    if (count + fresh.length > most) return false;
    for (const { kind, id, upstream, purpose, model } of fresh) {
      this.#sql.exec(
        "INSERT INTO objects (kind, id, upstream, purpose, model) VALUES (?, ?, ?, ?, ?)",
        kind,
        id,
        upstream,
        purpose ?? null,
        model ?? null,
      );
    }
    return true;
  }

  #page({ kind, limit, order, after, purpose, upstream }: PageQuery): {
    objects: OwnedObject[];
    more: boolean;
  } {
    const descends = order === "desc";
    let from = descends ? Number.MAX_SAFE_INTEGER : 0;
    if (after !== undefined) {
      const [row] = this.#sql
        .exec<{ number: number }>("SELECT number FROM objects WHERE kind = ? AND id = ?", kind, after)
        .toArray();
      if (row === undefined) return { objects: [], more: false };
      from = row.number;
    }
    const rows = this.#sql
      .exec<Row>(
        `SELECT ${COLUMNS} FROM objects
          WHERE kind = ? AND number ${descends ? "<" : ">"} ? AND (? IS NULL OR purpose = ?)
            AND (? IS NULL OR upstream = ?)
          ORDER BY number ${descends ? "DESC" : "ASC"} LIMIT ?`,
        kind,
        from,
        purpose ?? null,
        purpose ?? null,
        upstream ?? null,
        upstream ?? null,
        limit + 1,
      )
      .toArray();
    return { objects: rows.slice(0, limit).map(ownedObject), more: rows.length > limit };
  }
}

function ownedObject({ kind, id, upstream, purpose, model }: Row): OwnedObject {
  return {
    kind: kind as ObjectKind,
    id,
    upstream,
    ...(purpose === null ? {} : { purpose }),
    ...(model === null ? {} : { model }),
  };
}

/** The proxy's side: each caller's objects in the Durable Object of the caller's name. */
export function ownershipIn(namespace: ObjectNamespace): OwnershipOf {
  return (principal, forgetAfterMs) => {
    const ask = async <T>(question: Question): Promise<T> => {
      try {
        const object = namespace.get(namespace.idFromName(principal));
        const body = JSON.stringify({ ...question, forgetAfterMs });
        const response = await object.fetch("https://ownership/", { method: "POST", body });
        return ((await response.json()) as { answer: T }).answer;
      } catch (cause) {
        throw new OwnershipUnavailable("Who owns what can't be told.", { cause });
      }
    };
    return {
      find: async (references) =>
        references.length === 0
          ? []
          : (await ask<(OwnedObject | null)[]>({ step: "find", references })).map((one) => one ?? undefined),
      add: (objects, most) => ask({ step: "add", objects, most }),
      remove: async (reference) => void (await ask({ step: "remove", reference })),
      page: (query) => ask({ step: "page", query }),
    };
  };
}
