// Files: uploaded, listed, retrieved, downloaded and deleted. Long ones are not kept: multipart.ts counts them as
// they pass. A file whose id is `file-blob-<n>` exists always and has n bytes that need no memory (blob.ts).

import { blobBytes, MAX_BLOB_BYTES } from "./blob.ts";
import { reading, stepIn } from "./enter.ts";
import { type Exchange, headersOf, respond, refuse as sendRefusal } from "./exchange.ts";
import { type Extraction, extractEarly } from "./extract-text.ts";
import { Refused, refuse } from "./json.ts";
import { type Form, type Part, readForm } from "./multipart.ts";
import { pageOf } from "./paging.ts";
import type { RouteValues } from "./routes.ts";
import { type ByteSource, bytesSource, sendBytes, sendJson } from "./send.ts";
import { keep, newId, nowSeconds, type Progress, stageOf, startProgress } from "./state.ts";

export interface StoredFile {
  readonly id: string;
  /** The project it belongs to, "" where there is none. */
  readonly scope: string;
  readonly filename: string;
  readonly purpose: string;
  readonly createdAt: number;
  readonly expiresAt: number | undefined;
  readonly length: number;
  /** undefined when it was too long to be kept. */
  readonly content: ByteSource | undefined;
  /** undefined when it is ready from the beginning. */
  readonly progress: Progress | undefined;
  /** Its text, where that had to be read when it came (PDF). */
  readonly extracted?: Extraction | undefined;
}

const AZURE_PURPOSES = ["fine-tune", "batch", "assistants", "evals"];
const OPENAI_PURPOSES = [...AZURE_PURPOSES, "vision", "user_data"];
const AGENTS_PURPOSES = ["assistants", "assistants_output", "vision"];
const FIELDS = ["file", "purpose", "expires_after[anchor]", "expires_after[seconds]"];
/** The agents service takes a name beside the file, and no expiry. */
const AGENTS_FIELDS = ["file", "purpose", "filename"];

export function createFile(exchange: Exchange): Promise<Response> {
  const { settings, dialect, url } = exchange;
  const limits = { maxBytes: settings.maxUploadBytes, keepBytes: settings.keepFileBytes };
  return reading(
    exchange,
    async () => readUpload(exchange, await readForm(exchange, limits)),
    async (upload) => {
      const instead = await stepIn(exchange);
      if (instead !== undefined) return instead;
      const { part, filename, purpose, expiresAt } = upload;
      const { length } = part;
      const blob: ByteSource = { length, read: blobBytes };
      const content = part.bytes !== undefined ? bytesSource(part.bytes) : part.isBlob ? blob : undefined;
      const isSearched = purpose === "assistants" || purpose === "user_data";
      const extracted = isSearched ? await extractEarly({ filename, length, content }, settings) : undefined;
      // Azure takes its time; OpenAI and the agents service answer when it is done.
      const isReady = dialect.form === "openai" || dialect.name === "agents";
      const progress = isReady ? undefined : startProgress(exchange);
      const file = addFile(exchange, { filename, purpose, expiresAt, length, content, progress, extracted });
      const body = fileObject(exchange, file);
      if (dialect.form !== "deployments") return sendJson(exchange, body);
      const location = `${url.origin}/openai/files/${file.id}${url.search}`;
      return sendJson(exchange, body, { status: 201, headers: { location } });
    },
  );
}

interface Upload {
  readonly part: Part;
  readonly filename: string;
  readonly purpose: string;
  readonly expiresAt: number | undefined;
}

function readUpload(exchange: Exchange, form: Form): Upload {
  const isAgents = exchange.dialect.name === "agents";
  const unknown = form.names.find((name) => !(isAgents ? AGENTS_FIELDS : FIELDS).includes(name));
  if (unknown !== undefined) {
    throw new Refused({
      reason: "unknown-parameter",
      param: unknown,
      message: `Unknown parameter: '${unknown}'.`,
    });
  }
  const purpose = form.text("purpose");
  if (purpose === undefined) refuse("missing-parameter", "purpose", purpose, "a purpose");
  const azure = isAgents ? AGENTS_PURPOSES : AZURE_PURPOSES;
  const purposes = exchange.dialect.form === "openai" ? OPENAI_PURPOSES : azure;
  if (!purposes.includes(purpose)) {
    refuse("invalid-value", "purpose", purpose, `one of ${purposes.map((known) => `'${known}'`).join(", ")}`);
  }
  const [part] = form.files("file");
  if (part === undefined) refuse("missing-parameter", "file", part, "a file");
  if (part.length === 0) refuse("invalid-value", "file", 0, "a file that is not empty");
  const filename = form.text("filename") || (part.filename ?? "");
  return { part, filename, purpose, expiresAt: readExpiry(exchange, form) };
}

const LEAST_EXPIRY_SECONDS = 3_600;
const MOST_EXPIRY_SECONDS = 2_592_000;

function readExpiry(exchange: Exchange, form: Form): number | undefined {
  const anchor = form.text("expires_after[anchor]");
  const text = form.text("expires_after[seconds]");
  if (anchor === undefined && text === undefined) return undefined;
  if (anchor !== "created_at") refuse("invalid-value", "expires_after[anchor]", anchor, "'created_at'");
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < LEAST_EXPIRY_SECONDS || seconds > MOST_EXPIRY_SECONDS) {
    const bounds = `${LEAST_EXPIRY_SECONDS} to ${MOST_EXPIRY_SECONDS}`;
    refuse("invalid-value", "expires_after[seconds]", text, bounds);
  }
  return nowSeconds(exchange) + seconds;
}

