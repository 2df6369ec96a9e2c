/** What workerd gives the workers of this folder. */
export interface Env {
  readonly UPSTREAM: string;
}

export interface Context {
  waitUntil(promise: Promise<unknown>): void;
}

export const IdentityTransformStream = (
  globalThis as unknown as {
    IdentityTransformStream: new () => {
      readable: ReadableStream<Uint8Array>;
      writable: WritableStream<Uint8Array>;
    };
  }
).IdentityTransformStream;

/** The request as it came, to the upstream. */
export function ask(request: Request, env: Env): Promise<Response> {
  return fetch(env.UPSTREAM + new URL(request.url).pathname, request);
}
