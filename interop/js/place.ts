// Where the clients call and with what, from the environment; what is asked; and what the service behind really saw.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

function variable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: npm run interop starts these checks.`);
  return value;
}

/** The worker over https: several SDKs send no key by http. */
export const URL_OF_WORKER = variable("LATCHKEY_TLS_URL");
export const KEY = variable("LATCHKEY_KEY");
export const PROJECT_URL = `${URL_OF_WORKER}/api/projects/${variable("LATCHKEY_PROJECT")}`;
/** Its host is the one above; the other three parts are the project's. */
export const CONNECTION_STRING = [
  new URL(URL_OF_WORKER).host,
  ...variable("LATCHKEY_CONNECTION").split(";").slice(1),
].join(";");

/** In the place of DefaultAzureCredential: what it gives is the caller's key. */
export const credential = {
  getToken: async () => ({ token: KEY, expiresOnTimestamp: Date.now() + 3_600_000 }),
};

export const MODEL = "gpt-5-mini";
export const EMBEDDING_MODEL = "text-embedding-3-small";
export const UNKNOWN_MODEL = "gpt-of-somebody";
export const QUESTION = "Say hello";
export const STORY = "Tell me about lighthouses in 60 words";
export const TEXTS = ["a cat", "a dog"];
export const PDF = new TextEncoder().encode("%PDF-1.7\n");
export const FILE = {
  name: "lines.jsonl",
  text: '{"messages":[{"role":"user","content":"hello"}]}\n'.repeat(20),
};
/** A function of which the model has to be told the result. */
export const WEATHER = {
  name: "get_weather",
  description: "The weather in a city",
  parameters: {
    type: "object" as const,
    properties: { city: { type: "string" as const, description: "Name of the city" } },
    required: ["city"],
  },
};
export const WEATHER_QUESTION = "What is the weather in Paris?";
export const WEATHER_RESULT = "18 degrees and sunny";

/** A structured answer. */
export const CITY_SCHEMA = {
  type: "object" as const,
  properties: { name: { type: "string" as const }, population: { type: "integer" as const } },
  required: ["name", "population"],
  additionalProperties: false as const,
};
export function isCity(value: unknown): void {
  const { name, population } = value as { name: unknown; population: unknown };
  isText(name);
  assert.ok(Number.isInteger(population), "a population");
}

/** An answer that takes seconds, and by whose mark its request is found again. */
export const longQuestion = (mark: string): string => `${mark}: tell me about lighthouses in 2000 words`;

let marks = 0;
/** No mark is the beginning of another one. */
export const newMark = (): string => `mark-${process.pid}-${marks++}-end`;

export const isText = (text: unknown): void => {
  assert.equal(typeof text, "string");
  assert.notEqual(text, "");
};
export const isUsage = (tokens: unknown): void => assert.ok(Number(tokens) > 0, `usage: ${tokens}`);
export const isParis = (args: string): void =>
  assert.match(String((JSON.parse(args) as { city: unknown }).city), /Paris/);
export function areVectors(vectors: readonly (readonly number[])[]): void {
  assert.equal(vectors.length, TEXTS.length);
  for (const vector of vectors) {
    assert.ok(vector.length > 100 && vector.every(Number.isFinite), "a vector of numbers");
    assert.ok(vector.some((number) => number !== 0));
  }
}
export const arePieces = (pieces: readonly string[]): void => {
  assert.ok(pieces.length > 1, `${pieces.length} pieces of text`);
  isText(pieces.join(""));
};

interface Recorded {
  readonly id: string;
  readonly body: string;
}
interface Entry {
  readonly requestId: string;
  readonly outcome: string;
}

const CLOSED_WITHIN_MS = 5000;

/** The service's own record says that its call was ended by the other side before it was whole. */
export async function isClosedUpstream(mark: string): Promise<void> {
  const truth = variable("TRUTH");
  let outcome = "never asked";
  for (const until = Date.now() + CLOSED_WITHIN_MS; Date.now() < until; await sleep(25)) {
    const requests = (await (await fetch(`${truth}/_emulator/requests`)).json()) as Recorded[];
    const request = requests.findLast(({ body }) => body.includes(mark));
    if (request === undefined) continue;
    const entries = (await (await fetch(`${truth}/_emulator/ledger`)).json()) as Entry[];
    outcome = entries.find(({ requestId }) => requestId === request.id)?.outcome ?? "unknown";
    if (outcome === "cancelled") return;
  }
  assert.fail(`The call to the service was not closed: its outcome is "${outcome}".`);
}

/** Whatever class the value is of. */
export function hasMembers(value: unknown, members: Readonly<Record<string, unknown>>): void {
  const found = Object.fromEntries(
    Object.keys(members).map((name) => [name, (value as Record<string, unknown>)[name]]),
  );
  assert.deepEqual(found, members);
}

/** What a promise rejects with; it is a failure when it doesn't. */
export async function thrownBy(work: PromiseLike<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  return assert.fail("Nothing was thrown.");
}
