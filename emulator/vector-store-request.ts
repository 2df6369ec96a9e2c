// Members of the bodies of vector stores and their files. Throws Refused.

import type { Chunking } from "./chunks.ts";
import { readDataset } from "./datasets.ts";
import type { Exchange } from "./exchange.ts";
import { addFile, findFile } from "./files.ts";
import { isObject, type JsonObject, Refused, refuse } from "./json.ts";
import { integer, list, object, oneOf, text } from "./members.ts";
import type { Expiry } from "./vector-store.ts";

const MOST_DAYS = 365;

export function readExpiry(value: unknown): Expiry | undefined {
  if (value === undefined || value === null) return undefined;
  object(value, "expires_after");
  const { anchor, days } = value as JsonObject;
  oneOf("last_active_at")(anchor, "expires_after.anchor");
  integer(1, MOST_DAYS)(days, "expires_after.days");
  return { anchor: "last_active_at", days: days as number };
}

const LEAST_CHUNK = 100;
const MOST_CHUNK = 4_096;

/** undefined where the service may choose. */
export function readChunking(value: unknown): Chunking | undefined {
  if (value === undefined || value === null) return undefined;
  const name = "chunking_strategy";
  object(value, name);
  const { type, static: given } = value as JsonObject;
  oneOf("auto", "static")(type, `${name}.type`);
  if (type === "auto") return undefined;
  if (!isObject(given)) refuse("missing-parameter", `${name}.static`, given, "an object");
  const { max_chunk_size_tokens: size, chunk_overlap_tokens: overlap } = given;
  integer(LEAST_CHUNK, MOST_CHUNK)(size, `${name}.static.max_chunk_size_tokens`);
  integer(0)(overlap, `${name}.static.chunk_overlap_tokens`);
  if (2 * (overlap as number) > (size as number)) {
    refuse(
      "invalid-value",
      `${name}.static.chunk_overlap_tokens`,
      overlap,
      "at most half of max_chunk_size_tokens",
    );
  }
  return { max_chunk_size_tokens: size as number, chunk_overlap_tokens: overlap as number };
}

const MOST_ATTRIBUTES = 16;
const MOST_NAME = 64;
const MOST_TEXT = 512;

export function readAttributes(value: unknown): JsonObject {
  if (value === undefined || value === null) return {};
  object(value, "attributes");
  const pairs = Object.entries(value as JsonObject);
  if (pairs.length > MOST_ATTRIBUTES) {
    refuse("invalid-value", "attributes", pairs.length, `at most ${MOST_ATTRIBUTES} pairs`);
  }
  for (const [name, entry] of pairs) {
    if (name.length > MOST_NAME) refuse("invalid-value", "attributes", name, `names of at most ${MOST_NAME}`);
    const fits =
      typeof entry === "string"
        ? entry.length <= MOST_TEXT
        : typeof entry === "boolean" || (typeof entry === "number" && Number.isFinite(entry));
    if (!fits) refuse("invalid-type", `attributes.${name}`, entry, "a short string, a number or a boolean");
  }
  return value as JsonObject;
}

const MOST_FILES = 500;

/** Ids of files that are there. */
export function readFileIds(exchange: Exchange, value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  list(value, "file_ids");
  const ids = value as unknown[];
  if (ids.length > MOST_FILES) refuse("invalid-value", "file_ids", ids.length, `at most ${MOST_FILES} files`);
  return [...new Set(ids.map((id, index) => readFileId(exchange, id, `file_ids[${index}]`)))];
}

export function readFileId(exchange: Exchange, id: unknown, name: string): string {
  text(id, name);
  if (findFile(exchange, id as string) !== undefined) return id as string;
  throw new Refused({ reason: "not-found", param: name, message: `No such File object: ${String(id)}` });
}

export interface DataSource {
  readonly uri: string;
  readonly type: string;
}

export function readDataSources(value: unknown, name: string): readonly DataSource[] {
  if (value === undefined || value === null) return [];
  list(value, name);
  return (value as unknown[]).map((source, index) => readDataSource(source, `${name}[${index}]`));
}

export function readDataSource(value: unknown, name: string): DataSource {
  object(value, name);
  const { uri, type } = value as JsonObject;
  if (uri === undefined) refuse("missing-parameter", `${name}.uri`, uri, "a uri");
  text(uri, `${name}.uri`);
  oneOf("uri_asset", "id_asset")(type, `${name}.type`);
  return { uri: uri as string, type: type as string };
}

/** What lies at a uri becomes a file of its own. Of data that the emulator does not have, a file that fails. */
export function fileOfSource(exchange: Exchange, { uri }: DataSource, part: number): string {
  const known = readDataset(exchange, uri);
  const filename = known?.filename ?? uri.split(/[/\\]/).at(-1) ?? "";
  const missing = {
    ok: false,
    code: "invalid_file",
    message: "The emulator has no data at this uri: it knows the datasets that were made here.",
  } as const;
  const file = {
    filename,
    purpose: "assistants",
    expiresAt: undefined,
    length: known?.content.length ?? 0,
    content: known?.content,
    progress: undefined,
    extracted: known === undefined ? missing : known.extracted,
  };
  return addFile(exchange, file, part).id;
}
