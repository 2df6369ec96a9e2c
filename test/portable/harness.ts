// Tests that every runtime can run: no test framework, no assertion library, nothing but the language and Web APIs.
// A suite declares its tests; a host (one per kind of runtime) runs a suite and hands the results on as plain JSON.

import { shown } from "./expect.ts";

/** Where a test finds its service: nowhere, the emulator in process, or the emulator over HTTP on loopback. */
export type Place = "alone" | "in process" | "HTTP";

/** What not every platform has. Which ones lack it, and why, is in `gaps.ts`. */
export type Feature = "files" | "forms" | "request-streams" | "request-streams over HTTP" | "proxy";

export interface Service {
  /** The emulator's origin. */
  readonly url: string;
  /** For the client's option of this name: the emulator's, or undefined for the runtime's own. */
  readonly fetch: typeof fetch | undefined;
  /** The runtime's `fetch` or the emulator's: for requests without a client. */
  readonly ask: typeof fetch;
  /** Another name for each test, so that tests don't meet in one project. */
  readonly name: string;
  /** What the emulator delivered for one `x-ms-client-request-id`. */
  ledger(id: string): Promise<readonly Delivered[]>;
}

/** The part of an entry of the emulator's ledger that tests look at. */
export interface Delivered {
  readonly outcome: string;
  readonly status: number;
  readonly chunks: number;
}

export interface Host {
  readonly name: string;
  /** Whether it is a page's: keys need an opt-in, and requests to another origin its consent. */
  readonly browser: boolean;
  /** Origin of the emulator that the runner serves. */
  readonly emulator: string;
  /** A folder that tests may write to, where there are folders. */
  readonly folder?: string | undefined;
  /** Rejections that nobody handled, as far as the runtime tells of them. */
  readonly stray: string[];
  /** What this host's platform lacks, each with the reason. */
  readonly gaps: Partial<Record<Feature, string>>;
}

export interface Result {
  readonly suite: string;
  readonly place: Place;
  readonly name: string;
  readonly ms: number;
  /** Absent where the test passed. */
  readonly error?: string;
  /** Why it was not run. */
  readonly gap?: string;
}

type Body = (service: Service, host: Host) => unknown;
interface Case {
  readonly place: Place;
  readonly name: string;
  readonly body: Body;
  readonly needs: Feature | undefined;
}

/** What a test that needs something in process needs over HTTP. */
const OVER_HTTP: Partial<Record<Feature, Feature>> = {
  files: "files",
  "request-streams": "request-streams over HTTP",
};

const TEST_TIMEOUT_MS = 15_000;

export class Suite {
  readonly cases: Case[] = [];
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  /** A test without an emulator. */
  alone(name: string, body: (host: Host) => unknown, needs?: Feature): void {
    this.#add("alone", name, (_, host) => body(host), needs);
  }

  /** A test against the emulator, run twice: in process and over HTTP. */
  both(name: string, body: Body, needs?: Feature): void {
    this.#add("in process", name, body, needs);
    this.#add("HTTP", name, body, needs === undefined ? undefined : OVER_HTTP[needs]);
  }

  /** A test of what only a real connection does. */
  http(name: string, body: Body, needs?: Feature): void {
    this.#add("HTTP", name, body, needs);
  }

  #add(place: Place, name: string, body: Body, needs: Feature | undefined): void {
    if (this.cases.some((other) => other.place === place && other.name === name)) {
      throw new Error(`${this.name} has two tests named "${name}".`);
    }
    this.cases.push({ place, name, body, needs });
  }

  /** Runs the tests one after the other. `open` makes the service of a test. */
  async run(host: Host, open: (place: Place, name: string) => Service): Promise<Result[]> {
    const results: Result[] = [];
    for (const [index, { place, name, body, needs }] of this.cases.entries()) {
      const start = Date.now();
      const gap = needs === undefined ? undefined : host.gaps[needs];
      const error =
        gap === undefined
          ? await failure(() => body(open(place, `${this.name}-${index}`), host), host.stray)
          : undefined;
      results.push({
        suite: this.name,
        place,
        name,
        ms: Date.now() - start,
        ...(error === undefined ? {} : { error }),
        ...(gap === undefined ? {} : { gap }),
      });
    }
    return results;
  }
}

/** Why a test failed; a rejection that nobody handled while it ran is a reason, too. */
async function failure(work: () => unknown, stray: string[]): Promise<string | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${TEST_TIMEOUT_MS} ms`)), TEST_TIMEOUT_MS);
  });
  try {
    await Promise.race([Promise.resolve().then(work), late]);
    if (stray.length > 0) throw new Error(`unhandled: ${stray.splice(0).join("; ")}`);
    return undefined;
  } catch (error) {
    return error instanceof Error ? told(error) : `thrown: ${shown(error)}`;
  } finally {
    clearTimeout(timer);
  }
}

/** With what caused it, which runtimes leave out of the stack. */
function told(error: Error): string {
  const { cause } = error;
  const why = cause === undefined ? "" : `because ${cause instanceof Error ? told(cause) : shown(cause)}\n`;
  return `${error}\n${why}${error.stack ?? ""}`;
}