type NewFile = Omit<StoredFile, "id" | "scope" | "createdAt">;

/** `part` tells several files of one request apart. */
export function addFile(exchange: Exchange, file: NewFile, part = 0): StoredFile {
  const { scope, dialect, state } = exchange;
  const id = newId(exchange, dialect.name === "agents" ? "assistant-" : "file-", part);
  return keep(state.files, id, { id, scope, createdAt: nowSeconds(exchange), ...file });
}

/** A file that the service itself has made. */
export function addResult(
  exchange: Exchange,
  filename: string,
  purpose: string,
  text: string,
  part: number,
): StoredFile {
  const content = bytesSource(new TextEncoder().encode(text));
  const { length } = content;
  return addFile(
    exchange,
    { filename, purpose, expiresAt: undefined, length, content, progress: undefined },
    part,
  );
}

export function findFile(exchange: Exchange, id: string): StoredFile | undefined {
  const blob = /^file-blob-(\d{1,11})$/.exec(id)?.[1];
  const length = Number(blob);
  if (blob !== undefined && length <= MAX_BLOB_BYTES) {
    return {
      id,
      scope: exchange.scope,
      filename: `${length}.bin`,
      purpose: "assistants",
      createdAt: 0,
      expiresAt: undefined,
      length,
      content: { length, read: blobBytes },
      progress: undefined,
    };
  }
  const file = exchange.state.files.get(id);
  const expired = file?.expiresAt !== undefined && file.expiresAt <= nowSeconds(exchange);
  return expired || file?.scope !== exchange.scope ? undefined : file;
}

export function fileText({ content }: StoredFile): string | undefined {
  return content === undefined ? undefined : new TextDecoder().decode(content.read(0, content.length));
}

function fileObject({ settings }: Exchange, file: StoredFile): { id: string } & Record<string, unknown> {
  const { id, length, createdAt, expiresAt, filename, purpose, progress } = file;
  const ready = progress === undefined || stageOf(progress, settings, 1) === 1;
  return {
    id,
    object: "file",
    bytes: length,
    created_at: createdAt,
    ...(expiresAt !== undefined && { expires_at: expiresAt }),
    filename,
    purpose,
    status: ready ? "processed" : "pending",
  };
}

export async function listFiles(exchange: Exchange): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const { state, url } = exchange;
  const purpose = url.searchParams.get("purpose");
  const files = [...state.files.keys()]
    .map((id) => findFile(exchange, id))
    .filter((file) => file !== undefined && (purpose === null || file.purpose === purpose))
    .map((file) => fileObject(exchange, file as StoredFile));
  // No cursors here: all there are, in one answer.
  if (exchange.dialect.name === "agents")
    return sendJson(exchange, { object: "list", data: files.toReversed() });
  return reading(
    exchange,
    () => pageOf(url, files, { limit: 10_000, mostItems: 10_000, order: "desc" }),
    (page) => sendJson(exchange, page),
  );
}

export async function getFile(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withFile(exchange, values, (file) => {
    if (file.progress !== undefined) file.progress.polls++;
    return sendJson(exchange, fileObject(exchange, file));
  });
}

export async function deleteFile(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withFile(exchange, values, ({ id }) => {
    exchange.state.files.delete(id);
    if (exchange.dialect.form === "deployments") return respond(exchange, 204, headersOf(exchange), null);
    return sendJson(exchange, { id, object: "file", deleted: true });
  });
}

export async function getFileContent(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withFile(exchange, values, ({ content, filename }) => {
    if (content === undefined) return sendRefusal(exchange, { reason: "not-kept" });
    const range = readRange(exchange.request.headers.get("range"), content.length);
    if (range === "unsatisfiable") {
      const headers = { "content-range": `bytes */${content.length}` };
      return sendRefusal(exchange, { reason: "unsatisfiable-range", headers });
    }
    const { start, end } = range ?? { start: 0, end: content.length };
    return sendBytes(exchange, "application/octet-stream", content, {
      start,
      end,
      status: range === undefined ? 200 : 206,
      headers: {
        "accept-ranges": "bytes",
        "content-length": String(end - start),
        "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(filename)}`,
        ...(range !== undefined && { "content-range": `bytes ${start}-${end - 1}/${content.length}` }),
      },
    });
  });
}

/** One range; what can't be understood is ignored, as HTTP wants it. */
function readRange(
  header: string | null,
  length: number,
): { readonly start: number; readonly end: number } | "unsatisfiable" | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (match === null || (match[1] === "" && match[2] === "")) return undefined;
  if (match[1] === "") {
    const last = Math.min(length, Number(match[2]));
    return last === 0 ? "unsatisfiable" : { start: length - last, end: length };
  }
  const start = Number(match[1]);
  const end = match[2] === "" ? length : Math.min(length, Number(match[2]) + 1);
  if (match[2] !== "" && Number(match[2]) < start) return undefined;
  return start >= length ? "unsatisfiable" : { start, end };
}

async function withFile(
  exchange: Exchange,
  { id = "" }: RouteValues,
  then: (file: StoredFile) => Response,
): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const file = findFile(exchange, id);
  if (file !== undefined) return then(file);
  return sendRefusal(exchange, { reason: "not-found", param: "id", message: `No such File object: ${id}` });
}
