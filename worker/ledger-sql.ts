// A ledger's rows in SQLite, as a Durable Object has it. One statement per step, all synchronous; the object runs each
// question in one transaction.

import type { Second } from "./ledger-room.ts";
import type { ClosedCall, Day, LedgerStore, LiveCall, LiveSummary, UsageRow } from "./ledger-store.ts";
import type { ObjectContext } from "./platform.ts";

type Sql = ObjectContext["storage"]["sql"];

const TABLES = [
  `live (id TEXT PRIMARY KEY, model TEXT NOT NULL, stream INTEGER NOT NULL, admitted INTEGER NOT NULL,
    lease_ms INTEGER NOT NULL, until INTEGER NOT NULL, limits TEXT NOT NULL, tokens_in INTEGER NOT NULL,
    tokens_out INTEGER NOT NULL, micros INTEGER NOT NULL) WITHOUT ROWID`,
  `closed (id TEXT PRIMARY KEY, model TEXT NOT NULL, admitted INTEGER NOT NULL, how TEXT NOT NULL,
    closed INTEGER NOT NULL, tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL, micros INTEGER NOT NULL)
    WITHOUT ROWID`,
  `seconds (second INTEGER PRIMARY KEY, requests INTEGER NOT NULL, tokens INTEGER NOT NULL)`,
  `days (day TEXT PRIMARY KEY, tokens INTEGER NOT NULL, micros INTEGER NOT NULL, held_tokens INTEGER NOT NULL,
    held_micros INTEGER NOT NULL, keep_days INTEGER NOT NULL) WITHOUT ROWID`,
  `usage (day TEXT NOT NULL, model TEXT NOT NULL, requests INTEGER NOT NULL, tokens_in INTEGER NOT NULL,
    tokens_out INTEGER NOT NULL, micros INTEGER NOT NULL, PRIMARY KEY (day, model)) WITHOUT ROWID`,
];

// Named as the members are, so that a row is a value.
const USED = `tokens_in AS tokensIn, tokens_out AS tokensOut, micros`;
const LIVE = `id, model, stream, admitted, lease_ms AS leaseMs, until, limits, ${USED}`;
const MOST = Number.MAX_SAFE_INTEGER;

type LiveRow = Omit<LiveCall, "stream" | "limits"> & { stream: number; limits: string };

export function createTables(sql: Sql): void {
  for (const table of TABLES) sql.exec(`CREATE TABLE IF NOT EXISTS ${table}`);
}

function liveCall({ stream, limits, ...row }: LiveRow): LiveCall {
  return { ...row, stream: stream === 1, limits: JSON.parse(limits) as LiveCall["limits"] };
}

