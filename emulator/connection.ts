// What a connection is, and which ones every project has unless the options say otherwise.

export type ConnectionCredentials =
  | { readonly type: "ApiKey"; readonly key: string }
  | { readonly type: "SAS"; readonly SAS: string }
  | { readonly type: "CustomKeys"; readonly keys: Readonly<Record<string, string>> }
  | { readonly type: "AAD" | "None" };

export interface Connection {
  /** What callers ask for. */
  readonly name: string;
  /** The service's category: `AzureOpenAI`, `AIServices`, `Serverless`, `CognitiveSearch`, `AzureBlob`, … */
  readonly type: string;
  /** A URL; one that begins with "/" is a path of the emulator itself. */
  readonly target: string;
  readonly credentials: ConnectionCredentials;
  /** Default none. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Where blobs go that a project's storage connection takes (blob-store.ts). */
export const BLOB_PATH = "/_emulator/blobs/";
/** Shaped as the storage service's are; nothing here is signed, and nothing is secret. */
export const SAS = "sv=2024-11-04&se=2099-01-01T00%3A00%3A00Z&sr=c&sp=rcwl&sig=emulator";

const INSTRUMENTATION_KEY = "00000000-0000-4000-8000-000000000000";

export function insightsConnectionString(origin: string): string {
  return `InstrumentationKey=${INSTRUMENTATION_KEY};IngestionEndpoint=${origin}/`;
}

/** `key` is one that the emulator accepts: what these connections lead to can be called with it. */
function defaultConnections(key: string): readonly Connection[] {
  const credentials = { type: "ApiKey", key } as const;
  return [
    {
      name: "emulator-openai",
      type: "AzureOpenAI",
      target: "/",
      credentials,
      metadata: { ApiType: "Azure" },
    },
    { name: "emulator-openai-entra", type: "AzureOpenAI", target: "/", credentials: { type: "AAD" } },
    { name: "emulator-aiservices", type: "AIServices", target: "/", credentials },
    { name: "emulator-aiservices-entra", type: "AIServices", target: "/", credentials: { type: "AAD" } },
    { name: "emulator-serverless", type: "Serverless", target: "/", credentials },
    { name: "emulator-search", type: "CognitiveSearch", target: "/search", credentials },
    { name: "emulator-storage", type: "AzureBlob", target: BLOB_PATH, credentials: { type: "SAS", SAS } },
    { name: "emulator-api", type: "ApiKey", target: "/", credentials },
    {
      name: "emulator-custom",
      type: "CustomKeys",
      target: "/",
      credentials: { type: "CustomKeys", keys: { "x-api-key": key } },
    },
    { name: "emulator-open", type: "OpenAPI", target: "/", credentials: { type: "None" } },
  ];
}

const CREDENTIALS = ["ApiKey", "SAS", "CustomKeys", "AAD", "None"];

export function resolveConnections(
  given: readonly Connection[] | undefined,
  key: string,
): readonly Connection[] {
  if (given === undefined) return defaultConnections(key);
  if (!Array.isArray(given)) throw new TypeError("createEmulator: connections must be a list");
  const names = new Set<string>();
  for (const connection of given as readonly Connection[]) {
    for (const member of ["name", "type", "target"] as const) {
      if (typeof connection?.[member] !== "string" || connection[member] === "") {
        throw new TypeError(`createEmulator: each of connections must have a ${member}`);
      }
    }
    const { name, credentials } = connection;
    if (!CREDENTIALS.includes(credentials?.type)) {
      throw new TypeError(`createEmulator: connection "${name}" must have credentials with a known type`);
    }
    if (names.has(name)) throw new TypeError(`createEmulator: two connections are named "${name}"`);
    names.add(name);
  }
  return given;
}
