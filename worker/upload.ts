// A form on its way to the upstream: read part by part, checked, and written anew with a boundary of our own.
// A file's bytes pass through; only small fields are held. What is wrong with a form may show after the
// upstream call has begun: then the body breaks off and `refusal` says why.
import type { Config } from "./config.ts";
import { createFormCheck, type FormSpec } from "./form-check.ts";
import { closing, fieldPart, lineEnd, type ModelField, writePart } from "./form-writer.ts";
import { boundaryOf, createFormReader, FormError, type FormEvent } from "./multipart-reader.ts";
import { type ByteReader, fillStream, type Read, readBody, takesBytesAtOnce } from "./pump.ts";
import { type Refusal, refuse } from "./refusals.ts";

export interface Upload {
  readonly contentType: string;
  /** Fields seen so far, by their first value. */
  readonly fields: ReadonlyMap<string, string>;
  /** Why the form is not acceptable, once that is known. */
  readonly refusal: Refusal | undefined;
  /** Resolves when the last byte has been handed on, or the upload has ended otherwise. */
  readonly sent: Promise<void>;
  /**
   * The body for the upstream. `model` gives what is sent in place of the caller's field, or undefined for nothing;
   * `first` is sent as the model where the caller's form has none. Call once.
   */
  body(model: ModelField, first?: string): ReadableStream<Uint8Array>;
  /** Stops reading the caller's body. Harmless after the end. */
  stop(): void;
}

/** What all uploads of a proxy may hold back together. */
export interface Pool {
  take(bytes: number): boolean;
  give(bytes: number): void;
}

export function createPool(size: number): Pool {
  let taken = 0;
  return {
    take: (bytes) => {
      if (taken + bytes > size) return false;
      taken += bytes;
      return true;
    },
    give: (bytes) => {
      taken -= bytes;
    },
  };
}

/** What holding one piece costs beside its bytes, so that a body in single bytes is not held for free. */
const EVENT_COST_BYTES = 256;

/**
 * Opens the form and reads until everything that decides the upstream is known: the fields before the first file
 * and, with `needsModel`, the field `model`, holding back what comes before it.
 */
export async function openUpload(
  request: Request,
  spec: FormSpec,
  config: Pick<Config, "limits" | "deadlines">,
  { needsModel, pool }: { needsModel: boolean; pool: Pool },
): Promise<{ ok: true; upload: Upload } | Refusal> {
  const boundary = boundaryOf(request.headers.get("content-type") ?? "");
  if (boundary === undefined) return refuse("form_media_type_refused");
  const encoding = request.headers.get("content-encoding");
  if (encoding !== null && encoding.toLowerCase() !== "identity") return refuse("content_encoding_refused");
  const most = spec.fileBytes + config.limits.bodyBytes; // the fields have the room of a JSON body
  if (Number(request.headers.get("content-length") ?? 0) > most) return refuse("body_too_large");
  if (request.body === null) return refuse("form_malformed");

  const source = createSource(request.body, config.deadlines, () => fail(refuse("body_timeout")));
  const form = createFormReader(boundary);
  const check = createFormCheck(spec);
  const ours = `latchkey-${crypto.randomUUID()}`;
  const held: FormEvent[] = [];
  let heldBytes = 0;
  let refusal: Refusal | undefined;
  let ended = false;
  let settle: () => void = () => {};
  const sent = new Promise<void>((resolve) => {
    settle = resolve;
  });

  const stop = () => {
    source.stop();
    pool.give(heldBytes);
    heldBytes = 0;
    settle();
  };
  const fail = (why: Refusal): Refusal => {
    refusal ??= why;
    stop();
    return refusal;
  };

  const broken = (why: Refusal) => {
    fail(why);
    return new Error("The form is not acceptable.");
  };

  /** The next events, or a refusal; an empty list at the end. */
  async function next(): Promise<readonly FormEvent[] | Refusal> {
    try {
      for (;;) {
        const { done, value } = await source.read();
        if (done) {
          form.end();
          ended = true;
          return check.missing() ?? [];
        }
        const events = form.push(value);
        for (const event of events) {
          const wrong = check.event(event);
          if (wrong !== undefined) return wrong;
        }
        if (events.length > 0) return events;
      }
    } catch (cause) {
      if (cause instanceof FormError) {
        return refuse(cause.reason === "malformed" ? "form_malformed" : "body_too_large");
      }
      return refuse(source.late() ? "body_timeout" : "body_broken");
    }
  }

  while (!ended && (needsModel ? !check.fields.has("model") : !held.some(({ type }) => type === "file"))) {
    const events = await next();
    if ("reason" in events) return fail(events);
    const waits = needsModel && !check.fields.has("model");
    for (const event of events) {
      if (event.type !== "bytes" || !waits) {
        held.push(event);
        continue;
      }
      // A copy: a few bytes must not keep the whole buffer that they were read into.
      const cost = event.bytes.byteLength + EVENT_COST_BYTES;
      if (!pool.take(cost)) return fail(refuse("model_after_file", { param: "model" }));
      heldBytes += cost;
      held.push({ type: "bytes", bytes: event.bytes.slice() });
    }
  }

  return {
    ok: true,
    upload: {
      contentType: `multipart/form-data; boundary=${ours}`,
      fields: check.fields,
      get refusal() {
        return refusal;
      },
      sent,
      stop,
      body(model, first) {
        const filled = fillStream(
          async (take) => {
            const write = async (bytes: Uint8Array) => {
              const stalled = setTimeout(() => fail(refuse("upstream_timeout")), config.deadlines.idleMs);
              await take(bytes).finally(() => clearTimeout(stalled));
            };
            if (first !== undefined) await write(fieldPart(ours, "model", first));
            let inFile = false;
            for (let events: readonly FormEvent[] | Refusal = held.splice(0); ; events = await next()) {
              if ("reason" in events) throw broken(events);
              for (const event of events) {
                // A file's last bytes end with its part, which the next event or the end shows.
                if (inFile && event.type !== "bytes") await write(lineEnd());
                inFile = event.type !== "field";
                const piece = writePart(event, ours, model);
                if ("reason" in piece) throw broken(piece);
                if (piece.byteLength > 0) await write(piece);
              }
              pool.give(heldBytes);
              heldBytes = 0;
              if (ended) break;
            }
            if (inFile) await write(lineEnd());
            await write(closing(ours));
            settle();
          },
          { onCancel: stop },
        );
        return filled.body;
      },
    },
  };
}

/** The caller's body with a deadline for the whole and one for silence. `onLate` also when nobody is reading. */
function createSource(
  body: ReadableStream<Uint8Array>,
  { uploadMs, idleMs }: Config["deadlines"],
  onLate: () => void,
) {
  const { read, cancel }: ByteReader = readBody(body, { reuse: takesBytesAtOnce() });
  let late = false;
  const giveUp = () => {
    late = true;
    cancel();
    onLate();
  };
  const longest = setTimeout(giveUp, uploadMs);
  return {
    late: () => late,
    async read(): Promise<Read> {
      const idle = setTimeout(giveUp, idleMs);
      try {
        const result = await read();
        if (late) throw new Error("The body came too slowly.");
        if (result.done) clearTimeout(longest);
        return result;
      } catch (cause) {
        clearTimeout(longest);
        throw cause;
      } finally {
        clearTimeout(idle);
      }
    },
    stop() {
      clearTimeout(longest);
      cancel();
    },
  };
}