export function createSqlStore(sql: Sql): LedgerStore {
  const all = <Row>(statement: string, ...values: (string | number)[]) =>
    sql.exec<Row>(statement, ...values).toArray();
  const one = <Row>(statement: string, ...values: (string | number)[]) => all<Row>(statement, ...values)[0];
  const run = (statement: string, ...values: (string | number)[]) => void sql.exec(statement, ...values);

  const addSecond = (second: number, requests: number, tokens: number) =>
    run(
      `INSERT INTO seconds (second, requests, tokens) VALUES (?, ?, ?) ON CONFLICT (second) DO UPDATE
        SET requests = requests + excluded.requests, tokens = tokens + excluded.tokens`,
      ...[second, requests, tokens],
    );

  return {
    live(id) {
      const row = one<LiveRow>(`SELECT ${LIVE} FROM live WHERE id = ?`, id);
      return row && liveCall(row);
    },
    putLive({ id, model, stream, admitted, leaseMs, until, limits, tokensIn, tokensOut, micros }) {
      run(
        `INSERT OR REPLACE INTO live (id, model, stream, admitted, lease_ms, until, limits, tokens_in, tokens_out, micros)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        ...[id, model, stream ? 1 : 0, admitted, leaseMs, until, JSON.stringify(limits)],
        ...[tokensIn, tokensOut, micros],
      );
    },
    removeLive: (id) => run("DELETE FROM live WHERE id = ?", id),
    summary() {
      type Row = { [member in keyof LiveSummary]: number | null };
      const row = one<Row>(
        `SELECT COUNT(*) AS calls, SUM(stream) AS streams, MIN(until) AS until,
          MIN(CASE WHEN stream = 1 THEN until END) AS streamUntil, MAX(until - lease_ms) AS seen FROM live`,
      )!;
      return {
        calls: row.calls ?? 0,
        streams: row.streams ?? 0,
        until: row.until ?? undefined,
        streamUntil: row.streamUntil ?? undefined,
        seen: row.seen ?? 0,
      };
    },
    ended: (now) => all<LiveRow>(`SELECT ${LIVE} FROM live WHERE until <= ?`, now).map(liveCall),
    shortenLeases: (now) => run("UPDATE live SET until = ? + lease_ms WHERE until > ? + lease_ms", now, now),

    closed: (id) =>
      one<ClosedCall>(`SELECT id, model, admitted, how, closed, ${USED} FROM closed WHERE id = ?`, id),
    putClosed: ({ id, model, admitted, how, closed, tokensIn, tokensOut, micros }) =>
      run(
        `INSERT OR REPLACE INTO closed (id, model, admitted, how, closed, tokens_in, tokens_out, micros)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        ...[id, model, admitted, how, closed, tokensIn, tokensOut, micros],
      ),
    pruneClosed(before, most) {
      run("DELETE FROM closed WHERE closed < ?", before);
      run(
        "DELETE FROM closed WHERE id IN (SELECT id FROM closed ORDER BY closed DESC LIMIT -1 OFFSET ?)",
        most,
      );
    },
    firstClosed: () =>
      one<{ first: number | null }>("SELECT MIN(closed) AS first FROM closed")?.first ?? undefined,

    seconds: (from) =>
      all<Second>("SELECT second, requests, tokens FROM seconds WHERE second >= ? ORDER BY second", from),
    addSecond,
    correctSecond: (second, requests, tokens) =>
      run(
        "UPDATE seconds SET requests = MAX(0, requests + ?), tokens = MAX(0, tokens + ?) WHERE second = ?",
        ...[requests, tokens, second],
      ),
    pruneSeconds: (before) => run("DELETE FROM seconds WHERE second < ?", before),
    moveSeconds(to) {
      const later = all<Second>("SELECT second, requests, tokens FROM seconds WHERE second > ?", to);
      run("DELETE FROM seconds WHERE second > ?", to);
      for (const { requests, tokens } of later) addSecond(to, requests, tokens);
    },

    days: (from, to) =>
      one<Omit<Day, "day">>(
        `SELECT COALESCE(SUM(tokens), 0) AS tokens, COALESCE(SUM(micros), 0) AS micros,
          COALESCE(SUM(held_tokens), 0) AS heldTokens, COALESCE(SUM(held_micros), 0) AS heldMicros
          FROM days WHERE day BETWEEN ? AND ?`,
        from,
        to,
      )!,
    addDay: ({ day, tokens, micros, heldTokens, heldMicros }, keepDays = 0) =>
      run(
        `INSERT INTO days (day, tokens, micros, held_tokens, held_micros, keep_days) VALUES (?, ?, ?, ?, ?, ?)
          ON CONFLICT (day) DO UPDATE SET tokens = MIN(${MOST}, tokens + excluded.tokens),
          micros = MIN(${MOST}, micros + excluded.micros), held_tokens = held_tokens + excluded.held_tokens,
          held_micros = held_micros + excluded.held_micros,
          keep_days = CASE excluded.keep_days WHEN 0 THEN keep_days ELSE excluded.keep_days END`,
        ...[day, tokens, micros, heldTokens, heldMicros, keepDays],
      ),
    newestDay: () =>
      one<{ day: string; keepDays: number }>(
        "SELECT day, keep_days AS keepDays FROM days ORDER BY day DESC LIMIT 1",
      ),

    usage: (from, to) =>
      all<UsageRow>(`SELECT day, model, requests, ${USED} FROM usage WHERE day BETWEEN ? AND ?`, from, to),
    addUsage: ({ day, model, requests, tokensIn, tokensOut, micros }) =>
      run(
        `INSERT INTO usage (day, model, requests, tokens_in, tokens_out, micros) VALUES (?, ?, ?, ?, ?, ?)
          ON CONFLICT (day, model) DO UPDATE SET requests = requests + excluded.requests,
          tokens_in = MIN(${MOST}, tokens_in + excluded.tokens_in),
          tokens_out = MIN(${MOST}, tokens_out + excluded.tokens_out), micros = MIN(${MOST}, micros + excluded.micros)`,
        ...[day, model, requests, tokensIn, tokensOut, micros],
      ),
    pruneDays(before) {
      run("DELETE FROM days WHERE day < ?", before);
      run("DELETE FROM usage WHERE day < ?", before);
    },
  };
}
