// What happens while a service says nothing: comments to the caller, so that nothing on the way takes the connection for
// dead and a caller who has gone is noticed; and a deadline for a service that sends comments and no data.
import type { Dialect } from "./refusals.ts";

export interface Heartbeat {
  /** Silence before a comment, and between two. */
  readonly ms: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Who reads comments (looked up in the SDKs' sources): npm and PyPI `openai`, the AI SDK and @azure/core-sse skip them.
 * azure-ai-inference for Python raises ValueError at any line that is not `data: `, so its dialect gets none.
 */
const COMMENTED: ReadonlySet<Dialect> = new Set(["openai", "azure-openai", "agents"]);

/**
 * A line at the head of the next event, and no block of its own: openai-go took every blank line for an event without
 * data and failed (its issue 556), and azure-ai-agents for Python raises at a block without an `event:` line.
 */
const COMMENT = ":\n";

const encoder = new TextEncoder();

/** Undefined where there are none: for this dialect, or for `ms` 0. */
export function heartbeatFor(dialect: Dialect, ms: number): Heartbeat | undefined {
  return COMMENTED.has(dialect) && ms > 0 ? { ms, bytes: encoder.encode(COMMENT) } : undefined;
}

export interface SilenceOptions {
  readonly heartbeat?: Heartbeat | undefined;
  /** Without a new event for this long `stall` is called, once. Noticed a quarter later at most. */
  readonly stallMs?: number | undefined;
  /** Events so far. Asked a few times in `stallMs`, not for each piece. */
  readonly events: () => number;
  readonly beat: () => void;
  readonly stall: () => void;
}

export interface Silence {
  /** A piece has come or gone. Cheap: it notes the time and touches no timer. */
  broken(): void;
  stop(): void;
}

/** One timer for both; it looks at time stamps when it fires. */
export function watchSilence({ heartbeat, stallMs, events, beat, stall }: SilenceOptions): Silence {
  let piecesAt = Date.now();
  let eventsAt = piecesAt;
  let seen = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const looksMs = stallMs === undefined ? undefined : Math.max(1, Math.ceil(stallMs / 4));

  const wait = () => {
    const now = Date.now();
    const beatMs = heartbeat === undefined ? undefined : piecesAt + heartbeat.ms - now;
    const ms = Math.min(beatMs ?? Number.POSITIVE_INFINITY, looksMs ?? Number.POSITIVE_INFINITY);
    if (ms !== Number.POSITIVE_INFINITY) timer = setTimeout(look, Math.max(1, ms));
  };
  const look = () => {
    const now = Date.now();
    if (stallMs !== undefined) {
      const count = events();
      if (count !== seen) eventsAt = now;
      seen = count;
      if (now - eventsAt >= stallMs) return stall();
    }
    if (heartbeat !== undefined && now - piecesAt >= heartbeat.ms) {
      piecesAt = now;
      beat();
    }
    wait();
  };

  wait();
  return {
    broken: () => {
      piecesAt = Date.now();
    },
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
