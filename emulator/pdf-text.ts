// PDF -> text, by `unpdf`, which is loaded when the first PDF comes and may be absent. A PDF can ask its reader for
// endless work in a few bytes, and nothing stops a loop in one's own thread: in Node and Deno one is made for each file
// and ended when its time is up or it takes too much memory. Elsewhere the time is looked at between pages.

export interface PdfLimits {
  /** Milliseconds, real ones. */
  readonly maxMs: number;
  readonly maxChars: number;
  /** Memory that the process may grow by meanwhile, bytes. Default 256 MiB. */
  readonly maxBytes?: number;
}

export type PdfRead =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: "no-reader" | "broken" | "too-slow" | "too-large" | "too-long" };

let turn: Promise<unknown> | undefined;

/** Never rejects. `bytes` are copied. One file at a time: each may need as much memory as its thread may have. */
export function pdfText(bytes: Uint8Array, limits: PdfLimits): Promise<PdfRead> {
  const threads = threadsHere();
  const read = (turn ?? Promise.resolve()).then(() =>
    threads === undefined ? readPdf(bytes, limits) : readInThread(threads, bytes, limits),
  );
  turn = read;
  return read;
}

/** What is used of `unpdf`, whose own types need not be there either. */
export interface PdfReader {
  getDocumentProxy(bytes: Uint8Array, options: { readonly verbosity: number }): Promise<PdfDocument>;
}

interface PdfDocument {
  readonly numPages: number;
  getPage(number: number): Promise<{
    getTextContent(): Promise<{ readonly items: readonly object[] }>;
    cleanup(): void;
  }>;
}

/** In this thread. `load` can be replaced where there is another reader, or none. */
export async function readPdf(
  bytes: Uint8Array,
  { maxMs, maxChars }: PdfLimits,
  load: () => Promise<PdfReader> = loadUnpdf,
): Promise<PdfRead> {
  let unpdf: PdfReader;
  try {
    unpdf = await load();
  } catch {
    return { ok: false, reason: "no-reader" };
  }
  const until = Date.now() + maxMs;
  try {
    // The reader takes the buffer for itself.
    const pdf = await unpdf.getDocumentProxy(bytes.slice(), { verbosity: 0 });
    const pages: string[] = [];
    let length = 0;
    for (let number = 1; number <= pdf.numPages; number++) {
      if (Date.now() > until) return { ok: false, reason: "too-slow" };
      const page = await pdf.getPage(number);
      const { items } = await page.getTextContent();
      const text = items.map(textOf).join("").trim();
      page.cleanup();
      length += text.length;
      if (length > maxChars) return { ok: false, reason: "too-long" };
      if (text !== "") pages.push(text);
    }
    return { ok: true, text: pages.join("\n\n") };
  } catch {
    return { ok: false, reason: "broken" };
  }
}

function textOf(item: { readonly str?: string; readonly hasEOL?: boolean }): string {
  return (item.str ?? "") + (item.hasEOL ? "\n" : "");
}

async function loadUnpdf(): Promise<PdfReader> {
  try {
    return await import("unpdf");
  } catch (error) {
    throw new Error("unpdf is not installed", { cause: error });
  }
}

/** What is used of Node's `worker_threads`, which has no types here. */
interface Thread {
  on(event: "message", listener: (read: PdfRead) => void): void;
  on(event: "error" | "exit", listener: () => void): void;
  terminate(): Promise<unknown>;
}
type ThreadMaker = new (code: string, options: object) => Thread;

/** Of Node's `process`. */
interface Process {
  readonly getBuiltinModule?: (name: string) => { readonly Worker?: ThreadMaker } | undefined;
  readonly memoryUsage?: { readonly rss?: () => number };
}

function processHere(): Process | undefined {
  return (globalThis as { readonly process?: Process }).process;
}

function threadsHere(): ThreadMaker | undefined {
  // Inside a bundle this address is the whole program's, which must not be started twice.
  if (!/\/pdf-text\.[jt]s$/.test(import.meta.url)) return undefined;
  // Whether Bun starts such a thread has not been tried.
  if ("Bun" in globalThis) return undefined;
  return processHere()?.getBuiltinModule?.("node:worker_threads")?.Worker;
}

const THREAD = `const { parentPort, workerData } = require("node:worker_threads");
import(workerData.url)
  .then(({ readPdf }) => readPdf(workerData.bytes, workerData.limits))
  .then((read) => parentPort.postMessage(read));`;
const MAX_BYTES = 256 * 1024 * 1024;
const LOOK_MS = 50;

/** Bytes that the whole process takes: a megabyte that inflates to gigabytes is in no heap that has a limit. */
const memoryNow = (): number => processHere()?.memoryUsage?.rss?.() ?? 0;

function readInThread(Worker: ThreadMaker, bytes: Uint8Array, limits: PdfLimits): Promise<PdfRead> {
  const maxBytes = limits.maxBytes ?? MAX_BYTES;
  let thread: Thread;
  try {
    thread = new Worker(THREAD, {
      eval: true,
      workerData: { url: import.meta.url, bytes, limits },
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: Math.ceil(maxBytes / 1024 ** 2) },
    });
  } catch {
    // Some runtimes have the name only.
    return readPdf(bytes, limits);
  }
  return new Promise((resolve) => {
    const settle = (read: PdfRead): void => {
      clearInterval(timer);
      resolve(read);
      thread.terminate().catch(() => {});
    };
    const until = Date.now() + limits.maxMs;
    const mostMemory = memoryNow() + maxBytes;
    const timer = setInterval(() => {
      if (memoryNow() > mostMemory) settle({ ok: false, reason: "too-large" });
      else if (Date.now() > until) settle({ ok: false, reason: "too-slow" });
    }, LOOK_MS);
    thread.on("message", settle);
    // Out of memory, too, ends it here; a later call changes nothing.
    thread.on("error", () => settle({ ok: false, reason: "broken" }));
    thread.on("exit", () => settle({ ok: false, reason: "broken" }));
  });
}
