// The few Cloudflare names the worker uses, declared narrowly, so that nothing here needs the
// whole Workers type package and nothing leaks into the declarations of `latchkey/proxy`.

/** The rate limit binding of Cloudflare, and what the in-memory limiter offers elsewhere. */
export interface RateLimiter {
  limit(options: { key: string }): Promise<{ success: boolean }>;
}

/** What a runtime gives beside a request. Outside Cloudflare it may be left out. */
export interface Platform {
  waitUntil(promise: Promise<unknown>): void;
}

/** A native stream of workerd: bytes cross it without running JavaScript, and a pipe into it rejects when the reader has gone. */
export type IdentityTransformStream = new () => {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
};

/** Looked up at call time: module scope of a worker must not depend on the runtime. */
export function identityTransformStream(): IdentityTransformStream | undefined {
  return (globalThis as { IdentityTransformStream?: IdentityTransformStream }).IdentityTransformStream;
}

/** A native stream that knows its length: the response says it, and one byte less is an error instead of a short file. */
export type FixedLengthStream = new (
  bytes: number,
) => {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
};

export function fixedLengthStream(): FixedLengthStream | undefined {
  return (globalThis as { FixedLengthStream?: FixedLengthStream }).FixedLengthStream;
}

/** A binding to the Durable Objects of one class. */
export interface ObjectNamespace {
  idFromName(name: string): unknown;
  get(id: unknown): { fetch(url: string, init: RequestInit): Promise<Response> };
}

type SqlValue = string | number | null;

/** What a Durable Object is made with. */
export interface ObjectContext {
  readonly storage: {
    readonly sql: {
      exec<Row = Record<string, SqlValue>>(statement: string, ...values: SqlValue[]): { toArray(): Row[] };
    };
    getAlarm(): Promise<number | null>;
    setAlarm(at: number): Promise<void>;
    deleteAll(): Promise<void>;
  };
}
