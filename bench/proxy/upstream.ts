/** Starts the service (upstream-process.ts) and hears from it. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface Upstream {
  readonly url: string;
  /** When was the answer for this `user` closed, in ms since 1970? */
  closed(user: string, withinMs: number): Promise<number | undefined>;
  close(): void;
}

type Told = { port: number } | { closed: string; at: number };

export async function startUpstream(): Promise<Upstream> {
  const child = fork(fileURLToPath(new URL("./upstream-process.ts", import.meta.url)), {
    execArgv: [],
  });
  const closings = new Map<string, number>();
  const port = await new Promise<number>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`The upstream has left with ${code}.`)));
    child.on("message", (told: Told) => {
      if ("port" in told) resolve(told.port);
      else closings.set(told.closed, told.at);
    });
  });
  return {
    url: `http://127.0.0.1:${port}`,
    async closed(user, withinMs) {
      for (const until = Date.now() + withinMs; Date.now() < until; ) {
        if (closings.has(user)) return closings.get(user);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return undefined;
    },
    close: () => child.kill(),
  };
}
