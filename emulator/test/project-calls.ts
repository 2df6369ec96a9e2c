// How the tests call what belongs to a project, on each of its bases.

import type { Emulator } from "../index.ts";
import { fileOf, formOf, type Json } from "./calling.ts";

const ARM = "/subscriptions/sub/resourceGroups/rg/providers";
const WORKSPACE = `${ARM}/Microsoft.MachineLearningServices/workspaces/ws`;

export const BASES = {
  agents: ["/api/projects/p", "v1"],
  "agents-era": [`/agents/v1.0${WORKSPACE}`, "2024-12-01-preview"],
  project: ["/api/projects/p", "v1"],
  "project-v1": ["/api/projects/p/openai/v1", "v1"],
  management: [WORKSPACE, "2024-07-01-preview"],
  insights: [`${ARM}/Microsoft.Insights/components/ws-insights`, "2020-02-02"],
  evaluations: [`/raisvc/v1.0${WORKSPACE}`, "2024-07-01-preview"],
} as const;

export type ProjectBase = keyof typeof BASES;
export const AGENT_BASES = ["agents", "agents-era"] as const;

export interface ProjectCall {
  readonly method?: string;
  readonly json?: unknown;
  readonly form?: FormData;
  readonly headers?: Record<string, string>;
}

export function projectUrl(base: ProjectBase, path: string, origin = "http://emulator.test"): string {
  const [prefix, version] = BASES[base];
  return `${origin}${prefix}${path}${path.includes("?") ? "&" : "?"}api-version=${version}`;
}

export function callProject(
  emulator: Emulator,
  base: ProjectBase,
  path: string,
  { json, form, headers, ...how }: ProjectCall = {},
): Promise<Response> {
  const body = form ?? (json === undefined ? undefined : JSON.stringify(json));
  const method = how.method ?? (body === undefined ? "GET" : "POST");
  return emulator.fetch(projectUrl(base, path), {
    method,
    headers: {
      authorization: "Bearer emulator-key",
      ...(json !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    ...(body !== undefined && { body }),
  });
}

/** Status and body, whatever they are. */
export async function answerOf(
  emulator: Emulator,
  base: ProjectBase,
  path: string,
  how: ProjectCall = {},
): Promise<{ status: number; body: Json }> {
  const response = await callProject(emulator, base, path, how);
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
}

/** The body of a call that must succeed. */
export async function good(
  emulator: Emulator,
  base: ProjectBase,
  path: string,
  how: ProjectCall = {},
): Promise<Json> {
  const { status, body } = await answerOf(emulator, base, path, how);
  if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body;
}

export function uploadTo(
  emulator: Emulator,
  base: ProjectBase,
  name: string,
  content: string | Uint8Array<ArrayBuffer>,
  purpose = "assistants",
): Promise<Json> {
  return good(emulator, base, "/files", { form: formOf({ purpose, file: fileOf(content, name) }) });
}

/** A PDF with these lines on its pages, uncompressed; only what Helvetica's own encoding has. */
export function pdfOf(pages: readonly (readonly string[])[]): Uint8Array<ArrayBuffer> {
  const objects: string[] = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    `<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((_, index) => `${4 + 2 * index} 0 R`).join(" ")}] >>`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  for (const [index, lines] of pages.entries()) {
    const shown = lines.map((line) => `(${line.replace(/[\\()]/g, "\\$&")}) Tj 0 -20 Td`).join("\n");
    const stream = `BT /F1 12 Tf 50 750 Td\n${shown}\nET`;
    objects.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents ${5 + 2 * index} 0 R /Resources << /Font << /F1 3 0 R >> >> >>`,
      `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
    );
  }
  return assemble(objects);
}

/** Numbered from 1, with the table of where they are. */
export function assemble(objects: readonly string[]): Uint8Array<ArrayBuffer> {
  let text = "%PDF-1.4\n";
  const offsets: number[] = [];
  for (const [index, object] of objects.entries()) {
    offsets.push(text.length);
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
  }
  const table = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  const count = objects.length + 1;
  text += `xref\n0 ${count}\n0000000000 65535 f \n${table}trailer\n<< /Size ${count} /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`;
  return new TextEncoder().encode(text);
}
