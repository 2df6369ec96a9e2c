// What the emulator answers: the routing table, one row an operation, and how a path that is not in it is refused.
// Paths are compared as the URL parser left them, segment by segment; nothing is decoded but the values a route takes.

import { AGENT_OPERATIONS } from "./agent-routes.ts";
import {
  AGENT_ENDPOINT,
  ANYWHERE,
  BATCHES,
  type Base,
  dialectOf,
  INFERENCE,
  SCOPED,
  UNSCOPED,
} from "./bases.ts";
import { cancelBatch, createBatch, getBatch, listBatches } from "./batches.ts";
import { createCompletion } from "./completions.ts";
import * as conversations from "./conversations.ts";
import type { Dialect, Refusal } from "./dialects.ts";
import { embed, embedImages } from "./embeddings.ts";
import type { Exchange } from "./exchange.ts";
import { createFile, deleteFile, getFile, getFileContent, listFiles } from "./files.ts";
import * as tuning from "./fine-tuning.ts";
import { editImages, generateImages } from "./images.ts";
import { chat, getModel, listModels, modelInfo } from "./operations.ts";
import { PROJECT_OPERATIONS } from "./project-routes.ts";
import * as responses from "./responses.ts";
import { createSpeech } from "./speech.ts";
import { createTranscription, createTranslation } from "./transcription.ts";

/** The `:name` segments of a path, decoded. */
export interface RouteValues {
  readonly deployment?: string;
  readonly id?: string;
  readonly item?: string;
  /** Name of the agent whose endpoint it is. */
  readonly agent?: string;
  /** The project of a project endpoint. */
  readonly project?: string;
  /** Of the era's ARM paths. */
  readonly subscription?: string;
  readonly group?: string;
  readonly workspace?: string;
  readonly component?: string;
  readonly thread?: string;
  readonly run?: string;
  readonly version?: string;
}

export interface Operation {
  readonly method: "GET" | "POST" | "DELETE" | "PUT" | "PATCH";
  /** Behind the prefix of the dialect; `:name` is one path segment. */
  readonly path: string;
  readonly at: readonly Base[];
  /** multipart/form-data, which the operation reads itself. */
  readonly form?: boolean;
  readonly handle: (exchange: Exchange, values: RouteValues) => Promise<Response>;
}

/** Where one talks to a model or, on a project's surface, to one of its agents. */
const TALKING: readonly Base[] = [...UNSCOPED, ...AGENT_ENDPOINT];

