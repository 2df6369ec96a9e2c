// A service that keeps objects, in one function: what the proxy's tests put behind it when they want to see every
// request that comes through. It knows ids and nothing about models; the emulator is for behaviour.

export interface Seen {
  readonly method: string;
  readonly url: string;
  /** Path without the service's base. */
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

const KINDS: Record<string, { prefix: string; object: string }> = {
  files: { prefix: "file", object: "file" },
  batches: { prefix: "batch", object: "batch" },
  jobs: { prefix: "ftjob", object: "fine_tuning.job" },
  responses: { prefix: "resp", object: "response" },
  conversations: { prefix: "conv", object: "conversation" },
};

export interface ObjectService {
  readonly seen: Seen[];
  readonly contents: Map<string, string>;
  fetch(url: string, init: RequestInit): Promise<Response>;
}

/** `answer` may answer a request itself, before the objects do. */
export function objectService(
  answer: (seen: Seen) => Response | undefined | Promise<Response | undefined> = () => undefined,
): ObjectService {
  const seen: Seen[] = [];
  const objects = new Map<string, Record<string, unknown>>();
  const contents = new Map<string, string>();
  let last = 0;

  const reply = (value: unknown, status = 200) =>
    new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json" } });
  const absent = () => reply({ error: { code: "not_found", message: "No such object" } }, 404);

  async function handle({ method, path, body }: Seen): Promise<Response> {
    const [, collection = "", id, action] = /^\/(?:fine_tuning\/)?(\w+)(?:\/([\w-]+))?(?:\/(\w+))?/.exec(
      path,
    )!;
    const kind = KINDS[collection];
    if (kind === undefined) {
      // Whatever model was asked, its answer has the member that shows it.
      const usage = { prompt_tokens: 1, total_tokens: 1 };
      return reply({ object: "list", data: [], choices: [], text: "", usage });
    }
    if (id === undefined && method === "POST") {
      last += 1;
      const made: Record<string, unknown> = { id: `${kind.prefix}-${last}`, object: kind.object };
      if (collection === "files") {
        made.purpose = /name="purpose"\r\n\r\n(.*)\r\n/.exec(body)?.[1];
        contents.set(`file-${last}`, body);
      }
      if (collection === "batches") made.output_file_id = `file-out-${last}`;
      if (collection === "jobs") made.result_files = [`file-result-${last}`];
      if (collection === "responses") made.usage = { input_tokens: 2, output_tokens: 3, total_tokens: 5 };
      objects.set(made.id as string, made);
      for (const produced of [made.output_file_id, ...((made.result_files as string[]) ?? [])]) {
        if (typeof produced !== "string") continue;
        objects.set(produced, { id: produced, object: "file" });
        contents.set(produced, "produced");
      }
      return reply(made, collection === "files" || collection === "jobs" ? 201 : 200);
    }
    const object = id === undefined ? undefined : objects.get(id);
    if (object === undefined) return absent();
    if (method === "DELETE" && action === undefined) {
      objects.delete(id!);
      return reply({ id, object: kind.object, deleted: true });
    }
    if (action === "content") {
      return new Response(contents.get(id!) ?? "", {
        headers: { "content-type": "application/octet-stream" },
      });
    }
    if (action === undefined || action === "cancel") return reply(object);
    // One item of a conversation, or a list of whatever it is.
    return reply(/\/items\/./.test(path) ? { id: "msg_1", object: "item" } : { object: "list", data: [] });
  }

  return {
    seen,
    contents,
    async fetch(url, init) {
      const request = new Request(url, init);
      const { pathname } = new URL(url);
      const one: Seen = {
        method: request.method,
        url,
        path: pathname.replace(/^\/(v1|models|openai(\/deployments\/[^/]+)?)(?=\/)/, ""),
        headers: Object.fromEntries(request.headers),
        body: request.body === null ? "" : Buffer.from(await request.arrayBuffer()).toString("latin1"),
      };
      seen.push(one);
      return (await answer(one)) ?? handle(one);
    },
  };
}

export interface FormPart {
  readonly name: string;
  readonly value: string | Uint8Array;
  readonly filename?: string;
  readonly type?: string;
}

/** A form by hand, so that its parts come in the order that a test wants. */
export function formBody(parts: readonly FormPart[], boundary = "test-boundary"): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    Buffer.concat([
      ...parts.flatMap(({ name, value, filename, type }) => [
        Buffer.from(
          `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${filename === undefined ? "" : `; filename="${filename}"`}\r\n${type === undefined ? "" : `Content-Type: ${type}\r\n`}\r\n`,
        ),
        Buffer.from(value as string),
        Buffer.from("\r\n"),
      ]),
      Buffer.from(`--${boundary}--\r\n`),
    ]),
  );
}

export const FORM_TYPE = "multipart/form-data; boundary=test-boundary";

/** What was uploaded, as the service read it. */
export async function readForm({ headers, body }: Seen): Promise<[string, string][]> {
  const response = new Response(Buffer.from(body, "latin1"), {
    headers: { "content-type": headers["content-type"]! },
  });
  const form = await response.formData();
  return Promise.all(
    [...form].map(
      async ([name, value]): Promise<[string, string]> => [
        name,
        typeof value === "string" ? value : `${value.name} ${value.type} ${await value.text()}`,
      ],
    ),
  );
}
