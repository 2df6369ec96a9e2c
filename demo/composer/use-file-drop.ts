// Files that are dropped anywhere on the page. A page without this is left for the file that somebody let go of.
import { useEffect, useRef, useState } from "react";

export function filesOf(data: DataTransfer | null): File[] {
  return [...(data?.files ?? [])];
}

/** True while files are held over the page. */
export function useFileDrop(onFiles: (files: File[]) => void): boolean {
  const [over, setOver] = useState(false);
  const latest = useRef(onFiles);
  useEffect(() => {
    latest.current = onFiles;
  });
  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    addEventListener(
      "dragover",
      (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(true);
      },
      { signal },
    );
    // Leaving the window has no element that is entered.
    addEventListener("dragleave", (event) => event.relatedTarget === null && setOver(false), { signal });
    addEventListener(
      "drop",
      (event) => {
        setOver(false);
        if (!hasFiles(event)) return;
        event.preventDefault();
        latest.current(filesOf(event.dataTransfer));
      },
      { signal },
    );
    return () => abort.abort();
  }, []);
  return over;
}