// biome-ignore format: a table
/** Everything the emulator answers. The first row that fits answers: `/threads/runs` stands before `/threads/:thread`. */
const OPERATIONS: readonly Operation[] = [
  { method: "POST", path: "/chat/completions", at: ANYWHERE, handle: chat },
  { method: "GET", path: "/info", at: INFERENCE, handle: modelInfo },
  { method: "POST", path: "/embeddings", at: ANYWHERE, handle: embed },
  { method: "POST", path: "/images/embeddings", at: INFERENCE, handle: embedImages },
  { method: "POST", path: "/completions", at: SCOPED, handle: createCompletion },
  { method: "POST", path: "/audio/speech", at: SCOPED, handle: createSpeech },
  { method: "POST", path: "/audio/transcriptions", at: SCOPED, form: true, handle: createTranscription },
  { method: "POST", path: "/audio/translations", at: SCOPED, form: true, handle: createTranslation },
  { method: "POST", path: "/images/generations", at: SCOPED, handle: generateImages },
  { method: "POST", path: "/images/edits", at: SCOPED, form: true, handle: editImages },
  { method: "GET", path: "/models", at: UNSCOPED, handle: listModels },
  { method: "GET", path: "/models/:id", at: UNSCOPED, handle: getModel },
  { method: "POST", path: "/files", at: UNSCOPED, form: true, handle: createFile },
  { method: "GET", path: "/files", at: UNSCOPED, handle: listFiles },
  { method: "GET", path: "/files/:id", at: UNSCOPED, handle: getFile },
  { method: "DELETE", path: "/files/:id", at: UNSCOPED, handle: deleteFile },
  { method: "GET", path: "/files/:id/content", at: UNSCOPED, handle: getFileContent },
  { method: "POST", path: "/batches", at: BATCHES, handle: createBatch },
  { method: "GET", path: "/batches", at: BATCHES, handle: listBatches },
  { method: "GET", path: "/batches/:id", at: BATCHES, handle: getBatch },
  { method: "POST", path: "/batches/:id/cancel", at: BATCHES, handle: cancelBatch },
  { method: "POST", path: "/fine_tuning/jobs", at: UNSCOPED, handle: tuning.createJob },
  { method: "GET", path: "/fine_tuning/jobs", at: UNSCOPED, handle: tuning.listJobs },
  { method: "GET", path: "/fine_tuning/jobs/:id", at: UNSCOPED, handle: tuning.getJob },
  { method: "POST", path: "/fine_tuning/jobs/:id/cancel", at: UNSCOPED, handle: tuning.cancelJob },
  { method: "GET", path: "/fine_tuning/jobs/:id/events", at: UNSCOPED, handle: tuning.listEvents },
  { method: "GET", path: "/fine_tuning/jobs/:id/checkpoints", at: UNSCOPED, handle: tuning.listCheckpoints },
  { method: "POST", path: "/responses", at: TALKING, handle: responses.createResponse },
  { method: "GET", path: "/responses/:id", at: TALKING, handle: responses.getResponse },
  { method: "DELETE", path: "/responses/:id", at: TALKING, handle: responses.deleteResponse },
  { method: "POST", path: "/responses/:id/cancel", at: TALKING, handle: responses.cancelResponse },
  { method: "GET", path: "/responses/:id/input_items", at: TALKING, handle: responses.listInputItems },
  { method: "POST", path: "/conversations", at: TALKING, handle: conversations.createConversation },
  { method: "GET", path: "/conversations/:id", at: TALKING, handle: conversations.getConversation },
  { method: "POST", path: "/conversations/:id", at: TALKING, handle: conversations.updateConversation },
  { method: "DELETE", path: "/conversations/:id", at: TALKING, handle: conversations.deleteConversation },
  { method: "POST", path: "/conversations/:id/items", at: TALKING, handle: conversations.createItems },
  { method: "GET", path: "/conversations/:id/items", at: TALKING, handle: conversations.listItems },
  { method: "GET", path: "/conversations/:id/items/:item", at: TALKING, handle: conversations.getItem },
  { method: "DELETE", path: "/conversations/:id/items/:item", at: TALKING, handle: conversations.deleteItem },
  ...AGENT_OPERATIONS,
  ...PROJECT_OPERATIONS,
];

export type Matched =
  | {
      readonly ok: true;
      readonly operation: Operation;
      readonly dialect: Dialect;
      readonly values: RouteValues;
    }
  | { readonly ok: false; readonly dialect: Dialect; readonly refusal: Refusal };

export function matchRoute(method: string, path: string): Matched {
  const segments = path.split("/");
  const allowed = new Set<string>();
  for (const operation of OPERATIONS) {
    for (const { prefix, dialect } of operation.at) {
      const values = matchPath((prefix + operation.path).split("/"), segments);
      if (values === undefined) continue;
      if (operation.method === method) return { ok: true, operation, dialect, values };
      allowed.add(operation.method);
    }
  }
  const dialect = dialectOf(path);
  if (allowed.size > 0) {
    const headers = { allow: [...allowed].join(", ") };
    return { ok: false, dialect, refusal: { reason: "wrong-method", headers } };
  }
  const message = dialect.form === "openai" ? { message: `Invalid URL (${method} ${path})` } : {};
  return { ok: false, dialect, refusal: { reason: "unknown-path", ...message } };
}

/** Two projects never see each other's objects. ARM compares names without regard to case. */
export function scopeOf({ project, subscription, group, workspace }: RouteValues): string {
  return project ?? (workspace === undefined ? "" : `${subscription}/${group}/${workspace}`.toLowerCase());
}

function matchPath(pattern: readonly string[], segments: readonly string[]): RouteValues | undefined {
  if (pattern.length !== segments.length) return undefined;
  const values: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const segment = segments[index] as string;
    if (!expected.startsWith(":")) {
      if (expected !== segment) return undefined;
      continue;
    }
    if (segment === "") return undefined;
    try {
      values[expected.slice(1)] = decodeURIComponent(segment);
    } catch {
      return undefined;
    }
  }
  return values;
}
