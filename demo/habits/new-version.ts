// Whether a newer build of this page waits to be used (service-worker.ts keeps both until then).
let waiting: ServiceWorker | null = null;

export function offerVersion(worker: ServiceWorker): void {
  waiting = worker;
}

/** Uses it: the page is loaded anew, so an answer on its way ends. Null while there is none. */
export function newVersion(): (() => void) | null {
  const worker = waiting;
  if (worker === null) return null;
  return () => {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    worker.postMessage("take over");
  };
}
