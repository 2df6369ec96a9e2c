// What is compared: a group of calls on one of our clients and on one official client.
import type { Answer, Target } from "./recorder.ts";

export interface Row<Ours, Theirs> {
  /** The operation, with a number where it's called in several ways. */
  name: string;
  ours(client: Ours): unknown;
  /** The same call; without it the official client has none, and `absent` says why ours has. */
  theirs?: ((client: Theirs) => unknown) | undefined;
  absent?: string | undefined;
  answer?: Answer | undefined;
  /** Why the two differ, by the part of the request. */
  because?: Readonly<Record<string, string>> | undefined;
}

export interface Group<Ours = never, Theirs = never> {
  title: string;
  /** Our client, as text. */
  ours: string;
  /** Package of the official one, as it is named in interop/package.json. */
  sdk: string;
  theirs: string;
  clients(target: Target): { ours: Ours; theirs: Theirs };
  /** Why headers differ in all rows that have them: by the part, or by its beginning and `*`. */
  everywhere: Readonly<Record<string, string>>;
  rows: readonly Row<Ours, Theirs>[];
}

/** Lets groups with clients of all kinds into one list. */
export const group = <Ours, Theirs>(value: Group<Ours, Theirs>): Group => value as unknown as Group;

/** Headers that differ wherever Azure's pipeline is on the other side. */
export const AZURE_PIPELINE = {
  "header user-agent": "a browser's page can't set it, and it would tell the machine's system and versions",
  "header idempotency-key": "one id for all attempts of a POST, so that a second one can be known as that",
};
