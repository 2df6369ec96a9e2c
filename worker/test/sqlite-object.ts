// A Durable Object's surroundings in Node: SQLite, an alarm that rings when the test says so, and a restart that
// leaves nothing but what was stored. What only workerd can show is tested in workerd/ledger.test.ts.
import { DatabaseSync } from "node:sqlite";
import { LedgerObject } from "../ledger-object.ts";
import type { ObjectNamespace } from "../platform.ts";

type Value = string | number | null;

class Stored {
  #database = new DatabaseSync(":memory:");
  alarm: number | null = null;
  readonly statements: string[] = [];
  readonly sql = {
    exec: <Row>(statement: string, ...values: Value[]) => {
      this.statements.push(statement);
      const rows = this.#database.prepare(statement).all(...values) as Row[];
      // Rows of node:sqlite have no prototype; those of workerd do.
      return { toArray: () => rows.map((row) => ({ ...row })) };
    },
  };
  transactionSync = <T>(act: () => T): T => {
    this.#database.exec("BEGIN");
    try {
      const result = act();
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  };
  getAlarm = async () => this.alarm;
  setAlarm = async (at: number) => {
    this.alarm = at;
  };
  deleteAll = async () => {
    this.#database = new DatabaseSync(":memory:");
  };
  rows(table: string): number {
    const [row] = this.sql.exec<{ count: number }>(`SELECT COUNT(*) AS count FROM ${table}`).toArray();
    return row!.count;
  }
}

interface Running {
  readonly object: LedgerObject;
  readonly ready: Promise<void>;
}

export interface SqliteObjects {
  readonly namespace: ObjectNamespace;
  stored(name: string): Stored;
  /** As `kill -9` leaves it: every object in memory is gone. */
  restart(): void;
  /** Rings the alarm if its time has come. */
  ring(name: string): Promise<boolean>;
}

export function createSqliteObjects(now: () => number): SqliteObjects {
  const disks = new Map<string, Stored>();
  const running = new Map<string, Running>();
  const stored = (name: string) => {
    const disk = disks.get(name) ?? new Stored();
    disks.set(name, disk);
    return disk;
  };
  const start = (name: string): Running => {
    const already = running.get(name);
    if (already !== undefined) return already;
    let ready = Promise.resolve();
    const context = {
      storage: stored(name),
      blockConcurrencyWhile: (act: () => Promise<void>) => {
        ready = act();
        return ready;
      },
    };
    const object = new LedgerObject(context, undefined, now);
    const started = { object, ready };
    running.set(name, started);
    return started;
  };
  return {
    stored,
    restart: () => running.clear(),
    async ring(name) {
      const disk = stored(name);
      if (disk.alarm === null || disk.alarm > now()) return false;
      disk.alarm = null;
      const { object, ready } = start(name);
      await ready;
      await object.alarm();
      return true;
    },
    namespace: {
      idFromName: (name) => name,
      get: (id) => ({
        async fetch(url, init) {
          const { object, ready } = start(id as string);
          await ready;
          return object.fetch(new Request(url, init));
        },
      }),
    },
  };
}
