// The request that Send would make, as a program: for TypeScript, for Deno, for a shell. The body is the page's own, to
// the byte of its members; the key is never in it, because the page has none: programs bring a caller key of theirs.
import { t } from "../i18n.ts";

export const LANGUAGES = [
  { name: "typescript", label: "TypeScript", info: "ts" },
  { name: "deno", label: "Deno", info: "ts" },
  { name: "curl", label: "curl", info: "bash" },
] as const;
export type CodeLanguage = (typeof LANGUAGES)[number]["name"];

const API_VERSION = "2024-05-01-preview";
/** Ends the body in the shell; a line of the body that is just this can't be, for JSON has none without a quote. */
const END = "LATCHKEY_BODY";

export function requestCode(language: CodeLanguage, body: object, workerUrl: string): string {
  const url = new URL("/models", workerUrl).href;
  return language === "curl" ? shellCode(body, url) : scriptCode(language, body, url);
}

function scriptCode(language: "typescript" | "deno", body: object, url: string): string {
  const deno = language === "deno";
  const key = deno ? 'Deno.env.get("LATCHKEY_KEY") ?? ""' : 'process.env.LATCHKEY_KEY ?? ""';
  const run = deno
    ? "// deno run --allow-net --allow-env=LATCHKEY_KEY request.ts"
    : "// npm install latchkey; LATCHKEY_KEY is a caller key of the worker";
  return `${run}
import { ChatCompletionsClient } from "${deno ? "npm:latchkey" : "latchkey"}";

const client = new ChatCompletionsClient(
  ${JSON.stringify(url)},
  { key: ${key} },
);
const stream = await client.complete(${literal({ ...body, stream: true })});
for await (const text of stream.text()) {
  ${deno ? "await Deno.stdout.write(new TextEncoder().encode(text))" : "process.stdout.write(text)"};
}
`;
}

function shellCode(body: object, url: string): string {
  // What npm latchkey sends: the same address, the same members.
  return `curl --no-buffer '${url}/chat/completions?api-version=${API_VERSION}' \\
  --header "Authorization: Bearer $LATCHKEY_KEY" \\
  --header 'Content-Type: application/json' \\
  --data-binary @- <<'${END}'
${JSON.stringify({ ...body, stream: true }, null, 2)}
${END}
`;
}

/** JSON is JavaScript but for names that need no quotes. */
function literal(value: object): string {
  return JSON.stringify(value, null, 2).replace(/^(\s*)"([A-Za-z_]\w*)":/gm, "$1$2:");
}

/** A shown text must not be megabytes of an image; what is copied is whole. */
export function shortened(code: string): string {
  return code.replace(
    /[A-Za-z0-9+/]{400,}={0,2}/g,
    (data) =>
      `${data.slice(0, 40)}${t("… {count} characters more, which are copied, too", { count: data.length - 40 })}`,
  );
}
