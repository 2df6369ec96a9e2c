// The one thing that tests inside workerd take from the runtime's own module.
declare module "cloudflare:workers" {
  export const env: Readonly<Record<string, unknown>>;
}

// And from the test runner: the alarm and the end of an object.
declare module "cloudflare:test" {
  export function runDurableObjectAlarm(stub: unknown): Promise<boolean>;
  export function abortAllDurableObjects(): Promise<void>;
  export function runInDurableObject<Result>(
    stub: unknown,
    callback: (
      instance: unknown,
      state: { storage: { sql: { exec(statement: string): { toArray(): unknown[] } } } },
    ) => Result,
  ): Promise<Result>;
}
