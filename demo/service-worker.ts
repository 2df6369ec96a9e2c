// Makes the built page open without a network: keeps the files of one build, and gives them to the page. Nothing else
// passes through it: what the worker's API answers, and what is asked of it, it never touches.
//
// A new build is kept beside the old one and used when the page asks for it or its last tab is closed, so that a page
// that is open still finds its parts.
// The build puts both in (service-worker-plugin.ts).
declare const VERSION: string;
/** Paths as the page asks for them. */
declare const FILES: readonly string[];

/** What is used of the worker's scope; the page's own types describe windows. */
interface Scope {
  readonly caches: CacheStorage;
  readonly location: Location;
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
  addEventListener(name: "install" | "activate", listener: (event: Lasting) => void): void;
  addEventListener(name: "message", listener: (event: MessageEvent) => void): void;
  addEventListener(name: "fetch", listener: (event: Fetched) => void): void;
}
interface Lasting {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetched extends Lasting {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

const scope = globalThis as unknown as Scope;
const PREFIX = "latchkey-page-";
const known = new Set(FILES);

scope.addEventListener("install", (event) => event.waitUntil(keep()));
scope.addEventListener("activate", (event) => event.waitUntil(tidy()));
scope.addEventListener("message", ({ data }) => {
  if (data === "take over") void scope.skipWaiting();
});
scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== scope.location.origin) return;
  if (known.has(pathname) || isPart(pathname)) event.respondWith(find(request, pathname));
});

/** Parts carry the hash of their content in their names: one of an older build is still right. */
const isPart = (pathname: string) => pathname.startsWith("/assets/");

async function keep(): Promise<void> {
  const cache = await scope.caches.open(PREFIX + VERSION);
  // Past the browser's own cache, which may hold an older page under the same address.
  await cache.addAll(FILES.map((path) => new Request(path, { cache: isPart(path) ? "default" : "reload" })));
}

/** Of older builds the newest stays, for pages that are open. */
async function tidy(): Promise<void> {
  const older = (await scope.caches.keys()).filter(
    (name) => name.startsWith(PREFIX) && name !== PREFIX + VERSION,
  );
  await Promise.all(older.slice(0, -1).map((name) => scope.caches.delete(name)));
  await scope.clients.claim();
}

async function find(request: Request, pathname: string): Promise<Response> {
  const cache = await scope.caches.open(PREFIX + VERSION);
  const kept =
    (await cache.match(pathname)) ?? (isPart(pathname) ? await scope.caches.match(pathname) : undefined);
  return kept ?? fetch(request);
}
