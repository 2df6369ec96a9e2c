// Who created what: files, batches, jobs, responses, conversations, agents, threads and vector stores belong to the caller that made them. Here are
// the questions the proxy asks, and the answer in memory; ownership-object.ts keeps them on Cloudflare.

/** Files of agents are kept apart from those of OpenAI's surface: a service lists and takes them apart, too. */
export type ObjectKind =
  | "file"
  | "batch"
  | "job"
  | "response"
  | "conversation"
  | "agent"
  | "thread"
  | "agent_file"
  | "vector_store"
  | "evaluation"
  | "agent_name"
  | "call";

/** One object of one caller, as it is remembered. Ids and names of the configuration: never content. */
export interface OwnedObject {
  readonly kind: ObjectKind;
  readonly id: string;
  /** The upstream that keeps it. */
  readonly upstream: string;
  /** A file's purpose, by which lists are filtered. */
  readonly purpose?: string;
  /** The model of an agent, by its name in the configuration. Empty or absent: nobody knows, or it had several. */
  readonly model?: string;
}

export interface Reference {
  readonly kind: ObjectKind;
  readonly id: string;
}

export interface PageQuery {
  readonly kind: ObjectKind;
  readonly limit: number;
  /** By age. */
  readonly order: "asc" | "desc";
  /** Begin behind this id. */
  readonly after?: string;
  readonly purpose?: string;
  /** Only what is kept there. */
  readonly upstream?: string;
}

/** The objects of one caller. */
export interface Ownership {
  /** For each reference what is remembered, or undefined when the caller has no such object. */
  find(references: readonly Reference[]): Promise<(OwnedObject | undefined)[]>;
  /**
   * Remembers objects; knowing one already is fine, but if it is of another model now, its model is not known any more.
   * False: the caller has as many as it may.
   */
  add(objects: readonly OwnedObject[], most: number): Promise<boolean>;
  remove(reference: Reference): Promise<void>;
  page(query: PageQuery): Promise<{ objects: OwnedObject[]; more: boolean }>;
}

/**
 * May the caller have one more? Asked before it is made, because what can't be remembered would stay at the service for
 * ever, and be nobody's. Several calls at once may all hear yes; `add` has the last word.
 */
export function hasRoom(ownership: Pick<Ownership, "add">, most: number): Promise<boolean> {
  return ownership.add([], most - 1);
}

/**
 * The objects of the caller with this principal: a hash, so that it may be the name of a store. `forgetAfterMs`: how
 * long after their last use they need not be remembered any more, because the caller can't come back.
 */
export type OwnershipOf = (principal: string, forgetAfterMs?: number) => Ownership;

/** The store can't be asked. Nothing may be assumed then, so the request is refused. */
export class OwnershipUnavailable extends Error {
  override readonly name = "OwnershipUnavailable";
}

/** Callers remembered at most; the one longest unseen goes first, so memory stays bounded. */
const MAX_PRINCIPALS = 10_000;

/**
 * Ownership in this process's memory: for one process, and lost when it ends. What was created before then stays at
 * the service, but nobody can reach it through the proxy any more.
 */
export function createMemoryOwnership(): OwnershipOf {
  const principals = new Map<string, Map<string, OwnedObject>>();
  const keyOf = ({ kind, id }: Reference) => `${kind} ${id}`;
  return (principal) => ({
    find: async (references) =>
      references.map((reference) => principals.get(principal)?.get(keyOf(reference))),
    async add(given, most) {
      const objects = principals.get(principal) ?? new Map<string, OwnedObject>();
      const fresh = given.filter((object) => !objects.has(keyOf(object)));
      for (const object of given) {
        const known = objects.get(keyOf(object));
        if (known === undefined || object.model === undefined || known.model === object.model) continue;
        objects.set(keyOf(object), { ...known, model: "" });
      }
      if (objects.size + fresh.length > most) return false;
      if (given.length === 0) return true;
      for (const object of fresh) objects.set(keyOf(object), object);
      principals.delete(principal);
      principals.set(principal, objects);
      if (principals.size > MAX_PRINCIPALS) principals.delete(principals.keys().next().value!);
      return true;
    },
    async remove(reference) {
      principals.get(principal)?.delete(keyOf(reference));
    },
    async page({ kind, limit, order, after, purpose, upstream }) {
      const all = [...(principals.get(principal)?.values() ?? [])].filter(
        (object) =>
          object.kind === kind &&
          (purpose === undefined || object.purpose === purpose) &&
          (upstream === undefined || object.upstream === upstream),
      );
      if (order === "desc") all.reverse();
      const at = all.findIndex(({ id }) => id === after);
      const rest = after === undefined ? all : at < 0 ? [] : all.slice(at + 1);
      return { objects: rest.slice(0, limit), more: rest.length > limit };
    },
  });
}
