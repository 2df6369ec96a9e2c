// What outlives a request: files, batches, jobs, responses, conversations, pictures, fine-tuned models, agents and
// threads. In memory, bounded by count, oldest first out. How far an object has come is computed when it is asked for,
// from the clock and from how often it has been retrieved: no timer runs.

import type { ProjectAgent } from "./agent-versions.ts";
import type { Agent } from "./agents.ts";
import type { Asset } from "./assets.ts";
import type { Batch } from "./batches.ts";
import type { Blob } from "./blob-store.ts";
import type { Conversation } from "./conversations.ts";
import type { Evaluation, EvaluationSchedule } from "./evaluation.ts";
import type { Exchange } from "./exchange.ts";
import type { StoredFile } from "./files.ts";
import type { Job } from "./fine-tuning.ts";
import type { Deployment, ResolvedOptions } from "./options.ts";
import type { PassageIndex } from "./passages.ts";
import type { Picture } from "./picture.ts";
import { createRandom, hashText, randomId } from "./random.ts";
import type { StoredResponse } from "./stored-response.ts";
import type { Thread } from "./threads.ts";
import type { FileBatch, VectorStore } from "./vector-store.ts";

export interface State {
  readonly files: Map<string, StoredFile>;
  readonly batches: Map<string, Batch>;
  readonly jobs: Map<string, Job>;
  readonly responses: Map<string, StoredResponse>;
  readonly conversations: Map<string, Conversation>;
  readonly pictures: Map<string, Picture>;
  /** Models that finished fine-tuning jobs have made, by name. */
  readonly tuned: Map<string, Required<Deployment>>;
  readonly agents: Map<string, Agent>;
  /** With their messages and runs. */
  readonly threads: Map<string, Thread>;
  readonly vectorStores: Map<string, VectorStore>;
  readonly fileBatches: Map<string, FileBatch>;
  /** Files that are ready to be searched, by file and chunking; the longest unused first. */
  readonly passages: Map<string, PassageIndex>;
  readonly evaluations: Map<string, Evaluation>;
  readonly schedules: Map<string, EvaluationSchedule>;
  /** Today's agents, by project and name. */
  readonly projectAgents: Map<string, ProjectAgent>;
  /** Datasets and indexes. */
  readonly assets: Map<string, Asset>;
  readonly blobs: Map<string, Blob>;
}

export function createState(): State {
  return {
    files: new Map(),
    batches: new Map(),
    jobs: new Map(),
    responses: new Map(),
    conversations: new Map(),
    pictures: new Map(),
    tuned: new Map(),
    agents: new Map(),
    threads: new Map(),
    vectorStores: new Map(),
    fileBatches: new Map(),
    passages: new Map(),
    evaluations: new Map(),
    schedules: new Map(),
    projectAgents: new Map(),
    assets: new Map(),
    blobs: new Map(),
  };
}

/** Far past what a test makes; an emulator that runs for weeks must not grow for ever. */
const LIMIT = 10_000;

export function keep<T>(objects: Map<string, T>, id: string, object: T): T {
  objects.set(id, object);
  if (objects.size > LIMIT) {
    for (const oldest of objects.keys()) {
      objects.delete(oldest);
      break;
    }
  }
  return object;
}

/** Unique by the request's position and `part`, the same in every run. */
export function newId({ sequence, settings }: Exchange, prefix: string, part = 0): string {
  return prefix + randomId(createRandom(hashText(`${prefix} ${sequence} ${part}`, settings.seed)), 24);
}

/** Of something that belongs to another object: needs no request of its own. */
export function childId(prefix: string, parent: string, index: number): string {
  return prefix + randomId(createRandom(hashText(`${prefix} ${parent} ${index}`)), 24);
}

export function nowSeconds({ settings }: Exchange): number {
  return Math.floor(settings.clock() / 1000);
}

export interface Progress {
  /** By the clock, milliseconds. */
  readonly since: number;
  /** How often it has been retrieved. */
  polls: number;
}

export function startProgress({ settings }: Exchange): Progress {
  return { since: settings.clock(), polls: 0 };
}

/** Which of its states the object is in, 0 to `last`. */
export function stageOf(progress: Progress, { clock, stageMs }: ResolvedOptions, last: number): number {
  if (stageMs === 0) return last;
  return Math.min(last, progress.polls + Math.floor((clock() - progress.since) / stageMs));
}
